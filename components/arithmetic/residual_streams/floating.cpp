// SPDX-License-Identifier: Apache-2.0
// Streams in single precision and in bfloat16. Sums are rounded, so that subtraction undoes
// addition only nearly.
#include <cmath>

#include "components/arithmetic/bfloat16.h"
#include "components/arithmetic/residual_stream.h"

namespace systerm {

namespace {

float to_fp32(float value) { return value; }

/// NaN as it is.
float to_bf16(float value) {
  return std::isnan(value) ? value : bfloat16_value(bfloat16_code(value));
}

template <float (*kRounded)(float)>
class FloatingStream final : public ResidualStream {
 public:
  StreamCounts enter(std::span<float> values) const override {
    for (float& value : values) value = kRounded(value);
    return {};
  }

  StreamCounts add(std::span<const float> stream, std::span<const float> function,
                   const RandomBits&, std::uint64_t, std::span<float> to) const override {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = kRounded(stream[i] + kRounded(function[i]));
    return {};
  }

  void subtract(std::span<const float> stream, std::span<const float> function, const RandomBits&,
                std::uint64_t, std::span<float> to) const override {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = kRounded(stream[i] - kRounded(function[i]));
  }
};

}  // namespace

std::unique_ptr<const ResidualStream> make_fp32_stream(const StreamFormat&) {
  return std::make_unique<FloatingStream<to_fp32>>();
}

std::unique_ptr<const ResidualStream> make_bf16_stream(const StreamFormat&) {
  return std::make_unique<FloatingStream<to_bf16>>();
}

}  // namespace systerm
