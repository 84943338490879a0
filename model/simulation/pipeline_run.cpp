// SPDX-License-Identifier: Apache-2.0
#include "model/simulation/pipeline_run.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "components/array/array_timing.h"
#include "components/array/cell.h"
#include "components/pipeline/pipeline_stage.h"
#include "components/shift_unit/shift_unit.h"
#include "model/design/layer_rules.h"
#include "model/design/shell_pattern.h"
#include "model/mapping/pipeline_arrays.h"
#include "model/simulation/packed_workload.h"
#include "model/simulation/prepared_workload.h"
#include "model/simulation/simulation.h"
#include "workloads/execution/gemm_geometry.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

/// A byte a value.
std::int64_t shift_buffer_bytes(const Gemm& gemm, const StreamShape& input) {
  std::vector<ChannelShift> shifts;
  for (const ChannelTap& tap : gemm.taps) shifts.push_back({1 - tap.row, 1 - tap.column});
  return ShiftUnit(std::move(shifts), input.height, input.width).capacity_words() * gemm.k;
}

StreamShape stream_shape(const FeatureShape& shape) {
  return {shape.images, shape.height, shape.width};
}

/// A layer of the network as a stage; array and cycles are empty for one without a GEMM.
struct PlannedStage {
  PipelineStageConfig config;
  std::optional<PipelineArray> array;
  std::int64_t pass_cycles = 0;         ///< of the layer run alone on its array
  std::int64_t shift_buffer_bytes = 0;  ///< of the shift unit before the array
  bool is_packed = false;
};

class PipelinePlan {
 public:
  PipelinePlan(const Experiment& experiment, const PipelineOptions& options, const Network& network,
               const QuantizedNetwork& quantized)
      : design_(experiment.design),
        options_(options),
        network_(network),
        quantized_(quantized),
        cell_(make_cell(design_.array.cell)) {}

  std::vector<PlannedStage> stages() const {
    const std::vector<PipelineArray> arrays = choose_arrays();
    std::vector<PlannedStage> stages;
    std::size_t next = 0;
    for (std::size_t i = 0; i < network_.layers.size(); ++i) {
      PlannedStage stage = geometry(network_.layers[i]);
      if (network_.layers[i].gemm() != nullptr) add_array(i, arrays[next++], stage);
      stages.push_back(std::move(stage));
    }
    return stages;
  }

 private:
  PipelineLoad load_of(std::size_t layer) const {
    const Gemm& gemm = *network_.layers[layer].gemm();
    const std::int64_t group = quantized_.layers[layer].format->parameters().group_size;
    const std::int64_t positions = gemm.positions();
    const std::int64_t groups = (gemm.k / positions + group - 1) / group * positions;
    PipelineLoad load{network_.layers[layer].name, groups * gemm.groups, gemm.n, gemm.m};
    if (gemm.packed) {
      load.rows = std::max<std::int64_t>((gemm.packed->packed_columns() + group - 1) / group, 1);
    }
    return load;
  }

  std::vector<PipelineArray> choose_arrays() const {
    std::vector<PipelineLoad> loads;
    for (std::size_t i = 0; i < network_.layers.size(); ++i) {
      if (network_.layers[i].gemm() != nullptr) loads.push_back(load_of(i));
    }
    std::vector<PipelineArray> arrays;
    if (options_.cells > 0) {
      arrays = balance_arrays(loads, options_.cells);
    } else {
      for (const PipelineLoad& load : loads) arrays.push_back(fold(load, load.rows, load.columns));
    }
    for (const PipelineArraySize& size : options_.arrays) {
      bool matches = false;
      for (std::size_t i = 0; i < loads.size(); ++i) {
        if (!matches_pattern(size.match, loads[i].name)) continue;
        matches = true;
        arrays[i] = fold(loads[i], size.rows, size.columns);
      }
      if (!matches) {
        throw WorkloadError(
            fmt::format("no GEMM layer of network '{}' matches '{}'", network_.name, size.match));
      }
    }
    return arrays;
  }

  PlannedStage geometry(const Layer& layer) const {
    const FeatureShape& input = network_.feature(layer.inputs.front()).shape;
    PlannedStage stage;
    stage.config.name = layer.name;
    stage.config.fill = options_.fill;
    stage.config.input = stream_shape(input);
    stage.config.output = stream_shape(network_.feature(layer.output).shape);
    const Window* window = nullptr;
    if (const Gemm* gemm = layer.gemm()) {
      window = &gemm->window;
      stage.config.takes_all =
          gemm_input_shape(*gemm, input, layer.name).channels != input.channels;
    } else if (const auto* pool = std::get_if<Pool>(&layer.operation)) {
      window = &pool->window;
      stage.config.takes_all = stage.config.output.height * stage.config.output.width == 1;
    }
    if (window != nullptr) stage.config.window = *window;
    return stage;
  }

  void add_array(std::size_t layer, const PipelineArray& array, PlannedStage& stage) const {
    const Gemm& gemm = *network_.layers[layer].gemm();
    const std::int64_t beat = cell_->beat_cycles(*quantized_.layers[layer].format);
    stage.array = array;
    stage.is_packed = gemm.packed != nullptr;
    if (!gemm.taps.empty()) stage.shift_buffer_bytes = shift_buffer_bytes(gemm, stage.config.input);
    stage.config.word_cycles = beat * array.folds;
    const PassCycles pass = synchronised_pass(design_.array, {gemm.m, array.rows, array.columns},
                                              beat, 1, cell_->output_latency_cycles());
    stage.config.result_cycles = pass.skew;
    stage.pass_cycles = pass.total() * array.folds;
  }

  const Design& design_;
  const PipelineOptions& options_;
  const Network& network_;
  const QuantizedNetwork& quantized_;
  const std::unique_ptr<const Cell> cell_;
};

/// Stages and streams of one network, wired.
class Pipeline {
 public:
  Pipeline(const Network& network, const std::vector<PlannedStage>& plan, const Clock& clock,
           const PipelineOptions& options, std::int64_t source_cycles)
      : network_(network), options_(options) {
    producers_.resize(network.features.size());
    for (const FeatureId id : network.inputs) {
      sources_.push_back(std::make_unique<PipelineSource>(
          fmt::format("source{}", sources_.size()).c_str(), clock,
          stream_shape(network.feature(id).shape).words(), source_cycles));
      producers_[index(id)].source = sources_.back().get();
    }
    for (std::size_t i = 0; i < plan.size(); ++i) {
      stages_.push_back(std::make_unique<PipelineStage>(fmt::format("stage{}", i).c_str(), clock,
                                                        plan[i].config));
      connect(network.layers[i], plan[i].config, *stages_.back());
      producers_[index(network.layers[i].output)] = {stages_.back().get(), nullptr,
                                                     &plan[i].config};
    }
  }

  void run() {
    sc_core::sc_start();
    std::string waiting;
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      const std::string what = stages_[i]->waiting_for();
      if (!what.empty()) {
        waiting += fmt::format("\n  layer '{}' waits for {}", network_.layers[i].name, what);
      }
    }
    if (!waiting.empty()) throw SimulationError("deadlock of the pipeline:" + waiting);
  }

  const PipelineStage& stage(std::size_t layer) const { return *stages_[layer]; }

 private:
  struct Producer {
    PipelineStage* stage = nullptr;
    PipelineSource* source = nullptr;
    const PipelineStageConfig* config = nullptr;
  };

  void connect(const Layer& layer, const PipelineStageConfig& config, PipelineStage& stage) {
    for (std::size_t input = 0; input < layer.inputs.size(); ++input) {
      const Producer& from = producers_[index(layer.inputs[input])];
      // Where branches meet again one waits for the other, whose layers may take the whole feature
      // to fill.
      const std::int64_t words = stream_shape(network_.feature(layer.inputs[input]).shape).words();
      if (input > 0 && words < config.output.words()) {
        throw WorkloadError(fmt::format(
            "layer '{}' combines streams of different sizes, which a pipeline does not model",
            layer.name));
      }
      const std::int64_t under_way =
          from.config == nullptr || from.config->word_cycles == 0
              ? 0
              : from.config->result_cycles / from.config->word_cycles + 1;
      const std::int64_t depth =
          layer.inputs.size() == 1 ? options_.stream_words + under_way : words;
      streams_.push_back(std::make_unique<WordStream>(static_cast<std::size_t>(depth)));
      stage.add_input(*streams_.back());
      if (from.stage != nullptr) {
        from.stage->add_output(*streams_.back());
      } else {
        from.source->add_output(*streams_.back());
      }
    }
  }

  const Network& network_;
  const PipelineOptions& options_;
  std::vector<Producer> producers_;
  std::vector<std::unique_ptr<PipelineSource>> sources_;
  std::vector<std::unique_ptr<PipelineStage>> stages_;
  std::vector<std::unique_ptr<WordStream>> streams_;
};

Json stage_json(const PlannedStage& plan, const PipelineStage& stage) {
  Json json = {{"name", plan.config.name}, {"words", plan.config.output.words()}};
  if (plan.array) {
    json["rows"] = plan.array->rows;
    json["columns"] = plan.array->columns;
    json["folds"] = plan.array->folds;
    json["packed"] = plan.is_packed;
    json["busy"] = stage.busy_cycles();
    json["pass_cycles"] = plan.pass_cycles;
    if (plan.shift_buffer_bytes > 0) json["shift_buffer_bytes"] = plan.shift_buffer_bytes;
  }
  json["first_word_cycle"] = stage.first_complete();
  json["last_word_cycle"] = stage.last_complete();
  return json;
}

}  // namespace

nlohmann::ordered_json run_pipeline(const Experiment& experiment, const PipelineOptions& options) {
  Experiment timing = experiment;
  timing.run.fidelity = Fidelity::kTiming;
  const auto network = pack_workload(timing, timing.precision, load_workload(timing));
  const PreparedWorkload workload = prepare_workload(timing, timing.precision, network);
  const auto plan = PipelinePlan(timing, options, *network, *workload.network).stages();
  std::int64_t source_cycles = 1;
  for (std::size_t i = plan.size(); i-- > 0;) {
    // Words of the input come as fast as the first array takes them unfolded.
    if (plan[i].array) source_cycles = plan[i].config.word_cycles / plan[i].array->folds;
  }

  set_time_resolution();
  const Clock clock(timing.design.clock_hz);
  Pipeline pipeline(*network, plan, clock, options, source_cycles);
  pipeline.run();

  Json json;
  json["network"] = network->name;
  json["fill"] = options.fill == FillModel::kOneWord ? "one_word" : "row_buffer";
  std::int64_t latency = 0;
  std::int64_t slowest = 0;
  std::int64_t layer_by_layer = 0;
  std::int64_t cells = 0;
  Json layers = Json::array();
  for (std::size_t i = 0; i < plan.size(); ++i) {
    latency = std::max(latency, pipeline.stage(i).last_complete());
    slowest = std::max(slowest, pipeline.stage(i).busy_cycles());
    layer_by_layer += plan[i].pass_cycles;
    if (plan[i].array) cells += plan[i].array->cells();
    layers.push_back(stage_json(plan[i], pipeline.stage(i)));
  }
  json["latency_cycles"] = latency;
  json["latency_seconds"] = static_cast<double>(latency) / timing.design.clock_hz;
  json["interval_cycles"] = slowest;
  json["layer_by_layer_cycles"] = layer_by_layer;
  json["gain"] = static_cast<double>(layer_by_layer) / static_cast<double>(latency);
  json["cells"] = cells;
  json["layers"] = std::move(layers);
  return json;
}

}  // namespace systerm
