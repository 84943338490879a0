// SPDX-License-Identifier: Apache-2.0
// The keys of `column_combining` in a training experiment, one a line, with their ranges. `Form` is
// Mapping to read them and MappingWriter to write them.
#pragma once

#include "model/design/packing_fields.h"
#include "model/training/training_experiment.h"

namespace systerm {

/// `check_rule` is told of every rule for single layers that was read.
template <typename Form, typename Config, typename CheckRule>
void column_combining_fields(Form& form, Config& method, CheckRule check_rule) {
  constexpr IntegerRange kEpochs{.minimum = 0, .maximum = 100'000};
  layer_packing_fields(form, method.packing.defaults);
  packing_rule_fields(form, method.packing, check_rule);
  form.integer("rounds", method.rounds, {.minimum = 1, .maximum = 1000});
  form.integer("dense_epochs", method.dense_epochs, kEpochs);
  form.integer("retraining_epochs", method.retraining_epochs, kEpochs);
  form.integer("fine_tuning_epochs", method.fine_tuning_epochs, kEpochs);
}

}  // namespace systerm
