// SPDX-License-Identifier: Apache-2.0
#include "workloads/training/bfp_products.h"

#include <algorithm>
#include <span>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "workloads/training/training_error.h"
#include "workloads/training/worker_pool.h"

namespace systerm {

namespace {

// Multiples of what the kernels and square blocks ask for.
constexpr std::size_t kLinesAtOnce = 48;
constexpr std::size_t kRowsAtOnce = 8 * BfpLeft::kRowBlock;
constexpr std::size_t kColumnsAtOnce = 4 * BfpRight::kPanelColumns;

StridedMatrix matrix(const float* values, std::size_t rows, std::size_t columns) {
  return matrix_view(std::span(values, rows * columns), rows, columns);
}

std::size_t outer_lines(const StridedMatrix& values, GroupAxis axis) {
  return axis == GroupAxis::kColumns ? values.rows : values.columns;
}

}  // namespace

PassCount& PassCount::operator+=(const PassCount& other) {
  passes += other.passes;
  high_passes += other.high_passes;
  saturated += other.saturated;
  flushed += other.flushed;
  return *this;
}

BfpProducts::BfpProducts(const BfpTrainingFormat& format, std::unique_ptr<PrecisionPolicy> policy,
                         Run run)
    : format_(format),
      policy_(std::move(policy)),
      run_(std::move(run)),
      precisions_(run_.layers.size(), LayerPrecision{}),
      is_chosen_(run_.layers.size()) {
  require_valid(format_.group);
}

void BfpProducts::begin_iteration(std::int64_t iteration) {
  iteration_ = iteration;
  count_ = {};
  counts_ = true;
  if (iteration % run_.cadence != 0) return;
  for (auto& layer : is_chosen_) layer.fill(false);
}

void BfpProducts::restore(const std::vector<LayerPrecision>& precisions, std::int64_t iteration) {
  if (precisions.size() != precisions_.size()) {
    throw std::invalid_argument("precisions of another number of layers");
  }
  precisions_ = precisions;
  iteration_ = iteration;
  for (std::size_t layer = 0; layer < precisions.size(); ++layer) {
    for (const OperandKind kind : kAllOperandKinds) {
      is_chosen_[layer][index(kind)] = precisions[layer][index(kind)] != 0;
    }
  }
}

BfpParameters BfpProducts::parameters(OperandKind kind, int mantissa_bits) const {
  BfpParameters result = format_.group;
  result.mantissa_bits = mantissa_bits;
  result.rounding = format_.rounding[index(kind)];
  return result;
}

int BfpProducts::window_top(const Side& side) const {
  // With 8 bits exponents are those of FP32, and there is no window.
  if (format_.group.exponent_bits == 8) return 0;
  return format_.window_top == BfpWindowTop::kFixed ? format_.top_exponents[index(side.kind)]
                                                    : top_exponent(side.values);
}

RandomBits BfpProducts::random_bits(std::size_t layer, const Side& side) const {
  const std::size_t tensor = 2 * index(side.kind) + (side.is_first_use ? 0 : 1);
  return RandomBits(RandomKey{.seed = run_.seed,
                              .layer = static_cast<std::uint32_t>(layer),
                              .tensor = static_cast<std::uint32_t>(tensor),
                              .iteration = static_cast<std::uint32_t>(iteration_)});
}

double BfpProducts::improvement(std::size_t layer, const Side& side, WorkerPool& workers) const {
  const std::size_t lines = outer_lines(side.values, side.axis);
  const BfpParameters high = parameters(side.kind, kHighMantissaBits);
  const RandomBits random = random_bits(layer, side);
  const int top = window_top(side);
  const std::size_t pieces = (lines + kLinesAtOnce - 1) / kLinesAtOnce;
  std::vector<ChunkStatistic> partial(pieces);
  workers.run_ranges(lines, kLinesAtOnce, [&](std::size_t first, std::size_t end) {
    partial[first / kLinesAtOnce] =
        chunk_statistic(side.values, side.axis, high, kLowMantissaBits, random, top, first, end);
  });
  ChunkStatistic sum;
  for (const ChunkStatistic& each : partial) sum += each;
  return sum.relative_improvement();
}

int BfpProducts::mantissa_bits(std::size_t layer, const Side& side, WorkerPool& workers) {
  int& bits = precisions_[layer][index(side.kind)];
  bool& is_chosen = is_chosen_[layer][index(side.kind)];
  if (!is_chosen) {
    bits =
        policy_->mantissa_bits({.kind = side.kind,
                                .layer = layer,
                                .layers = run_.layers.size(),
                                .iteration = iteration_,
                                .iterations = run_.iterations,
                                .improvement = [&] { return improvement(layer, side, workers); }});
    is_chosen = true;
  }
  return bits;
}

void BfpProducts::convert(std::size_t layer, const Side& side, BfpMatrix& to, WorkerPool& workers) {
  const auto fail = [&](const std::exception& error) {
    throw TrainingError(fmt::format("iteration {}: layer '{}', {}: {}", iteration_ + 1,
                                    run_.layers[layer], to_string(side.kind), error.what()));
  };
  try {
    const BfpParameters format = parameters(side.kind, mantissa_bits(layer, side, workers));
    to.prepare(side.values, side.axis, format, window_top(side));
    const RandomBits random = random_bits(layer, side);
    const std::size_t pieces = (to.outer() + kLinesAtOnce - 1) / kLinesAtOnce;
    std::vector<BfpCounts> counts(pieces);
    workers.run_ranges(to.outer(), kLinesAtOnce, [&](std::size_t first, std::size_t end) {
      counts[first / kLinesAtOnce] = to.encode(side.values, side.axis, random, first, end);
    });
    if (!counts_) return;
    for (const BfpCounts& each : counts) {
      count_.saturated += static_cast<std::int64_t>(each.saturated);
      count_.flushed += static_cast<std::int64_t>(each.flushed);
    }
  } catch (const NonFiniteValue& error) {
    fail(error);
  } catch (const ExponentWindowExceeded& error) {
    fail(error);
  }
}

void BfpProducts::multiply(std::size_t layer, const Side& left, const Side& right, float* result,
                           WorkerPool& workers) {
  convert(layer, left, left_matrix_, workers);
  convert(layer, right, right_matrix_, workers);
  left_.prepare(left_matrix_, format_.accumulation);
  workers.run_ranges(left_matrix_.outer(), kRowsAtOnce, [&](std::size_t first, std::size_t end) {
    left_.fill(left_matrix_, first, end);
  });
  right_.prepare(right_matrix_, format_.accumulation);
  workers.run_ranges(
      right_matrix_.outer(), kColumnsAtOnce,
      [&](std::size_t first, std::size_t end) { right_.fill(right_matrix_, first, end); });
  const std::size_t rows = left_matrix_.outer();
  const std::size_t columns = right_matrix_.outer();
  try {
    workers.run_ranges(rows, kRowsAtOnce, [&](std::size_t first, std::size_t end) {
      bfp_gemm(left_, right_, false, std::span(result, rows * columns), columns, first, end);
    });
  } catch (const ProductRangeExceeded& error) {
    throw TrainingError(fmt::format("iteration {}: layer '{}', {} times {}: {}", iteration_ + 1,
                                    run_.layers[layer], to_string(left.kind), to_string(right.kind),
                                    error.what()));
  }
  if (!counts_) return;
  const auto pairs = static_cast<std::int64_t>(rows * columns * left_matrix_.groups());
  BfpParameters high;
  high.mantissa_bits = kHighMantissaBits;
  count_.passes += pairs * bfp_passes(left_matrix_.parameters(), right_matrix_.parameters());
  count_.high_passes += pairs * bfp_passes(high, high);
}

void BfpProducts::forward(const ProductShape& shape, const float* data, const float* weights,
                          float* sums, WorkerPool& workers) {
  const StridedMatrix left = matrix(data, shape.vectors, shape.terms);
  const StridedMatrix right = matrix(weights, shape.filters, shape.terms);
  multiply(shape.layer, {OperandKind::kActivations, left, GroupAxis::kColumns, true},
           {OperandKind::kWeights, right, GroupAxis::kColumns, true}, sums, workers);
}

void BfpProducts::backward_data(const ProductShape& shape, const float* gradient,
                                const float* weights, float* data_gradient, WorkerPool& workers) {
  const StridedMatrix left = matrix(gradient, shape.vectors, shape.filters);
  const StridedMatrix right = matrix(weights, shape.filters, shape.terms);
  multiply(shape.layer, {OperandKind::kGradients, left, GroupAxis::kColumns, true},
           {OperandKind::kWeights, right, GroupAxis::kRows, false}, data_gradient, workers);
}

void BfpProducts::weight_gradient(const ProductShape& shape, const float* gradient,
                                  const float* data, float* weight_gradient, WorkerPool& workers) {
  const StridedMatrix left = matrix(gradient, shape.vectors, shape.filters);
  const StridedMatrix right = matrix(data, shape.vectors, shape.terms);
  multiply(shape.layer, {OperandKind::kGradients, left, GroupAxis::kRows, false},
           {OperandKind::kActivations, right, GroupAxis::kRows, false}, weight_gradient, workers);
}

}  // namespace systerm
