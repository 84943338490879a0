// SPDX-License-Identifier: Apache-2.0
// One experiment: a design, a workload, its precision and how to run it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "components/descriptors/fidelity.h"
#include "model/design/design.h"
#include "model/design/packing_plan.h"
#include "model/design/pipeline_options.h"
#include "workloads/quantization/quantize.h"
#include "workloads/quantization/quantized_network.h"

namespace systerm {

enum class WeightSource : std::uint8_t { kSynthetic, kFile };

enum class LoopOrder : std::uint8_t {
  kAutomatic,  ///< the one with the least memory traffic
  kDataOuter,  ///< vectors outermost: data are read once, weights again for every block of vectors
  kWeightsOuter,  ///< filters outermost: weights are read once, data again for every block of
                  ///< filters
};

/// One GEMM written in the experiment itself.
struct InlineGemm {
  std::string name;
  std::int64_t m = 1;
  std::int64_t k = 1;
  std::int64_t n = 1;
  std::int64_t groups = 1;
};

/// An extent of a network that its description leaves open, such as the length of a sequence.
struct ChosenExtent {
  std::string name;
  std::int64_t extent = 1;
};

struct Workload {
  /// Zoo name, or path of an .onnx or SCALE-Sim .csv file; empty where gemms are given.
  std::string network;
  std::vector<InlineGemm> gemms;
  WeightSource weights = WeightSource::kSynthetic;
  /// Weights, masks and biases by layer (.npz), for a network that carries none; see
  /// with_weights_of. Empty for none.
  std::filesystem::path weight_file;
  std::int64_t batch = 1;
  /// Parameters of a zoo network, or symbolic dimensions of an ONNX model.
  std::vector<ChosenExtent> extents;
  /// Input samples (.npy or IDX, also gzipped); empty for synthetic, rectified data.
  std::filesystem::path data;
  std::filesystem::path labels;   ///< .npy or IDX; empty for none
  std::int64_t first_sample = 0;  ///< of the data and labels
  std::int64_t samples = 0;       ///< to run, from the first on; 0 for one batch
  /// Real input = (stored - data_offset) * data_scale.
  double data_offset = 0.0;
  double data_scale = 1.0;
};

/// Applies to every layer whose name matches a shell pattern, later rules over earlier ones.
struct PrecisionRule {
  std::string match;
  Precision precision;
};

/// Terms that a weight group and a data value keep.
struct TermBudget {
  int group_budget = 0;
  int data_terms = 0;

  friend bool operator==(const TermBudget&, const TermBudget&) = default;
};

struct PrecisionPlan {
  Precision defaults;
  std::vector<PrecisionRule> layers;
  /// Budgets that a run switches between, a batch each in turn, over the same stored weights and
  /// with the same scales; empty for the one budget of the plan. See with_default_budget().
  std::vector<TermBudget> resolutions;
  PackingPlan packing;  ///< of the same run; its own key in an experiment
};

/// Overrides of the automatic mapping for layers that match; 0 leaves the choice to the mapper.
struct MappingRule {
  std::string match;
  std::int64_t vectors = 0;  ///< vectors a block
  std::int64_t filters = 0;  ///< filters a block
  LoopOrder loop_order = LoopOrder::kAutomatic;
};

/// What happens to the codes and scales of a quantized model.
enum class ModelScales : std::uint8_t { kTaken, kIgnored };

struct Calibration {
  ModelScales model_scales = ModelScales::kTaken;  ///< with weights of the file
  ScaleOptions scales;
  std::filesystem::path data;  ///< empty for the data of the workload
  std::int64_t first_sample = 0;
  std::int64_t samples = 1;
  std::filesystem::path file;  ///< stored scales; empty to choose them
};

struct RunOptions {
  Fidelity fidelity = Fidelity::kTiming;
  std::uint64_t seed = 1;
  bool allow_unmodelled = false;
  bool verify =
      false;  ///< compare every result in the modelled memory with the reference executor's
  bool evaluate = false;  ///< accuracy over the data as well, as `systerm evaluate` computes it
};

struct Experiment {
  std::string name;
  std::string description;
  Design design;
  Workload workload;
  PrecisionPlan precision;
  /// A second precision plan, run on the same design and compared with.
  std::optional<PrecisionPlan> baseline;
  std::vector<MappingRule> mapping;
  Calibration calibration;
  RunOptions run;
  PipelineOptions pipeline;
};

}  // namespace systerm
