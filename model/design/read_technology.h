// SPDX-License-Identifier: Apache-2.0
// A technology from its tree.
#pragma once

#include <memory>

#include "components/cost/technology.h"
#include "workloads/document/node.h"

namespace systerm {

/// Records errors in the keys, and between them. Points of a sweep share trees, and a technology is
/// most of a design: the same tree gives the same object while it is among the latest ones read.
std::shared_ptr<const Technology> read_technology(const Node& node);

}  // namespace systerm
