// SPDX-License-Identifier: Apache-2.0
// What the values of a design must have to do with each other.
#pragma once

#include "model/design/design.h"
#include "model/design/vocabulary.h"
#include "workloads/document/node.h"

namespace systerm {

/// `node` is the mapping that the design was read from. Says nothing of values that have an error
/// already.
void check_design(const Design& design, const Vocabulary& vocabulary, const Node& node);

}  // namespace systerm
