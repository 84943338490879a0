// SPDX-License-Identifier: Apache-2.0
#include "tests/support/stepped_fmac_array.h"

#include <cmath>
#include <map>
#include <stdexcept>
#include <tuple>

namespace systerm::test {
namespace {

using Index = std::size_t;

Index at(std::int64_t value) { return static_cast<Index>(value); }

int chunk(int code, std::int64_t i, int chunks) {
  const int magnitude = std::abs(code) / (1 << 2 * (chunks - 1 - static_cast<int>(i))) % 4;
  return code < 0 ? -magnitude : magnitude;
}

/// What moves past the cells: one chunk of a group, or of nothing beyond the matrix.
struct Operand {
  bool valid = false;
  std::int64_t tile = 0;
  std::int64_t item = 0;   // vector, or group when results are held
  std::int64_t index = 0;  // line of the matrix
  std::int64_t pass = 0;
};

class Multiplier {
 public:
  Multiplier(const BfpMatrix& left, const BfpMatrix& right) : left_(left), right_(right) {}

  std::int64_t passes() const { return left_.parameters().chunks() * right_.parameters().chunks(); }

  /// Integer sum of one pass over all lanes, weighted by its chunks; 0 beyond the matrices.
  double pass(std::int64_t row, std::int64_t column, std::int64_t group, std::int64_t pass) const {
    if (!inside(row, column, group)) return 0;
    const int left_chunks = left_.parameters().chunks();
    const int right_chunks = right_.parameters().chunks();
    const std::int64_t i = pass / right_chunks;
    const std::int64_t j = pass % right_chunks;
    int sum = 0;
    const auto a = left_.codes(at(row), at(group));
    const auto b = right_.codes(at(column), at(group));
    for (Index lane = 0; lane < a.size(); ++lane) {
      sum += chunk(a[lane], i, left_chunks) * chunk(b[lane], j, right_chunks);
    }
    return std::ldexp(sum, 2 * (left_chunks + right_chunks - 2 - static_cast<int>(i + j)));
  }
  int unit(std::int64_t row, std::int64_t column, std::int64_t group) const {
    if (!inside(row, column, group)) return 0;
    return left_.exponent(at(row), at(group)) + right_.exponent(at(column), at(group)) -
           (left_.parameters().mantissa_bits - 1) - (right_.parameters().mantissa_bits - 1);
  }

 private:
  bool inside(std::int64_t row, std::int64_t column, std::int64_t group) const {
    return at(row) < left_.outer() && at(column) < right_.outer() && at(group) < left_.groups();
  }

  const BfpMatrix& left_;
  const BfpMatrix& right_;
};

/// The sum register of a cell: takes one pass after the other in.
struct Sum {
  float value = 0;
  double integer = 0;

  void add(double product, int unit, bool last, BfpAccumulation accumulation) {
    if (accumulation == BfpAccumulation::kPerPass) {
      value = static_cast<float>(static_cast<double>(value) + std::ldexp(product, unit));
      return;
    }
    integer += product;
    if (!last) return;
    value = static_cast<float>(static_cast<double>(value) + std::ldexp(integer, unit));
    integer = 0;
  }
};

/// Weights held. s counts cells along the way of the sums, t along that of the moving operand:
/// columns and rows when results leave to the right, the other way round when they leave upward.
class StationaryArray {
 public:
  StationaryArray(const FmacArray& array, FmacMode mode, const BfpMatrix& left,
                  const BfpMatrix& right)
      : array_(array),
        multiplier_(left, right),
        vectors_(static_cast<std::int64_t>(left.outer())),
        outputs_(static_cast<std::int64_t>(right.outer())),
        sum_cells_(mode == FmacMode::kResultsRight ? array.columns : array.rows),
        other_cells_(mode == FmacMode::kResultsRight ? array.rows : array.columns),
        passes_(multiplier_.passes()),
        operands_(at(sum_cells_ * other_cells_)),
        cells_(operands_.size()),
        leaving_(operands_.size()) {
    const auto groups = static_cast<std::int64_t>(left.groups());
    sum_tiles_ = (groups + sum_cells_ - 1) / sum_cells_;
    output_tiles_ = (outputs_ + other_cells_ - 1) / other_cells_;
    plan_starts();
  }

  SteppedFmacResult run() {
    SteppedFmacResult result;
    const std::int64_t results = sum_tiles_ * output_tiles_ * vectors_ * other_cells_;
    std::int64_t left_so_far = 0;
    for (std::int64_t cycle = 0; left_so_far < results; ++cycle) {
      left_so_far += step(cycle);
      result.cycles = cycle + 1;
    }
    result.sums.resize(at(vectors_ * outputs_));
    for (std::int64_t m = 0; m < vectors_; ++m) {
      for (std::int64_t n = 0; n < outputs_; ++n) {
        result.sums[at(m * outputs_ + n)] =
            outside_.at({n / other_cells_, m, n % other_cells_}).value;
      }
    }
    return result;
  }

 private:
  struct Outside {
    float value = 0;
    std::int64_t ready = 0;
  };

  std::int64_t hop() const {
    return array_.accumulation == BfpAccumulation::kPerPass ? passes_ : 1;
  }
  Index cell(std::int64_t s, std::int64_t t) const { return at(s * other_cells_ + t); }

  // A tile starts when its operands can: after the tile before, its weights and the sums it needs.
  void plan_starts() {
    const std::int64_t stream = vectors_ * passes_;
    for (std::int64_t tile = 0; tile < sum_tiles_ * output_tiles_; ++tile) {
      if (tile == 0) {
        starts_.push_back(0);
        continue;
      }
      const std::int64_t before = starts_.back();
      std::int64_t start = before + stream;
      const std::int64_t load = array_.weight_load_cycles;
      start = array_.double_buffered ? std::max(start, before + load) : start + load;
      if (tile % output_tiles_ == 0) {
        // Its first sum was last needed passes_ - 1 (or no) cycles after the start, and leaves
        // after the last pass in the last cell.
        const std::int64_t needed = hop() == 1 ? passes_ - 1 : 0;
        const std::int64_t leaves =
            starts_[at(tile - output_tiles_)] + passes_ - 1 + (sum_cells_ - 1) * hop() + 1;
        start = std::max(start, leaves - needed);
      }
      starts_.push_back(start);
    }
  }

  Operand entering(std::int64_t s, std::int64_t cycle) const {
    const std::int64_t local = cycle - s * hop();
    for (std::int64_t tile = 0; tile < static_cast<std::int64_t>(starts_.size()); ++tile) {
      const std::int64_t since = local - starts_[at(tile)];
      if (since < 0 || since >= vectors_ * passes_) continue;
      return {true, tile, since / passes_, since / passes_, since % passes_};
    }
    return {};
  }

  std::int64_t step(std::int64_t cycle) {
    std::vector<Operand> operands(operands_.size());
    std::vector<float> leaving = leaving_;
    std::int64_t finished = 0;
    for (std::int64_t s = 0; s < sum_cells_; ++s) {
      for (std::int64_t t = 0; t < other_cells_; ++t) {
        const Operand operand = t == 0 ? entering(s, cycle) : operands_[cell(s, t - 1)];
        operands[cell(s, t)] = operand;
        if (!operand.valid) continue;
        const std::int64_t depth_tile = operand.tile / output_tiles_;
        const std::int64_t output_tile = operand.tile % output_tiles_;
        const std::int64_t column = output_tile * other_cells_ + t;
        const std::int64_t group = depth_tile * sum_cells_ + s;
        const bool last = operand.pass == passes_ - 1;
        Sum& sum = cells_[cell(s, t)];
        const bool takes_sum = hop() == 1 ? last : operand.pass == 0;
        if (takes_sum) {
          sum.value = s > 0 ? leaving_[cell(s - 1, t)]
                            : coming_in(depth_tile, output_tile, operand.item, t, cycle);
        }
        sum.add(multiplier_.pass(operand.item, column, group, operand.pass),
                multiplier_.unit(operand.item, column, group), last, array_.accumulation);
        if (!last) continue;
        leaving[cell(s, t)] = sum.value;
        if (s == sum_cells_ - 1) {
          outside_[{output_tile, operand.item, t}] = {sum.value, cycle + 1};
          ++finished;
        }
      }
    }
    operands_ = std::move(operands);
    leaving_ = std::move(leaving);
    return finished;
  }

  float coming_in(std::int64_t depth_tile, std::int64_t output_tile, std::int64_t item,
                  std::int64_t t, std::int64_t cycle) const {
    if (depth_tile == 0) return 0;
    const auto found = outside_.find({output_tile, item, t});
    if (found == outside_.end() || found->second.ready > cycle) {
      throw std::logic_error("a sum comes in before it has left");
    }
    return found->second.value;
  }

  const FmacArray& array_;
  Multiplier multiplier_;
  std::int64_t vectors_;
  std::int64_t outputs_;
  std::int64_t sum_cells_;
  std::int64_t other_cells_;
  std::int64_t passes_;
  std::int64_t sum_tiles_ = 0;
  std::int64_t output_tiles_ = 0;
  std::vector<std::int64_t> starts_;
  std::vector<Operand> operands_;
  std::vector<Sum> cells_;
  std::vector<float> leaving_;
  std::map<std::tuple<std::int64_t, std::int64_t, std::int64_t>, Outside> outside_;
};

/// Results held: lines of the left matrix come from below into columns, lines of the right one
/// from the left into rows; results leave downward.
class HeldArray {
 public:
  HeldArray(const FmacArray& array, const BfpMatrix& left, const BfpMatrix& right)
      : array_(array),
        multiplier_(left, right),
        k_(static_cast<std::int64_t>(left.outer())),
        n_(static_cast<std::int64_t>(right.outer())),
        groups_(static_cast<std::int64_t>(left.groups())),
        passes_(multiplier_.passes()),
        row_tiles_((n_ + array.rows - 1) / array.rows),
        tiles_(row_tiles_ * ((k_ + array.columns - 1) / array.columns)),
        from_below_(at(array.rows * array.columns)),
        from_left_(from_below_.size()),
        cells_(from_below_.size()),
        draining_(from_below_.size()) {}

  SteppedFmacResult run() {
    SteppedFmacResult result;
    result.sums.resize(at(k_ * n_));
    std::int64_t results = tiles_ * array_.rows * array_.columns;
    for (std::int64_t cycle = 0; results > 0; ++cycle) {
      results -= step(cycle, result.sums);
      result.cycles = cycle + 1;
    }
    return result;
  }

 private:
  struct Draining {
    bool valid = false;
    std::int64_t tile = 0;
    std::int64_t row = 0;
    float value = 0;
  };

  Index cell(std::int64_t r, std::int64_t c) const { return at(r * array_.columns + c); }

  // A tile starts after R cycles of drain, later if its first result would meet the last one.
  Operand entering(std::int64_t skew, std::int64_t cycle) const {
    const std::int64_t stream = groups_ * passes_;
    std::int64_t start = skew;
    for (std::int64_t tile = 0; tile < tiles_; ++tile) {
      const std::int64_t since = cycle - start;
      if (since >= 0 && since < stream) {
        return {true, tile, since / passes_, 0, since % passes_};
      }
      const std::int64_t last_result_leaves = start + stream + 2 * (array_.rows - 1);
      start = std::max(start + stream + array_.rows, last_result_leaves + 1 - stream);
    }
    return {};
  }

  std::int64_t step(std::int64_t cycle, std::vector<float>& sums) {
    std::vector<Operand> below(from_below_.size());
    std::vector<Operand> left(from_below_.size());
    std::vector<Draining> draining(from_below_.size());
    std::int64_t finished = 0;
    for (std::int64_t c = 0; c < array_.columns; ++c) {
      for (std::int64_t r = 0; r < array_.rows; ++r) {
        below[cell(r, c)] = r == 0 ? entering(c, cycle) : from_below_[cell(r - 1, c)];
        left[cell(r, c)] = c == 0 ? entering(r, cycle) : from_left_[cell(r, c - 1)];
        // A register holds one result, the cell's own or that of the row above.
        if (r + 1 < array_.rows && draining_[cell(r + 1, c)].valid) {
          draining[cell(r, c)] = draining_[cell(r + 1, c)];
        }
        multiply(r, c, below[cell(r, c)], left[cell(r, c)], draining[cell(r, c)]);
      }
      const Draining& leaves = draining_[cell(0, c)];
      if (leaves.valid) {
        ++finished;
        const std::int64_t k = leaves.tile / row_tiles_ * array_.columns + c;
        const std::int64_t n = leaves.tile % row_tiles_ * array_.rows + leaves.row;
        if (k < k_ && n < n_) sums[at(k * n_ + n)] = leaves.value;
      }
    }
    from_below_ = std::move(below);
    from_left_ = std::move(left);
    draining_ = std::move(draining);
    return finished;
  }

  void multiply(std::int64_t r, std::int64_t c, const Operand& a, const Operand& b,
                Draining& draining) {
    if (a.valid != b.valid || a.tile != b.tile || a.item != b.item || a.pass != b.pass) {
      throw std::logic_error("operands fail to meet");
    }
    if (!a.valid) return;
    const std::int64_t k = a.tile / row_tiles_ * array_.columns + c;
    const std::int64_t n = a.tile % row_tiles_ * array_.rows + r;
    Sum& sum = cells_[cell(r, c)];
    if (a.item == 0 && a.pass == 0) sum = {};
    const bool last = a.pass == passes_ - 1;
    sum.add(multiplier_.pass(k, n, a.item, a.pass), multiplier_.unit(k, n, a.item), last,
            array_.accumulation);
    if (!last || a.item + 1 < groups_) return;
    if (draining.valid) throw std::logic_error("two results meet in a column");
    draining = {true, a.tile, r, sum.value};
  }

  const FmacArray& array_;
  Multiplier multiplier_;
  std::int64_t k_;
  std::int64_t n_;
  std::int64_t groups_;
  std::int64_t passes_;
  std::int64_t row_tiles_;
  std::int64_t tiles_;
  std::vector<Operand> from_below_;
  std::vector<Operand> from_left_;
  std::vector<Sum> cells_;
  std::vector<Draining> draining_;
};

}  // namespace

SteppedFmacResult step_fmac_array(const FmacArray& array, FmacMode mode, const BfpMatrix& left,
                                  const BfpMatrix& right) {
  if (mode == FmacMode::kResultsHeld) return HeldArray(array, left, right).run();
  return StationaryArray(array, mode, left, right).run();
}

}  // namespace systerm::test
