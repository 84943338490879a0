// SPDX-License-Identifier: Apache-2.0
// What the values of an experiment must have to do with each other.
#pragma once

#include "model/design/experiment.h"
#include "model/design/vocabulary.h"
#include "workloads/document/node.h"

namespace systerm {

/// `node` is the mapping that the experiment was read from. Says nothing of values that have an
/// error already.
void check_experiment(const Experiment& experiment, const Vocabulary& vocabulary, const Node& node);

}  // namespace systerm
