// SPDX-License-Identifier: Apache-2.0
// What the entries of a technology must have to do with each other.
#pragma once

#include "components/cost/technology.h"
#include "workloads/document/node.h"

namespace systerm {

/// `node` is the mapping that the technology was read from. Says nothing of values that have an
/// error already.
void check_technology(const Technology& technology, const Node& node);

}  // namespace systerm
