// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "workloads/training/training_graph.h"

namespace systerm {

namespace {

std::string gemm_text(const StepGemm& gemm) {
  const std::string shape = fmt::format("{}x{}x{}", gemm.rows, gemm.contraction, gemm.columns);
  return gemm.count == 1 ? shape : fmt::format("{} of {}", gemm.count, shape);
}

}  // namespace

std::string_view to_string(TensorRole role) {
  constexpr std::array<std::string_view, 11> kNames{
      "input",      "labels", "fixed", "parameter", "statistic",         "optimizer_state",
      "activation", "saved",  "loss",  "gradient",  "parameter_gradient"};
  return kNames[static_cast<std::size_t>(role)];
}

std::string_view to_string(StepKind kind) {
  constexpr std::array<std::string_view, 6> kNames{"forward",         "loss",   "backward_data",
                                                   "weight_gradient", "update", "reconstruct"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string to_string(const TrainingGraph& graph) {
  std::string text;
  const auto name = [&](TrainingTensorId id) { return graph.tensor(id).name; };
  for (std::size_t i = 0; i < graph.steps.size(); ++i) {
    const TrainingStep& step = graph.steps[i];
    std::vector<std::string> reads;
    std::vector<std::string> writes;
    std::vector<std::string> gemms;
    for (const TrainingTensorId id : step.reads) reads.push_back(name(id));
    for (const StepOutput& output : step.writes) {
      writes.push_back(name(output.tensor) + (output.accumulates ? " (added)" : ""));
    }
    for (const StepGemm& gemm : step.gemms) gemms.push_back(gemm_text(gemm));
    text += fmt::format("step {} {}{} {}{}{}: {} -> {}\n", i, to_string(step.kind),
                        step.recomputes ? " again" : "", step.name, gemms.empty() ? "" : " ",
                        fmt::join(gemms, ", "), fmt::join(reads, ", "), fmt::join(writes, ", "));
  }
  for (const TrainingTensor& tensor : graph.tensors) {
    text += fmt::format("tensor {} {} {}: {}\n", tensor.name, to_string(tensor.role),
                        to_string(tensor.shape),
                        tensor.is_persistent()
                            ? std::string("always")
                            : fmt::format("steps {} to {}", tensor.first_write, tensor.last_read));
  }
  return text;
}

}  // namespace systerm
