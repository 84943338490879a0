// SPDX-License-Identifier: Apache-2.0
#include "workloads/training/reversible_training.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "workloads/training/coupling_operator.h"
#include "workloads/training/training_error.h"

namespace systerm {

namespace {

bool is_exact(const StreamFormat& format) {
  const auto entry = std::ranges::find(residual_streams(), format.name, &ResidualStreamEntry::name);
  return entry->is_exact && format.overflow == StreamOverflow::kWrap;
}

}  // namespace

ReversibleTraining::ReversibleTraining(const Graph& graph, const ReversibleOptions& options)
    : graph_(graph),
      options_(options),
      structure_(find_reversible(graph)),
      plan_(plan_schedule(graph, structure_, options.schedule)),
      stream_(make_residual_stream(options.stream)),
      is_exact_(is_exact(options.stream)) {
  for (const ReversibleChain& chain : structure_.chains) {
    for (const TensorId stream : chain.begins) begins_.insert(index(stream));
  }
  if (options.retention) {
    std::unordered_set<std::size_t> streams = begins_;
    for (const ReversibleChain& chain : structure_.chains) {
      for (const Coupling& coupling : chain.couplings) streams.insert(index(coupling.result));
    }
    faults_.emplace(graph, *options.retention, options.stream, std::move(streams));
  }
}

void ReversibleTraining::begin_iteration(std::int64_t iteration, const TrainingGraph& training) {
  report_ = {};
  if (faults_) faults_->begin_iteration(iteration, training.tensors.size());
}

void ReversibleTraining::expose(const TrainingStep& step, const TrainingGraph& training,
                                std::vector<std::vector<float>>& values) {
  if (faults_) faults_->expose(step, training, values);
}

TrainingGraph ReversibleTraining::training_graph(const TrainingGraphOptions& options) {
  TrainingGraph training = make_scheduled_graph(graph_, plan_, options_.schedule, options);
  for (const TrainingStep& step : training.steps) {
    if (step.kind != StepKind::kReconstruct) continue;
    reconstructed_.insert(index(*training.tensor(step.writes.front().tensor).source));
  }
  return training;
}

std::unique_ptr<TrainableOperator> ReversibleTraining::coupling_operator(std::size_t node) const {
  std::uint32_t number = 0;
  for (const ReversibleChain& chain : structure_.chains) {
    for (const Coupling& coupling : chain.couplings) {
      if (coupling.node == node) {
        const std::vector<TensorId>& inputs = graph_.nodes()[node].inputs;
        return std::make_unique<CouplingOperator>(
            stream_,
            CouplingPlace{.skip = inputs[0] == coupling.skip ? std::size_t{0} : std::size_t{1},
                          .number = number,
                          .seed = options_.seed,
                          .elements = static_cast<std::size_t>(
                              element_count(*graph_.tensor(coupling.result).shape))});
      }
      ++number;
    }
  }
  return nullptr;
}

void ReversibleTraining::finish(const TrainingStep& step, const TrainingGraph& training,
                                std::vector<std::vector<float>>& values, WorkerPool& workers,
                                const StepServices& services) {
  if (faults_ && services.is_training) {
    faults_->note(step);
    report_.retention = faults_->counts();
  }
  if (step.kind == StepKind::kReconstruct) {
    const std::size_t id = index(step.writes.front().tensor);
    if (options_.check) compare(training.tensors[id], values[id], services);
    return;
  }
  if (step.kind != StepKind::kForward) return;
  const std::size_t id = index(step.writes.front().tensor);
  const std::size_t source = index(*training.tensors[id].source);
  if (begins_.contains(source)) {
    const StreamCounts counts = enter_stream(*stream_, values[id], workers);
    if (services.stream_counts != nullptr) report_.counts += counts;
  }
  const bool is_kept =
      options_.check && services.is_training && !step.recomputes && reconstructed_.contains(source);
  if (is_kept) forward_pass_[source] = values[id];
}

void ReversibleTraining::compare(const TrainingTensor& tensor, const std::vector<float>& values,
                                 const StepServices& services) {
  const std::vector<float>& wanted = forward_pass_.at(index(*tensor.source));
  std::uint64_t differing = 0;
  double error = 0.0;
  double norm = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto bits = std::bit_cast<std::uint32_t>(values[i]);
    if (bits != std::bit_cast<std::uint32_t>(wanted[i])) ++differing;
    const double difference = static_cast<double>(values[i]) - static_cast<double>(wanted[i]);
    error += difference * difference;
    norm += static_cast<double>(wanted[i]) * static_cast<double>(wanted[i]);
  }
  report_.compared += values.size();
  report_.differing += differing;
  if (error > 0.0) {
    report_.relative_error = std::max(report_.relative_error, std::sqrt(error / norm));
  }
  if (differing > 0 && is_exact_ && report_.retention.flipped == 0) {
    throw TrainingError(fmt::format(
        "iteration {}: {} of {} values of '{}' were not reconstructed to the bits of the forward "
        "pass",
        services.iteration + 1, differing, values.size(), graph_.tensor(*tensor.source).name));
  }
}

}  // namespace systerm
