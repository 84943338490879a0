// SPDX-License-Identifier: Apache-2.0
#include "workloads/training/coupling_operator.h"

#include <algorithm>
#include <vector>

namespace systerm {

namespace {

constexpr std::size_t kElementsAtOnce = 16384;
/// Keys of random bits that no layer has.
constexpr std::uint32_t kStreamTensor = 0x53545245U;

StreamCounts sum_of(const std::vector<StreamCounts>& counts) {
  StreamCounts sum;
  for (const StreamCounts& each : counts) sum += each;
  return sum;
}

}  // namespace

std::size_t stream_grain(const ResidualStream& stream) {
  const std::size_t group = stream.granularity();
  return std::max<std::size_t>(1, kElementsAtOnce / group) * group;
}

StreamCounts enter_stream(const ResidualStream& stream, std::span<float> values,
                          WorkerPool& workers) {
  const std::size_t grain = stream_grain(stream);
  std::vector<StreamCounts> counts((values.size() + grain - 1) / grain);
  workers.run_ranges(values.size(), grain, [&](std::size_t first, std::size_t end) {
    counts[first / grain] = stream.enter(values.subspan(first, end - first));
  });
  return sum_of(counts);
}

RandomBits CouplingOperator::random_bits(const StepServices& services) const {
  return RandomBits(RandomKey{.seed = place_.seed,
                              .layer = place_.number,
                              .tensor = kStreamTensor,
                              .iteration = static_cast<std::uint32_t>(services.iteration)});
}

void CouplingOperator::forward(const StepOperands& operands, StepServices& services) {
  const std::span stream(operands.reads[place_.skip], place_.elements);
  const std::span function(operands.reads[1 - place_.skip], place_.elements);
  const std::span to(operands.writes[0], place_.elements);
  const RandomBits random = random_bits(services);
  const std::size_t grain = stream_grain(*stream_);
  std::vector<StreamCounts> counts((place_.elements + grain - 1) / grain);
  services.workers.run_ranges(place_.elements, grain, [&](std::size_t first, std::size_t end) {
    counts[first / grain] =
        stream_->add(stream.subspan(first, end - first), function.subspan(first, end - first),
                     random, first, to.subspan(first, end - first));
  });
  if (services.stream_counts != nullptr) *services.stream_counts += sum_of(counts);
}

void CouplingOperator::backward_data(const StepOperands& operands, StepServices&) {
  for (float* const gradient : operands.writes) {
    std::copy_n(operands.reads[0], place_.elements, gradient);
  }
}

void CouplingOperator::reconstruct(const StepOperands& operands, StepServices& services) {
  const std::span result(operands.reads[0], place_.elements);
  const std::span function(operands.reads[1], place_.elements);
  const std::span to(operands.writes[0], place_.elements);
  const RandomBits random = random_bits(services);
  services.workers.run_ranges(
      place_.elements, stream_grain(*stream_), [&](std::size_t first, std::size_t end) {
        stream_->subtract(result.subspan(first, end - first), function.subspan(first, end - first),
                          random, first, to.subspan(first, end - first));
      });
}

}  // namespace systerm
