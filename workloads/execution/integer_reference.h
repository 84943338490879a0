// SPDX-License-Identifier: Apache-2.0
// The exact integer arithmetic of the accelerator, whole tensors at a time, in plain C++: what a
// simulated run must leave in memory, bit for bit. Knows nothing of tiles, cells or SIMD kernels.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "workloads/data/tensor.h"
#include "workloads/quantization/quantized_network.h"

namespace systerm {

class IntegerReference {
 public:
  /// Encodes all weights. Throws std::invalid_argument if a GEMM has no weight codes.
  explicit IntegerReference(std::shared_ptr<const QuantizedNetwork> network);

  /// One batch; `inputs` in the order of Network::inputs. Returns all features by FeatureId.
  /// GEMM: encoded weights times encoded data summed exactly; value = float(sum) * sum_scale +
  /// bias; steps in order, operands as float(code) * scale; requantized to the output's scale.
  /// Vector operations: see components/arithmetic/vector_operations.h. Throws AccumulatorOverflow
  /// naming the layer if a final sum leaves 32 bits, std::invalid_argument for inputs that do not
  /// fit the network.
  std::vector<FeatureCodes> run(std::span<const FeatureCodes> inputs) const;

  /// The output of the layer at `position` in Network::layers from its inputs among `features`.
  FeatureCodes run_layer(std::size_t position, std::span<const FeatureCodes> features) const;
  /// Its steps and the requantization alone, from its values before the steps, in memory order.
  FeatureCodes finish_layer(std::size_t position, std::vector<float> values,
                            std::span<const FeatureCodes> features) const;

  /// As the cells see them: [groups * n][k] of the layer at `position` in Network::layers.
  std::span<const std::int16_t> encoded_weights(std::size_t position) const {
    return encoded_weights_[position];
  }

 private:
  std::shared_ptr<const QuantizedNetwork> network_;
  std::vector<std::vector<std::int16_t>> encoded_weights_;
};

/// What the encoder makes of whole positions of a feature that a GEMM reads, in groups along the
/// channels of a convolution group at one position, or along all that a linear layer reads.
void encode_in_groups(std::span<const std::int32_t> codes, const Gemm& gemm, const Format& format,
                      std::span<std::int16_t> values);

/// What the encoder makes of a feature that a GEMM reads, in groups where the format wants it.
std::vector<std::int16_t> encode_feature(std::span<const std::int32_t> codes, const Gemm& gemm,
                                         const Format& format, std::int32_t limit);

/// What the encoder makes of every code from -limit to limit.
std::vector<std::int16_t> data_code_table(const Format& format, std::int32_t limit);

/// Throws std::invalid_argument naming the feature unless `codes` have its shape and range.
void check_input(const QuantizedNetwork& network, FeatureId id, const FeatureCodes& codes);

/// Codes of a real-valued tensor in source order, in the storage of feature `id`.
FeatureCodes quantize_feature(const QuantizedNetwork& network, FeatureId id, const Tensor& tensor);

/// Codes of a constant of the network, which must have values.
FeatureCodes quantize_constant(const QuantizedNetwork& network, const ConstantFeature& constant);

/// Real values in source order and shape.
Tensor dequantize_feature(const QuantizedNetwork& network, FeatureId id, const FeatureCodes& codes);

}  // namespace systerm
