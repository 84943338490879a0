// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/block_floating_point.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "components/arithmetic/bfp_kernels.h"
#include "components/arithmetic/parameter_range.h"

namespace systerm {
namespace {

constexpr int kZeroExponent = -127;
constexpr int kNotFinite = 128;
constexpr int kLargestExponent = 127;
constexpr int kWholeExponent = 8;  // bits

std::size_t rounded_up(std::size_t value, std::size_t step) { return (value + step - 1) / step; }

[[noreturn]] void report_not_finite(const StridedMatrix& view) {
  for (std::size_t r = 0; r < view.rows; ++r) {
    for (std::size_t c = 0; c < view.columns; ++c) {
      const float value = view.values[r * view.stride + c];
      if (std::isfinite(value)) continue;
      throw NonFiniteValue("value [" + std::to_string(r) + "][" + std::to_string(c) + "] is " +
                           (std::isnan(value) ? "NaN"
                            : value > 0       ? "+Inf"
                                              : "-Inf") +
                           ", for which there is no code");
    }
  }
  throw std::logic_error("no value of the matrix is NaN or infinite");
}

void require_view(const StridedMatrix& view) {
  if (view.rows == 0 || view.columns == 0) return;
  if (view.stride < view.columns ||
      view.values.size() < (view.rows - 1) * view.stride + view.columns) {
    throw std::invalid_argument("values of a matrix are [rows][stride >= columns]");
  }
  if (view.rows > RandomBits::kElements / view.columns) {
    throw std::invalid_argument("a tensor in block floating point has at most 2^32 values");
  }
}

struct Window {
  int lowest;
  int highest;
};

Window window_of(const BfpParameters& parameters, int top) {
  if (parameters.exponent_bits == kWholeExponent) return {kZeroExponent, kLargestExponent};
  return {top - ((1 << parameters.exponent_bits) - 1), top};
}

BfpJob job_of(const StridedMatrix& view, GroupAxis axis, const BfpParameters& parameters,
              Window window, const RandomBits& random, std::size_t first, std::size_t last) {
  BfpJob job;
  job.values = view.values.data();
  job.stride = view.stride;
  job.columns = view.columns;
  job.outer = axis == GroupAxis::kColumns ? view.rows : view.columns;
  job.depth = axis == GroupAxis::kColumns ? view.columns : view.rows;
  job.groups = rounded_up(job.depth, static_cast<std::size_t>(parameters.group_size));
  job.first = first;
  job.last = last;
  job.axis = axis;
  job.parameters = parameters;
  job.lowest_exponent = window.lowest;
  job.highest_exponent = window.highest;
  job.random = &random;
  if (first > last || last > job.outer) {
    throw std::invalid_argument("lines of a matrix in block floating point are 0 to " +
                                std::to_string(job.outer));
  }
  constexpr std::size_t kBlock = 16;
  if (parameters.square_blocks &&
      (first % kBlock != 0 || (last % kBlock != 0 && last != job.outer))) {
    throw std::invalid_argument("a range of lines must hold whole blocks of 16");
  }
  return job;
}

void check_exponents(const StridedMatrix& view, const BfpParameters& parameters, Window window,
                     int highest) {
  if (highest == kNotFinite) report_not_finite(view);
  if (parameters.window == BfpWindow::kRefuse && highest > window.highest) {
    throw ExponentWindowExceeded("exponent " + std::to_string(highest) + " lies above the window " +
                                 std::to_string(window.lowest) + " to " +
                                 std::to_string(window.highest) + " of " +
                                 std::to_string(parameters.exponent_bits) + " exponent bits");
  }
}

}  // namespace

void require_valid(const BfpParameters& parameters) {
  require_parameter_range("bfp", "group_size", parameters.group_size, 1, 128);
  require_parameter_range("bfp", "exponent_bits", parameters.exponent_bits, 1, 8);
  require_parameter_range("bfp", "mantissa_bits", parameters.mantissa_bits, 1, 7);
  if (parameters.square_blocks) {
    require_parameter_range("bfp with square blocks", "group_size", parameters.group_size, 16, 16);
  }
}

StridedMatrix matrix_view(std::span<const float> values, std::size_t rows, std::size_t columns) {
  if (values.size() != rows * columns) {
    throw std::invalid_argument("values of a matrix are [rows][columns]");
  }
  return {values, rows, columns, columns};
}

int top_exponent(const StridedMatrix& values) {
  require_view(values);
  std::uint32_t largest = 0;
  for (std::size_t r = 0; r < values.rows; ++r) {
    largest = std::max(largest,
                       bfp_largest_bits(values.values.data() + r * values.stride, values.columns));
  }
  const int exponent = static_cast<int>(largest >> 23) - 127;
  if (exponent == kNotFinite) report_not_finite(values);
  return exponent;
}

BfpCounts& BfpCounts::operator+=(const BfpCounts& other) {
  saturated += other.saturated;
  flushed += other.flushed;
  return *this;
}

BfpStorage bfp_storage(const BfpParameters& parameters, std::size_t outer, std::size_t depth) {
  const auto g = static_cast<std::uint64_t>(parameters.group_size);
  const std::uint64_t groups = outer * rounded_up(depth, g);
  const auto value_bits = static_cast<std::uint64_t>(parameters.layout == BfpLayout::kChunked
                                                         ? 3 * parameters.chunks()
                                                         : parameters.mantissa_bits + 1);
  const std::uint64_t exponents =
      parameters.square_blocks ? rounded_up(outer, g) * rounded_up(depth, g) : groups;
  return {exponents * static_cast<std::uint64_t>(parameters.exponent_bits),
          groups * g * value_bits};
}

double bits_per_value(const BfpParameters& parameters) {
  const auto g = static_cast<std::size_t>(parameters.group_size);
  const std::size_t lines = parameters.square_blocks ? g : 1;
  return static_cast<double>(bfp_storage(parameters, lines, g).total()) /
         static_cast<double>(lines * g);
}

void BfpMatrix::prepare(const StridedMatrix& values, GroupAxis axis,
                        const BfpParameters& parameters, int top_exponent) {
  require_valid(parameters);
  require_view(values);
  parameters_ = parameters;
  outer_ = axis == GroupAxis::kColumns ? values.rows : values.columns;
  depth_ = axis == GroupAxis::kColumns ? values.columns : values.rows;
  groups_ = rounded_up(depth_, group_size());
  lowest_ = window_of(parameters, top_exponent).lowest;
  codes_.resize(outer_ * padded_depth());
  exponents_.resize(outer_ * groups_);
}

BfpCounts BfpMatrix::encode(const StridedMatrix& values, GroupAxis axis, const RandomBits& random,
                            std::size_t first, std::size_t last) {
  require_view(values);
  const bool along_columns = axis == GroupAxis::kColumns;
  if ((along_columns ? values.rows : values.columns) != outer_ ||
      (along_columns ? values.columns : values.rows) != depth_) {
    throw std::invalid_argument("the matrix has another shape than the one prepared for");
  }
  const int top = lowest_ + (1 << parameters_.exponent_bits) - 1;
  const Window window = window_of(parameters_, top);
  const BfpJob job = job_of(values, axis, parameters_, window, random, first, last);
  const BfpOutcome outcome = bfp_encode(job, codes_.data(), exponents_.data());
  check_exponents(values, parameters_, window, outcome.highest_exponent);
  return outcome.counts;
}

BfpCounts BfpMatrix::assign(const StridedMatrix& values, GroupAxis axis,
                            const BfpParameters& parameters, const RandomBits& random,
                            std::optional<int> top) {
  if (!top) top = parameters.exponent_bits == kWholeExponent ? 0 : systerm::top_exponent(values);
  prepare(values, axis, parameters, *top);
  return encode(values, axis, random, 0, outer_);
}

void BfpMatrix::decode(GroupAxis axis, std::span<float> values) const {
  if (values.size() != outer_ * depth_) {
    throw std::invalid_argument("decoded values are [rows][columns]");
  }
  const bool along_columns = axis == GroupAxis::kColumns;
  const std::size_t g = group_size();
  for (std::size_t line = 0; line < outer_; ++line) {
    const std::int8_t* const codes = codes_.data() + line * padded_depth();
    for (std::size_t group = 0; group < groups_; ++group) {
      const float unit = std::ldexp(1.0F, exponent(line, group) - (parameters_.mantissa_bits - 1));
      for (std::size_t k = group * g; k < std::min(depth_, (group + 1) * g); ++k) {
        const float value = static_cast<float>(codes[k]) * unit;
        values[along_columns ? line * depth_ + k : k * outer_ + line] = value;
      }
    }
  }
}

void ChunkStatistic::add(int unit, std::uint64_t difference, std::uint64_t low) {
  if (differences_.empty()) {
    differences_.resize(kUnits);
    lows_.resize(kUnits);
  }
  // Only groups of zeros have units below those of FP32.
  const auto at = static_cast<std::size_t>(std::max(unit, kLowestUnit) - kLowestUnit);
  differences_[at] += difference;
  lows_[at] += low;
}

ChunkStatistic& ChunkStatistic::operator+=(const ChunkStatistic& other) {
  for (std::size_t i = 0; i < other.differences_.size(); ++i) {
    add(static_cast<int>(i) + kLowestUnit, other.differences_[i], other.lows_[i]);
  }
  return *this;
}

namespace {

double folded(const std::vector<std::uint64_t>& sums, int lowest_unit) {
  double total = 0;
  for (std::size_t i = sums.size(); i-- > 0;) {
    total += std::ldexp(static_cast<double>(sums[i]), static_cast<int>(i) + lowest_unit);
  }
  return total;
}

}  // namespace

double ChunkStatistic::difference_sum() const { return folded(differences_, kLowestUnit); }
double ChunkStatistic::low_sum() const { return folded(lows_, kLowestUnit); }

double ChunkStatistic::relative_improvement() const {
  const double low = low_sum();
  const double difference = difference_sum();
  if (low > 0) return difference / low;
  return difference > 0 ? std::numeric_limits<double>::infinity() : 0.0;
}

ChunkStatistic chunk_statistic(const StridedMatrix& values, GroupAxis axis,
                               const BfpParameters& high, int low_mantissa_bits,
                               const RandomBits& random, int top, std::size_t first,
                               std::size_t last) {
  require_valid(high);
  require_view(values);
  require_parameter_range("bfp", "low mantissa bits", low_mantissa_bits, 1, high.mantissa_bits - 1);
  const Window window = window_of(high, top);
  ChunkStatistic statistic;
  const int highest = bfp_sum_chunks(job_of(values, axis, high, window, random, first, last),
                                     low_mantissa_bits, statistic);
  check_exponents(values, high, window, highest);
  return statistic;
}

ChunkStatistic chunk_statistic(const StridedMatrix& values, GroupAxis axis,
                               const BfpParameters& high, int low_mantissa_bits,
                               const RandomBits& random) {
  return chunk_statistic(values, axis, high, low_mantissa_bits, random, top_exponent(values), 0,
                         axis == GroupAxis::kColumns ? values.rows : values.columns);
}

}  // namespace systerm
