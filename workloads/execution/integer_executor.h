// SPDX-License-Identifier: Apache-2.0
// A whole network in the exact integer arithmetic of the accelerator, without event simulation: the
// same kernels and the same post-processing as the platform's array and vector unit, batch by
// batch.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "workloads/execution/gemm_layer.h"
#include "workloads/execution/integer_reference.h"
#include "workloads/execution/pool_layer.h"

namespace systerm {

class IntegerExecutor {
 public:
  /// Buffers of one thread.
  struct Scratch {
    GemmScratch gemm;
    std::vector<float> values;
    /// Of features that nobody reads any more.
    std::vector<std::vector<std::int32_t>> retired;
  };
  /// Receives a feature as soon as its layer is done; network inputs come first.
  using Observer = std::function<void(FeatureId, const FeatureCodes&)>;

  /// Encodes and packs all weights. Throws std::invalid_argument if a GEMM has no weight codes.
  explicit IntegerExecutor(std::shared_ptr<const QuantizedNetwork> network);

  const QuantizedNetwork& network() const { return *network_; }

  /// One batch; the network's outputs, bit for bit those of IntegerReference. The memory of a
  /// feature is free again once its last reader has run. Concurrent calls need a scratch each.
  /// Throws AccumulatorOverflow naming the layer if a final sum leaves 32 bits,
  /// std::invalid_argument for inputs that do not fit the network.
  std::vector<FeatureCodes> run(std::vector<FeatureCodes> inputs, Scratch& scratch,
                                const Observer& observer = {}) const;

 private:
  FeatureCodes run_layer(std::size_t position, std::span<const FeatureCodes> features,
                         Scratch& scratch) const;
  FeatureCodes finish(std::size_t position, std::span<float> values,
                      std::span<const FeatureCodes> features, Scratch& scratch) const;

  std::shared_ptr<const QuantizedNetwork> network_;
  IntegerReference reference_;
  std::vector<FeatureCodes> constants_;          ///< by position in Network::constants
  std::vector<std::optional<GemmLayer>> gemms_;  ///< by position
  std::vector<std::optional<PoolLayer>> pools_;  ///< likewise
  std::vector<std::size_t> last_reader_;         ///< by FeatureId; position, or all for outputs
};

}  // namespace systerm
