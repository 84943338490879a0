// SPDX-License-Identifier: Apache-2.0
// Runs a network in single precision with oneDNN: the reference for accuracy, and the source of
// calibration data. Not bit-exact between machines.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "workloads/data/tensor.h"
#include "workloads/network/network.h"
#include "workloads/quantization/magnitude_histogram.h"

namespace systerm {

class FloatProgram;

class FloatExecutor {
 public:
  /// Receives a feature in memory order as soon as its layer is done; network inputs come first.
  using Observer = std::function<void(FeatureId, std::span<const float>)>;

  /// Creates the primitives. The network must carry weights; throws std::invalid_argument otherwise
  /// or where a layer cannot be executed. Uses one thread unless OMP_NUM_THREADS is set.
  explicit FloatExecutor(std::shared_ptr<const Network> network);
  ~FloatExecutor();
  FloatExecutor(FloatExecutor&&) noexcept;
  FloatExecutor& operator=(FloatExecutor&&) noexcept;

  /// One batch; `inputs` in the order of Network::inputs and in source order. The memory of a
  /// feature is free again once its last reader has run. Not for concurrent use.
  void run(std::span<const Tensor> inputs, const Observer& observer);

  /// The network's outputs, in source order and shape.
  std::vector<Tensor> run(std::span<const Tensor> inputs);

  /// Every feature, in memory order, by FeatureId.
  std::vector<std::vector<float>> run_all(std::span<const Tensor> inputs);

 private:
  std::unique_ptr<FloatProgram> program_;
};

/// Runs one batch and adds every feature to its histogram; `magnitudes` has one entry a feature.
void calibrate(FloatExecutor& executor, std::span<const Tensor> inputs,
               std::span<MagnitudeHistogram> magnitudes);

}  // namespace systerm
