// SPDX-License-Identifier: Apache-2.0
// Activations and gradients kept in a memory that forgets: what is read later than the retention
// time after its last write has some of its bits flipped, the same ones for the same seed. Time is
// counted in multiply-accumulates, as in lifetimes.h.
#pragma once

#include <cstdint>
#include <unordered_set>
#include <vector>

#include "components/arithmetic/residual_stream.h"
#include "workloads/training/training_graph.h"

namespace systerm {

struct RetentionOptions {
  double retention_macs = 0.0;  ///< what the array does in the retention time
  double bit_error_rate = 0.0;  ///< share of bits that are wrong once it has passed
  std::uint64_t seed = 1;
};

/// Of one iteration.
struct RetentionCounts {
  std::uint64_t expired = 0;  ///< values that were read too late, each once a write
  std::uint64_t flipped = 0;  ///< bits

  friend bool operator==(const RetentionCounts&, const RetentionCounts&) = default;
};

class RetentionFaults {
 public:
  /// `streams` are TensorIds whose activations are kept as codes of `stream` where that is fixed
  /// point; everything else is kept as FP32.
  RetentionFaults(const Graph& graph, const RetentionOptions& options, const StreamFormat& stream,
                  std::unordered_set<std::size_t> streams);

  void begin_iteration(std::int64_t iteration, std::size_t tensors);
  /// Before a step reads; `values` by TrainingTensorId.
  void expose(const TrainingStep& step, const TrainingGraph& training,
              std::vector<std::vector<float>>& values);
  /// Once a step has written.
  void note(const TrainingStep& step);

  const RetentionCounts& counts() const { return counts_; }

 private:
  void flip(const TrainingTensor& tensor, std::vector<float>& values);
  float flipped(float value, int bit, bool is_code) const;

  const Graph& graph_;
  RetentionOptions options_;
  StreamFormat stream_;
  std::unordered_set<std::size_t> streams_;
  std::int64_t iteration_ = 0;
  double time_ = 0.0;
  std::vector<double> written_;   // by TrainingTensorId
  std::vector<bool> is_exposed_;  // since the last write
  RetentionCounts counts_;
};

}  // namespace systerm
