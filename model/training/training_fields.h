// SPDX-License-Identifier: Apache-2.0
// The keys of a training experiment in YAML, one a line, with their ranges. `Form` is Mapping to
// read them and MappingWriter to write them.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "model/design/experiment_fields.h"
#include "model/training/column_combining_fields.h"
#include "model/training/reversible_fields.h"
#include "model/training/training_experiment.h"

namespace systerm {

inline constexpr std::array<Choice<WeightSource>, 2> kInitialWeightNames = {
    {{"seeded", WeightSource::kSynthetic}, {"file", WeightSource::kFile}}};
inline constexpr std::array<Choice<RateSchedule>, 3> kRateScheduleNames = {
    {{"constant", RateSchedule::kConstant},
     {"step", RateSchedule::kStep},
     {"cosine", RateSchedule::kCosine}}};
inline constexpr std::array<Choice<TrainingArithmetic>, 2> kTrainingArithmeticNames = {
    {{"fp32", TrainingArithmetic::kFp32}, {"bfp", TrainingArithmetic::kBfp}}};
inline constexpr std::array<Choice<BfpOverflow>, 2> kBfpOverflowNames = {
    {{"saturate", BfpOverflow::kSaturate}, {"renormalise", BfpOverflow::kRenormalise}}};
inline constexpr std::array<Choice<BfpWindow>, 2> kBfpWindowNames = {
    {{"saturate", BfpWindow::kSaturate}, {"refuse", BfpWindow::kRefuse}}};
inline constexpr std::array<Choice<BfpWindowTop>, 2> kBfpWindowTopNames = {
    {{"tensor", BfpWindowTop::kTensor}, {"fixed", BfpWindowTop::kFixed}}};
inline constexpr std::array<Choice<BfpAccumulation>, 2> kBfpAccumulationNames = {
    {{"per_pass", BfpAccumulation::kPerPass}, {"per_group", BfpAccumulation::kPerGroup}}};

template <typename Form, typename Config>
void sample_source_fields(Form& form, Config& source) {
  form.integer("drawn_digits", source.drawn_digits, {.minimum = 0, .maximum = 10'000'000});
  const bool is_drawn = source.drawn_digits > 0;
  if (form.applies("seed", is_drawn, "has an effect on drawn_digits only")) {
    form.integer("seed", source.seed, {.minimum = 0});
  }
  const std::string reason = "has no effect with drawn_digits; remove it, or drawn_digits";
  if (form.applies("images", !is_drawn, reason)) form.path("images", source.images);
  if (form.applies("labels", !is_drawn, reason)) form.path("labels", source.labels);
  if (form.applies("first_sample", !is_drawn, reason)) {
    form.integer("first_sample", source.first_sample, {.minimum = 0, .maximum = kMaxSamples});
  }
  if (form.applies("samples", !is_drawn, reason)) {
    form.integer("samples", source.samples, {.minimum = 0, .maximum = kMaxSamples});
  }
}

template <typename Form, typename Config>
void training_data_fields(Form& form, Config& data) {
  form.section("training", [&](auto& below) { sample_source_fields(below, data.training); });
  form.section("test", [&](auto& below) { sample_source_fields(below, data.test); });
  form.number("offset", data.offset, {.minimum = -1e9, .maximum = 1e9});
  form.number("scale", data.scale, {.minimum = 1e-12, .maximum = 1e12});
}

template <typename Form, typename Config>
void learning_rate_fields(Form& form, Config& rate) {
  form.number("base", rate.base, {.minimum = 1e-12, .maximum = 1e6});
  form.choice("schedule", rate.schedule, kRateScheduleNames);
  const bool steps = rate.schedule == RateSchedule::kStep;
  if (form.applies("step_epochs", steps, "has an effect with schedule: step only")) {
    form.integer("step_epochs", rate.step_epochs, {.minimum = 1, .maximum = 1'000'000});
  }
  if (form.applies("factor", steps, "has an effect with schedule: step only")) {
    form.number("factor", rate.factor, {.minimum = 1e-12, .maximum = 1e6});
  }
  if (form.applies("minimum", rate.schedule == RateSchedule::kCosine,
                   "has an effect with schedule: cosine only")) {
    form.number("minimum", rate.minimum, {.minimum = 0.0, .maximum = 1e6});
  }
}

/// `has_epochs` is false where column combining says how many there are.
template <typename Form, typename Config>
void training_method_fields(Form& form, Config& method, bool has_epochs) {
  if (form.applies("epochs", has_epochs,
                   "has no effect with column_combining, whose epochs are dense_epochs + rounds x "
                   "retraining_epochs + fine_tuning_epochs; remove it")) {
    form.integer("epochs", method.epochs, {.minimum = 1, .maximum = 1'000'000});
  }
  form.integer("batch", method.batch, {.minimum = 1, .maximum = 65536});
  form.choice("weights", method.weights, kInitialWeightNames);
  form.integer("seed", method.seed, {.minimum = 0});
  const std::vector<std::string> names = optimizer_names();
  const bool is_read = form.name("optimizer", method.optimizer, names);
  // Which keys have an effect is not known where the optimizer is not.
  const bool is_wrong = !is_read && form.has("optimizer");
  const auto applies = [&](const std::string& key) {
    const auto entry = std::ranges::find(optimizers(), method.optimizer, &OptimizerEntry::name);
    const bool is_used = is_wrong || entry == optimizers().end() ||
                         std::ranges::find(entry->unused_keys, key) == entry->unused_keys.end();
    return form.applies(key, is_used, "has no effect with optimizer: " + method.optimizer);
  };
  auto& parameters = method.parameters;
  const NumberRange share{.minimum = 0.0, .maximum = 0.999999};
  if (applies("momentum")) form.number("momentum", parameters.momentum, share);
  if (applies("beta1")) form.number("beta1", parameters.beta1, share);
  if (applies("beta2")) form.number("beta2", parameters.beta2, share);
  if (applies("epsilon")) {
    form.number("epsilon", parameters.epsilon, {.minimum = 1e-30, .maximum = 1.0});
  }
  form.number("weight_decay", parameters.weight_decay, {.minimum = 0.0, .maximum = 1.0});
  form.section("learning_rate",
               [&](auto& below) { learning_rate_fields(below, method.learning_rate); });
}

/// The keys of the policy beside its name; all of them where the name is wrong.
template <typename Form, typename Config>
void policy_fields(Form& form, Config& precision, bool is_policy_wrong) {
  const bool is_bfp = precision.format == TrainingArithmetic::kBfp;
  const PolicyEntry* const entry = find_policy(precision.policy);
  const auto applies = [&](const std::string& key) {
    const bool is_used = is_bfp && (is_policy_wrong || entry == nullptr ||
                                    std::ranges::find(entry->keys, key) != entry->keys.end());
    return form.applies(key, is_used,
                        is_bfp ? "has no effect with policy: " + precision.policy
                               : "has an effect with format: bfp only");
  };
  auto& parameters = precision.parameters;
  const IntegerRange bits{.minimum = 1, .maximum = 7};
  if (applies("weights")) form.integer("weights", parameters.weights, bits);
  if (applies("activations")) form.integer("activations", parameters.activations, bits);
  if (applies("gradients")) form.integer("gradients", parameters.gradients, bits);
  if (applies("low_share")) {
    form.number("low_share", parameters.low_share, {.minimum = 0.0, .maximum = 1.0});
  }
  if (applies("threshold_start")) {
    form.number("threshold_start", parameters.threshold_start, {.minimum = -100, .maximum = 100});
  }
  if (applies("threshold_fall")) {
    form.number("threshold_fall", parameters.threshold_fall, {.minimum = -100, .maximum = 100});
  }
  if (applies("cadence")) {
    form.integer("cadence", parameters.cadence, {.minimum = 1, .maximum = 1'000'000});
  }
  if (applies("file")) form.path("file", parameters.file);
}

template <typename Form, typename Config>
void training_precision_fields(Form& form, Config& precision) {
  form.choice("format", precision.format, kTrainingArithmeticNames);
  const bool is_bfp = precision.format == TrainingArithmetic::kBfp;
  const auto applies = [&](std::string_view key) {
    return form.applies(key, is_bfp, "has an effect with format: bfp only");
  };
  auto& bfp = precision.bfp;
  if (applies("group_size")) {
    form.integer("group_size", bfp.group.group_size, {.minimum = 1, .maximum = 128});
  }
  if (applies("exponent_bits")) {
    form.integer("exponent_bits", bfp.group.exponent_bits, {.minimum = 1, .maximum = 8});
  }
  if (applies("overflow")) form.choice("overflow", bfp.group.overflow, kBfpOverflowNames);
  if (applies("window")) form.choice("window", bfp.group.window, kBfpWindowNames);
  if (applies("window_top")) form.choice("window_top", bfp.window_top, kBfpWindowTopNames);
  if (form.applies("top_exponents", is_bfp && bfp.window_top == BfpWindowTop::kFixed,
                   "has an effect with window_top: fixed only")) {
    form.section("top_exponents", [&](auto& below) {
      for (const OperandKind kind : kAllOperandKinds) {
        below.integer(to_string(kind), bfp.top_exponents[index(kind)],
                      {.minimum = -126, .maximum = 127});
      }
    });
  }
  if (applies("square_blocks")) form.boolean("square_blocks", bfp.group.square_blocks);
  if (applies("accumulation")) form.choice("accumulation", bfp.accumulation, kBfpAccumulationNames);
  if (applies("rounding")) {
    form.section("rounding", [&](auto& below) {
      for (const OperandKind kind : kAllOperandKinds) {
        below.choice(to_string(kind), bfp.rounding[index(kind)], kBfpRoundingNames);
      }
    });
  }
  bool is_policy_wrong = false;
  if (applies("policy")) {
    const std::vector<std::string> names = policy_names();
    const bool is_read = form.name("policy", precision.policy, names);
    is_policy_wrong = !is_read && form.has("policy");
  }
  policy_fields(form, precision, is_policy_wrong);
}

template <typename Form, typename Config>
void training_array_fields(Form& form, Config& array, bool is_bfp) {
  for (const auto& [key, value] : {std::pair{"rows", &array.rows}, {"columns", &array.columns}}) {
    if (form.applies(key, is_bfp, "has an effect with precision.format: bfp only")) {
      form.integer(key, *value, {.minimum = 1, .maximum = 65536});
    }
  }
}

template <typename Form, typename Config>
void training_run_fields(Form& form, Config& run) {
  form.integer("checkpoint_iterations", run.checkpoint_iterations,
               {.minimum = 0, .maximum = 1'000'000'000});
  form.number("loss_limit", run.loss_limit, {.minimum = 1e-6, .maximum = 1e30});
}

/// `check_rule` is told of every rule of column combining that was read.
template <typename Form, typename Config, typename CheckRule>
void training_experiment_fields(Form& form, Config& experiment, CheckRule check_rule) {
  form.text("name", experiment.name);
  form.text("description", experiment.description);
  form.text("network", experiment.network, Presence::kRequired);
  form.sequence("extents", experiment.extents, [](auto& below, auto& extent) {
    below.text("name", extent.name, Presence::kRequired);
    below.integer("extent", extent.extent, {.minimum = 1, .maximum = kMaxExtent},
                  Presence::kRequired);
  });
  form.section("data", [&](auto& below) { training_data_fields(below, experiment.data); });
  // Before `training`, whose epochs it takes the place of.
  form.optional_section(
      "column_combining", experiment.column_combining,
      [&](auto& below, auto& method) { column_combining_fields(below, method, check_rule); });
  form.section("training", [&](auto& below) {
    training_method_fields(below, experiment.training, !experiment.column_combining);
  });
  form.section("precision",
               [&](auto& below) { training_precision_fields(below, experiment.precision); });
  form.optional_section("reversible", experiment.reversible, [](auto& below, auto& reversible) {
    reversible_fields(below, reversible);
  });
  form.section("array", [&](auto& below) {
    training_array_fields(below, experiment.array,
                          experiment.precision.format == TrainingArithmetic::kBfp);
  });
  form.section("run", [&](auto& below) { training_run_fields(below, experiment.run); });
}

}  // namespace systerm
