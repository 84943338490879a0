// SPDX-License-Identifier: Apache-2.0
#include "model/design/check_experiment.h"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "model/design/term_budgets.h"
#include "workloads/document/nearest_name.h"

namespace systerm {
namespace {

/// Counts of multiplications must fit an int64, with room for the terms of each.
constexpr double kMaxMacs = 1e15;

class ExperimentCheck {
 public:
  ExperimentCheck(const Experiment& experiment, const Vocabulary& vocabulary, const Node& node)
      : experiment_(experiment), vocabulary_(vocabulary), node_(node) {}

  void run() const {
    check_workload();
    check_plan("precision", experiment_.precision);
    check_packing("packing", experiment_.precision.packing);
    if (experiment_.baseline) {
      check_plan("baseline.precision", *experiment_.baseline);
      check_packing("baseline.packing", experiment_.baseline->packing);
    }
    if (experiment_.calibration.first_sample > 0 && experiment_.workload.data.empty() &&
        experiment_.calibration.data.empty()) {
      report("calibration.first_sample",
             "has no effect on synthetic data; remove it, or give the file of the data");
    }
    if (experiment_.calibration.scales.requantization == Requantization::kShift &&
        experiment_.calibration.scales.granularity == ScaleGranularity::kPerChannel) {
      report("calibration.requantizer",
             "a shift serves all filters of a layer alike; use weight_scales: per_tensor, or "
             "requantizer: scale");
    }
    if (experiment_.run.verify && experiment_.run.fidelity == Fidelity::kTiming) {
      report("run.verify",
             "there is nothing to verify with fidelity: timing; remove it, or set fidelity: data");
    }
  }

 private:
  bool is_wrong(std::string_view path) const {
    return node_.diagnostics().contains(key_path(node_.path(), path));
  }
  void report(std::string_view path, std::string message) const {
    if (!is_wrong(path)) node_.error_at(path, std::move(message));
  }

  void check_workload() const {
    const Workload& workload = experiment_.workload;
    const bool has_network = !workload.network.empty();
    const bool has_gemms = !workload.gemms.empty();
    if (!is_wrong("workload.network") && !is_wrong("workload.gemms") && !is_wrong("workload")) {
      if (has_network && has_gemms) {
        report("workload.gemms", "give either network or gemms, not both");
      } else if (!has_network && !has_gemms) {
        report("workload.network", "missing key; expected a network, or gemms instead of it");
      }
    }
    if (!workload.weight_file.empty() && workload.weights != WeightSource::kFile) {
      report("workload.weight_file", "has no effect with synthetic weights; set weights: file");
    }
    if (workload.weights == WeightSource::kFile && (has_network || has_gemms) &&
        workload.weight_file.empty() && !workload.network.ends_with(".onnx")) {
      report("workload.weights",
             fmt::format("{} carries no weights; use synthetic, an .onnx file as the network, or "
                         "give a weight_file",
                         has_network ? fmt::format("'{}'", workload.network)
                                     : std::string("a list of gemms")));
    }
    if (workload.data.empty() && !workload.labels.empty()) {
      report("workload.labels",
             "has no effect without data; remove it, or give the file of the data");
    }
    if (has_gemms && !workload.data.empty()) {
      report("workload.data", "has no effect on gemms, whose data are synthetic; remove it");
    }
    check_gemms();
  }

  void check_gemms() const {
    std::set<std::string> names;
    for (std::size_t i = 0; i < experiment_.workload.gemms.size(); ++i) {
      const InlineGemm& gemm = experiment_.workload.gemms[i];
      const std::string path = item_path("workload.gemms", i);
      if (!gemm.name.empty() && !names.insert(gemm.name).second) {
        report(path + ".name", fmt::format("another gemm is called '{}'", gemm.name));
      }
      const double macs = static_cast<double>(gemm.m) * static_cast<double>(gemm.k) *
                          static_cast<double>(gemm.n) * static_cast<double>(gemm.groups);
      if (macs > kMaxMacs) {
        report(path, fmt::format("{:.3g} multiplications are more than the {:.3g} that can be "
                                 "modelled",
                                 macs, kMaxMacs));
      }
    }
  }

  void check_plan(const std::string& path, const PrecisionPlan& plan) const {
    const std::string default_path = path + ".default";
    // Rules inherit from the default: what is wrong with it is said once.
    const bool default_is_right = check_precision(default_path, plan.defaults);
    for (std::size_t i = 0; i < plan.layers.size(); ++i) {
      const Precision& precision = plan.layers[i].precision;
      if (!default_is_right && precision.format == plan.defaults.format) continue;
      check_precision(item_path(path + ".layers", i), precision);
    }
    if (default_is_right) check_resolutions(path, plan);
  }

  void check_resolutions(const std::string& path, const PrecisionPlan& plan) const {
    if (plan.resolutions.empty()) return;
    if (!has_budget(plan.defaults)) {
      report(path + ".resolutions",
             fmt::format("format {} of the default has no term budget", plan.defaults.format));
      return;
    }
    const FormatParameters& stored = plan.defaults.parameters;
    if (stored.term_layout != TermLayout::kIndexed) {
      report(path + ".resolutions",
             "a smaller budget is a prefix of the stored terms only with term_layout: indexed");
      return;
    }
    const int most = std::max(stored.stored_budget, stored.group_budget);
    for (std::size_t i = 0; i < plan.resolutions.size(); ++i) {
      if (plan.resolutions[i].group_budget <= most) continue;
      report(
          item_path(path + ".resolutions", i) + ".group_budget",
          fmt::format("only {} terms of a group are stored (stored_budget of the default)", most));
    }
  }

  void check_packing(const std::string& path, const PackingPlan& plan) const {
    if (!plan.groups.empty()) {
      if (experiment_.workload.weights != WeightSource::kFile) {
        report(path + ".groups", "were made for trained weights; set workload.weights: file");
      }
      return;
    }
    check_alpha(path, plan.defaults);
    for (std::size_t i = 0; i < plan.layers.size(); ++i) {
      const LayerPacking& packing = plan.layers[i].packing;
      if (packing.parameters.alpha != plan.defaults.parameters.alpha ||
          packing.method != plan.defaults.method) {
        check_alpha(item_path(path + ".layers", i), packing);
      }
    }
    if (plan.column_skew > 0.0 && experiment_.workload.weights == WeightSource::kFile) {
      report(path + ".column_skew",
             "has no effect on the weights of a file; remove it, or use weights: synthetic");
    }
  }

  void check_alpha(const std::string& path, const LayerPacking& packing) const {
    const int inputs = experiment_.design.array.multiplexer;
    if (packing.method == "none" || packing.parameters.alpha <= inputs ||
        is_wrong("design.array.multiplexer")) {
      return;
    }
    report(path + ".alpha",
           fmt::format("{} columns a group are more than the multiplexer of a cell has inputs "
                       "(design.array.multiplexer is {})",
                       packing.parameters.alpha, inputs));
  }

  bool check_precision(const std::string& path, const Precision& precision) const {
    const std::string format_path = path + ".format";
    const std::string group_path = path + ".group_size";
    if (is_wrong(format_path) || is_wrong(group_path)) return false;
    bool is_right = true;
    const ArrayConfig& array = experiment_.design.array;
    const CellDescription* cell = vocabulary_.cell(array.cell);
    if (cell != nullptr && !is_wrong("design.array.cell") &&
        std::find(cell->formats.begin(), cell->formats.end(), precision.format) ==
            cell->formats.end()) {
      report(format_path,
             fmt::format("cell {} (design.array.cell) does not compute with format {}; it takes {}",
                         array.cell, precision.format, list_names(cell->formats)));
      is_right = false;
    }
    if (precision.parameters.group_size > array.max_group_size) {
      report(group_path, fmt::format("a group of {} values is wider than the cells of the array "
                                     "(design.array.max_group_size is {})",
                                     precision.parameters.group_size, array.max_group_size));
      is_right = false;
    }
    if (is_right && vocabulary_.check_precision) {
      try {
        vocabulary_.check_precision(precision);
      } catch (const std::invalid_argument& error) {
        report(path, error.what());
        is_right = false;
      }
    }
    return is_right;
  }

  const Experiment& experiment_;
  const Vocabulary& vocabulary_;
  const Node& node_;
};

}  // namespace

void check_experiment(const Experiment& experiment, const Vocabulary& vocabulary,
                      const Node& node) {
  ExperimentCheck(experiment, vocabulary, node).run();
}

}  // namespace systerm
