// SPDX-License-Identifier: Apache-2.0
// Fixed point: whole numbers of steps in two's complement. What is added is rounded to a whole
// number of steps first, and adding and subtracting it modulo 2^bits undo each other.
#include <cmath>

#include "components/arithmetic/residual_stream.h"

namespace systerm {

namespace {

class FixedStream final : public ResidualStream {
 public:
  explicit FixedStream(const StreamFormat& format)
      : per_step_(std::ldexp(1.0, format.fraction_bits)),
        step_(std::ldexp(1.0F, -format.fraction_bits)),
        half_(std::int64_t{1} << (format.bits - 1)),
        overflow_(format.overflow),
        rounding_(format.rounding) {}

  StreamCounts enter(std::span<float> values) const override {
    StreamCounts counts;
    for (float& value : values) {
      const std::int64_t steps = bounded(std::round(static_cast<double>(value) * per_step_));
      value = stored(steps, counts);
    }
    return counts;
  }

  StreamCounts add(std::span<const float> stream, std::span<const float> function,
                   const RandomBits& random, std::uint64_t first,
                   std::span<float> to) const override {
    StreamCounts counts;
    for (std::size_t i = 0; i < to.size(); ++i) {
      to[i] = stored(code(stream[i]) + steps_of(function[i], random, first + i), counts);
    }
    return counts;
  }

  void subtract(std::span<const float> stream, std::span<const float> function,
                const RandomBits& random, std::uint64_t first, std::span<float> to) const override {
    StreamCounts ignored;
    for (std::size_t i = 0; i < to.size(); ++i) {
      to[i] = stored(code(stream[i]) - steps_of(function[i], random, first + i), ignored);
    }
  }

 private:
  /// A function may be anything, even infinite or no number: what matters is that it is the same
  /// both times.
  static std::int64_t bounded(double steps) {
    constexpr double kLargest = 0x1p62;
    if (std::isnan(steps)) return 0;
    return static_cast<std::int64_t>(std::clamp(steps, -kLargest, kLargest));
  }

  std::int64_t steps_of(float value, const RandomBits& random, std::uint64_t element) const {
    const double exact = static_cast<double>(value) * per_step_;
    switch (rounding_) {
      case BfpRounding::kTruncate:
        return bounded(std::trunc(exact));
      case BfpRounding::kNearest:
        return bounded(std::round(exact));
      case BfpRounding::kStochastic:
        return bounded(std::floor(exact + static_cast<double>(random.byte(element)) / 256.0));
    }
    return 0;
  }

  std::int64_t code(float value) const {
    return static_cast<std::int64_t>(static_cast<double>(value) * per_step_);
  }

  float stored(std::int64_t steps, StreamCounts& counts) const {
    if (steps < -half_ || steps >= half_) {
      if (overflow_ == StreamOverflow::kSaturate) {
        ++counts.saturated;
        steps = steps < 0 ? -half_ : half_ - 1;
      } else {
        ++counts.wrapped;
        const auto modulus = static_cast<std::uint64_t>(2 * half_);
        const auto low = static_cast<std::uint64_t>(steps) & (modulus - 1);
        steps = static_cast<std::int64_t>(low);
        if (steps >= half_) steps -= 2 * half_;
      }
    }
    return static_cast<float>(steps) * step_;
  }

  double per_step_;
  float step_;
  std::int64_t half_;
  StreamOverflow overflow_;
  BfpRounding rounding_;
};

}  // namespace

std::unique_ptr<const ResidualStream> make_fixed_stream(const StreamFormat& format) {
  return std::make_unique<FixedStream>(format);
}

}  // namespace systerm
