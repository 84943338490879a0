// SPDX-License-Identifier: Apache-2.0
// The keys of an experiment in YAML apart from its design, one a line, with their ranges. `Form` is
// Mapping to read them and MappingWriter to write them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "components/arithmetic/encoding.h"
#include "components/arithmetic/format.h"
#include "model/design/experiment.h"
#include "model/design/vocabulary.h"
#include "workloads/document/mapping.h"

namespace systerm {

/// Of experiments and designs.
inline constexpr std::int64_t kSchemaVersion = 1;

inline constexpr std::array<Choice<Encoding>, 5> kEncodingNames = {
    {{"binary", Encoding::kBinary},
     {"booth2", Encoding::kBooth2},
     {"booth4", Encoding::kBooth4},
     {"hese_hybrid", Encoding::kHeseHybrid},
     {"hese", Encoding::kHese}}};
inline constexpr std::array<Choice<DataRange>, 2> kDataRangeNames = {
    {{"signed", DataRange::kSigned}, {"unsigned", DataRange::kUnsigned}}};
inline constexpr std::array<Choice<TermLayout>, 2> kTermLayoutNames = {
    {{"end_of_value", TermLayout::kEndOfValue}, {"indexed", TermLayout::kIndexed}}};
inline constexpr std::array<Choice<WeightSource>, 2> kWeightSourceNames = {
    {{"synthetic", WeightSource::kSynthetic}, {"file", WeightSource::kFile}}};
inline constexpr std::array<Choice<LoopOrder>, 3> kLoopOrderNames = {
    {{"automatic", LoopOrder::kAutomatic},
     {"data_outer", LoopOrder::kDataOuter},
     {"weights_outer", LoopOrder::kWeightsOuter}}};
inline constexpr std::array<Choice<ScaleRule>, 3> kScaleRuleNames = {
    {{"maximum", ScaleRule::kMaximum},
     {"percentile", ScaleRule::kPercentile},
     {"mean_squared_error", ScaleRule::kMeanSquaredError}}};
inline constexpr std::array<Choice<ScaleGranularity>, 2> kScaleGranularityNames = {
    {{"per_tensor", ScaleGranularity::kPerTensor}, {"per_channel", ScaleGranularity::kPerChannel}}};
inline constexpr std::array<Choice<ModelScales>, 2> kModelScalesNames = {
    {{"taken", ModelScales::kTaken}, {"ignored", ModelScales::kIgnored}}};
inline constexpr std::array<Choice<Requantization>, 2> kRequantizationNames = {
    {{"scale", Requantization::kScale}, {"shift", Requantization::kShift}}};
inline constexpr std::array<Choice<Fidelity>, 2> kFidelityNames = {
    {{"data", Fidelity::kData}, {"timing", Fidelity::kTiming}}};

inline constexpr std::int64_t kMaxExtent = std::int64_t{1} << 30;
inline constexpr std::int64_t kMaxSamples = 1'000'000'000;

/// The version of the schema that a file is written in.
template <typename Form>
void version_field(Form& form) {
  std::int64_t version = kSchemaVersion;
  form.integer("systerm", version, {.minimum = kSchemaVersion, .maximum = kSchemaVersion},
               Presence::kRequired);
}

/// `precision` holds the values that keys not given keep; its format says which keys have an
/// effect.
template <typename Form, typename Config>
void precision_parameter_fields(Form& form, Config& precision, const Vocabulary& vocabulary) {
  const FormatDescription* format = vocabulary.format(precision.format);
  const std::string reason =
      "has no effect with format " + precision.format + "; remove it, or choose another format";
  const auto applies = [&](std::string_view key) {
    const bool is_unused = format != nullptr &&
                           std::find(format->unused_keys.begin(), format->unused_keys.end(), key) !=
                               format->unused_keys.end();
    return form.applies(key, !is_unused, reason);
  };
  auto& parameters = precision.parameters;
  if (applies("encoding")) form.choice("encoding", parameters.encoding, kEncodingNames);
  if (applies("weight_bits")) {
    form.integer("weight_bits", parameters.weight_bits, {.minimum = 2, .maximum = 8});
  }
  if (applies("data_bits")) {
    form.integer("data_bits", parameters.data_bits, {.minimum = 2, .maximum = 8});
  }
  if (applies("data_range")) form.choice("data_range", parameters.data_range, kDataRangeNames);
  // Budget and data terms as wide as the precision controller's registers: 7 and 4 bits.
  if (applies("group_size")) {
    form.integer("group_size", parameters.group_size, {.minimum = 1, .maximum = 32});
  }
  if (applies("group_budget")) {
    form.integer("group_budget", parameters.group_budget, {.minimum = 1, .maximum = 127});
  }
  if (applies("data_terms")) {
    form.integer("data_terms", parameters.data_terms, {.minimum = 1, .maximum = 15});
  }
  if (applies("term_layout")) form.choice("term_layout", parameters.term_layout, kTermLayoutNames);
  if (applies("stored_budget") &&
      form.applies("stored_budget", parameters.term_layout == TermLayout::kIndexed,
                   "needs term_layout: indexed, where a smaller budget is a prefix")) {
    form.integer("stored_budget", parameters.stored_budget, {.minimum = 0, .maximum = 127});
  }
  if (applies("weight_mantissa_bits")) {
    form.integer("weight_mantissa_bits", parameters.weight_mantissa_bits,
                 {.minimum = 1, .maximum = 7});
  }
  if (applies("data_mantissa_bits")) {
    form.integer("data_mantissa_bits", parameters.data_mantissa_bits, {.minimum = 1, .maximum = 7});
  }
}

template <typename Form, typename Config>
void term_budget_fields(Form& form, Config& budget) {
  form.integer("group_budget", budget.group_budget, {.minimum = 1, .maximum = 127},
               Presence::kRequired);
  form.integer("data_terms", budget.data_terms, {.minimum = 1, .maximum = 15}, Presence::kRequired);
}

/// Of a plan that is written or described; in one that is read, rules inherit. `formats` may be
/// empty where they are not named.
template <typename Form, typename Config>
void precision_plan_fields(Form& form, Config& plan, const Vocabulary& vocabulary,
                           const std::vector<std::string>& formats) {
  const auto precision_fields = [&](auto& below, auto& precision) {
    below.name("format", precision.format, formats);
    precision_parameter_fields(below, precision, vocabulary);
  };
  form.section("default", [&](auto& below) { precision_fields(below, plan.defaults); });
  form.sequence("layers", plan.layers, [&](auto& below, auto& rule) {
    below.text("match", rule.match, Presence::kRequired);
    precision_fields(below, rule.precision);
  });
  form.sequence("resolutions", plan.resolutions,
                [](auto& below, auto& budget) { term_budget_fields(below, budget); });
}

template <typename Form, typename Config>
void gemm_fields(Form& form, Config& gemm) {
  form.text("name", gemm.name, Presence::kRequired);
  form.integer("m", gemm.m, {.minimum = 1, .maximum = kMaxExtent}, Presence::kRequired);
  form.integer("k", gemm.k, {.minimum = 1, .maximum = kMaxExtent}, Presence::kRequired);
  form.integer("n", gemm.n, {.minimum = 1, .maximum = kMaxExtent}, Presence::kRequired);
  form.integer("groups", gemm.groups, {.minimum = 1, .maximum = kMaxExtent});
}

template <typename Form, typename Config>
void workload_fields(Form& form, Config& workload) {
  form.text("network", workload.network);
  form.sequence("gemms", workload.gemms, [](auto& below, auto& gemm) { gemm_fields(below, gemm); });
  form.choice("weights", workload.weights, kWeightSourceNames);
  // Not written where there is none: older configurations keep their hash.
  if (!std::is_const_v<Config> || !workload.weight_file.empty()) {
    form.path("weight_file", workload.weight_file);
  }
  form.integer("batch", workload.batch, {.minimum = 1, .maximum = 65536});
  form.sequence("extents", workload.extents, [](auto& below, auto& extent) {
    below.text("name", extent.name, Presence::kRequired);
    below.integer("extent", extent.extent, {.minimum = 1, .maximum = kMaxExtent},
                  Presence::kRequired);
  });
  form.path("data", workload.data);
  form.path("labels", workload.labels);
  const std::string reason = "has no effect without data; remove it, or give the file of the data";
  const bool has_data = !workload.data.empty();
  if (form.applies("first_sample", has_data, reason)) {
    form.integer("first_sample", workload.first_sample, {.minimum = 0, .maximum = kMaxSamples});
  }
  form.integer("samples", workload.samples, {.minimum = 0, .maximum = kMaxSamples});
  if (form.applies("data_offset", has_data, reason)) {
    form.number("data_offset", workload.data_offset, {.minimum = -1e9, .maximum = 1e9});
  }
  if (form.applies("data_scale", has_data, reason)) {
    form.number("data_scale", workload.data_scale, {.minimum = 1e-12, .maximum = 1e12});
  }
}

template <typename Form, typename Config>
void mapping_rule_fields(Form& form, Config& rule) {
  form.text("match", rule.match, Presence::kRequired);
  form.integer("vectors", rule.vectors, {.minimum = 0});
  form.integer("filters", rule.filters, {.minimum = 0});
  form.choice("loop_order", rule.loop_order, kLoopOrderNames);
}

template <typename Form, typename Config>
void calibration_fields(Form& form, Config& calibration) {
  // Written only where it is set, so that other experiments keep their hash.
  if (!std::is_const_v<Config> || calibration.model_scales != ModelScales::kTaken) {
    form.choice("model_scales", calibration.model_scales, kModelScalesNames);
  }
  form.path("file", calibration.file);
  const bool chooses = calibration.file.empty();
  const auto applies = [&](std::string_view key) {
    return form.applies(key, chooses, "has no effect with stored scales; remove it, or the file");
  };
  auto& scales = calibration.scales;
  if (applies("rule")) form.choice("rule", scales.data, kScaleRuleNames);
  if (applies("weight_rule")) form.choice("weight_rule", scales.weights, kScaleRuleNames);
  const bool has_percentile =
      scales.data == ScaleRule::kPercentile || scales.weights == ScaleRule::kPercentile;
  if (form.applies("percentile", chooses && has_percentile,
                   "has an effect with rule: percentile or weight_rule: percentile only")) {
    form.number("percentile", scales.percentile, {.minimum = 50.0, .maximum = 100.0});
  }
  if (applies("weight_scales")) {
    form.choice("weight_scales", scales.granularity, kScaleGranularityNames);
  }
  // Not written where it is the default: older configurations keep their hash.
  if (!std::is_const_v<Config> || scales.requantization != Requantization::kScale) {
    form.choice("requantizer", scales.requantization, kRequantizationNames);
  }
  if (applies("data")) form.path("data", calibration.data);
  if (applies("first_sample")) {
    form.integer("first_sample", calibration.first_sample, {.minimum = 0, .maximum = kMaxSamples});
  }
  if (applies("samples")) {
    form.integer("samples", calibration.samples, {.minimum = 1, .maximum = 1'000'000});
  }
}

template <typename Form, typename Config>
void run_fields(Form& form, Config& run) {
  form.choice("fidelity", run.fidelity, kFidelityNames);
  form.integer("seed", run.seed, {.minimum = 0});
  form.boolean("allow_unmodelled", run.allow_unmodelled);
  form.boolean("verify", run.verify);
  // Written only where it is set, so that other experiments keep their hash.
  if (!std::is_const_v<Config> || run.evaluate) form.boolean("evaluate", run.evaluate);
}

}  // namespace systerm
