// SPDX-License-Identifier: Apache-2.0
#include "workloads/training/retention_faults.h"

#include <bit>
#include <cmath>
#include <utility>

#include "workloads/data/synthetic.h"

namespace systerm {

RetentionFaults::RetentionFaults(const Graph& graph, const RetentionOptions& options,
                                 const StreamFormat& stream,
                                 std::unordered_set<std::size_t> streams)
    : graph_(graph), options_(options), stream_(stream), streams_(std::move(streams)) {}

void RetentionFaults::begin_iteration(std::int64_t iteration, std::size_t tensors) {
  iteration_ = iteration;
  time_ = 0.0;
  written_.assign(tensors, 0.0);
  is_exposed_.assign(tensors, false);
  counts_ = {};
}

void RetentionFaults::expose(const TrainingStep& step, const TrainingGraph& training,
                             std::vector<std::vector<float>>& values) {
  time_ += static_cast<double>(step.macs());
  for (const TrainingTensorId id : step.reads) {
    const TrainingTensor& tensor = training.tensor(id);
    const bool is_kept = tensor.role == TensorRole::kActivation ||
                         tensor.role == TensorRole::kSaved || tensor.role == TensorRole::kGradient;
    if (!is_kept || is_exposed_[index(id)]) continue;
    if (time_ - written_[index(id)] <= options_.retention_macs) continue;
    is_exposed_[index(id)] = true;
    flip(tensor, values[index(id)]);
  }
}

void RetentionFaults::note(const TrainingStep& step) {
  // An addition passes its gradient on where it lies.
  const auto* binary = step.kind == StepKind::kBackwardData
                           ? std::get_if<op::Binary>(&graph_.nodes()[*step.node].operation)
                           : nullptr;
  const bool passes_on = binary != nullptr && binary->kind == op::Binary::Kind::kAdd;
  for (const StepOutput& output : step.writes) {
    const bool is_old = passes_on && !output.accumulates;
    written_[index(output.tensor)] = is_old ? written_[index(step.reads.front())] : time_;
    is_exposed_[index(output.tensor)] = is_old && is_exposed_[index(step.reads.front())];
  }
}

void RetentionFaults::flip(const TrainingTensor& tensor, std::vector<float>& values) {
  counts_.expired += values.size();
  const bool is_code = stream_.name == "fixed" && tensor.role == TensorRole::kActivation &&
                       streams_.contains(index(*tensor.source));
  const auto width = static_cast<std::uint64_t>(is_code ? stream_.bits : 32);
  const std::uint64_t bits = width * values.size();
  if (options_.bit_error_rate <= 0.0) return;
  const std::uint64_t key = random_key(
      options_.seed ^ static_cast<std::uint64_t>(iteration_) * 0x9E3779B97F4A7C15U, tensor.name);
  // Distances between wrong bits are geometrically distributed.
  const double scale =
      options_.bit_error_rate < 1.0 ? 1.0 / std::log1p(-options_.bit_error_rate) : 0.0;
  std::uint64_t at = 0;
  for (std::uint64_t draw = 0;; ++draw) {
    const double uniform = 1.0 - random_uniform(random_bits(key, draw));
    const double distance = std::floor(std::log(uniform) * scale);
    if (distance >= static_cast<double>(bits - at)) return;
    at += static_cast<std::uint64_t>(distance);
    float& value = values[at / width];
    value = flipped(value, static_cast<int>(at % width), is_code);
    ++counts_.flipped;
    if (++at >= bits) return;
  }
}

float RetentionFaults::flipped(float value, int bit, bool is_code) const {
  if (!is_code) {
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) ^ (1U << bit));
  }
  const double per_step = std::ldexp(1.0, stream_.fraction_bits);
  const auto code = static_cast<std::int32_t>(static_cast<double>(value) * per_step);
  const auto pattern = static_cast<std::uint32_t>(code) ^ (1U << bit);
  // The sign is the uppermost of the format's bits.
  const int above = 32 - stream_.bits;
  const auto extended = static_cast<std::int32_t>(pattern << above) >> above;
  return static_cast<float>(static_cast<double>(extended) / per_step);
}

}  // namespace systerm
