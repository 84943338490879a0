// SPDX-License-Identifier: Apache-2.0
// The keys of `reversible:` in a training experiment.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "model/design/experiment_fields.h"
#include "model/training/training_experiment.h"

namespace systerm {

inline constexpr std::array<Choice<BfpRounding>, 3> kBfpRoundingNames = {
    {{"truncate", BfpRounding::kTruncate},
     {"nearest", BfpRounding::kNearest},
     {"stochastic", BfpRounding::kStochastic}}};
inline constexpr std::array<Choice<TrainingSchedule>, 5> kTrainingScheduleNames = {
    {{"stored", TrainingSchedule::kStored},
     {"checkpoint", TrainingSchedule::kCheckpoint},
     {"merged", TrainingSchedule::kMerged},
     {"naive", TrainingSchedule::kNaive},
     {"overlapped", TrainingSchedule::kOverlapped}}};
inline constexpr std::array<Choice<StreamOverflow>, 2> kStreamOverflowNames = {
    {{"wrap", StreamOverflow::kWrap}, {"saturate", StreamOverflow::kSaturate}}};

template <typename Form, typename Config>
void stream_fields(Form& form, Config& stream) {
  std::vector<std::string> names;
  for (const ResidualStreamEntry& entry : residual_streams()) names.emplace_back(entry.name);
  const bool is_read = form.name("format", stream.name, names);
  // Which keys have an effect is not known where the format is not.
  const bool is_wrong = !is_read && form.has("format");
  const auto applies = [&](const std::string& key, bool is_used) {
    return form.applies(key, is_wrong || is_used, "has no effect with format: " + stream.name);
  };
  const bool is_fixed = stream.name == "fixed";
  const bool is_bfp = stream.name == "bfp";
  if (applies("bits", is_fixed)) form.integer("bits", stream.bits, {.minimum = 2, .maximum = 24});
  if (applies("fraction_bits", is_fixed)) {
    form.integer("fraction_bits", stream.fraction_bits, {.minimum = 0, .maximum = 64});
  }
  if (applies("overflow", is_fixed)) {
    form.choice("overflow", stream.overflow, kStreamOverflowNames);
  }
  if (applies("group_size", is_bfp)) {
    form.integer("group_size", stream.group_size, {.minimum = 1, .maximum = 128});
  }
  if (applies("mantissa_bits", is_bfp)) {
    form.integer("mantissa_bits", stream.mantissa_bits, {.minimum = 1, .maximum = 7});
  }
  if (applies("rounding", is_fixed || is_bfp)) {
    form.choice("rounding", stream.rounding, kBfpRoundingNames);
  }
}

template <typename Form, typename Config>
void retention_fields(Form& form, Config& retention) {
  form.quantity("time", retention.seconds, Unit::kTime, {.minimum = 0.0, .maximum = 1e6},
                Presence::kRequired);
  form.number("macs_per_second", retention.macs_per_second, {.minimum = 1.0, .maximum = 1e18},
              Presence::kRequired);
  form.number("bit_error_rate", retention.bit_error_rate, {.minimum = 0.0, .maximum = 1.0},
              Presence::kRequired);
  form.integer("seed", retention.seed, {.minimum = 0});
}

template <typename Form, typename Config>
void reversible_fields(Form& form, Config& reversible) {
  form.sequence("blocks", reversible.blocks, [](auto& below, auto& block) {
    below.text("match", block.match, Presence::kRequired);
  });
  form.choice("schedule", reversible.schedule, kTrainingScheduleNames);
  form.section("stream", [&](auto& below) { stream_fields(below, reversible.stream); });
  if (form.applies("check", is_reversing(reversible.schedule),
                   "has an effect with schedules merged, naive and overlapped only")) {
    form.boolean("check", reversible.check);
  }
  form.optional_section("retention", reversible.retention,
                        [](auto& below, auto& retention) { retention_fields(below, retention); });
}

}  // namespace systerm
