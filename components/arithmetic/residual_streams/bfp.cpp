// SPDX-License-Identifier: Apache-2.0
// Streams in block floating point: sums are coded anew in groups with one exponent, which loses
// what the largest value of a group pushes out.
#include <vector>

#include "components/arithmetic/residual_stream.h"

namespace systerm {

namespace {

class BfpStream final : public ResidualStream {
 public:
  explicit BfpStream(const StreamFormat& format)
      : parameters_{.group_size = format.group_size,
                    .exponent_bits = 8,
                    .mantissa_bits = format.mantissa_bits,
                    .rounding = format.rounding} {}

  std::size_t granularity() const override {
    return static_cast<std::size_t>(parameters_.group_size);
  }

  StreamCounts enter(std::span<float> values) const override {
    return code(values, RandomBits(), BfpRounding::kNearest);
  }

  StreamCounts add(std::span<const float> stream, std::span<const float> function,
                   const RandomBits& random, std::uint64_t, std::span<float> to) const override {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = stream[i] + function[i];
    return code(to, random, parameters_.rounding);
  }

  void subtract(std::span<const float> stream, std::span<const float> function,
                const RandomBits& random, std::uint64_t, std::span<float> to) const override {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = stream[i] - function[i];
    code(to, random, parameters_.rounding);
  }

 private:
  StreamCounts code(std::span<float> values, const RandomBits& random, BfpRounding rounding) const {
    BfpParameters parameters = parameters_;
    parameters.rounding = rounding;
    BfpMatrix matrix;
    const BfpCounts counts = matrix.assign(matrix_view(values, 1, values.size()),
                                           GroupAxis::kColumns, parameters, random);
    matrix.decode(GroupAxis::kColumns, values);
    return {.saturated = counts.saturated};
  }

  BfpParameters parameters_;
};

}  // namespace

std::unique_ptr<const ResidualStream> make_bfp_stream(const StreamFormat& format) {
  return std::make_unique<BfpStream>(format);
}

}  // namespace systerm
