// SPDX-License-Identifier: Apache-2.0
#include "tests/support/stepped_array.h"

#include <algorithm>
#include <array>
#include <deque>
#include <stdexcept>

namespace systerm::test {

namespace {

void require(bool condition, const char* what) {
  if (!condition) throw std::logic_error(what);
}

/// What a cell counts: one coefficient a power of two, and the binary sum of a cell without terms.
struct Partial {
  std::array<std::int32_t, 16> coefficients{};
  std::int64_t binary = 0;

  void merge(const Partial& other) {
    for (std::size_t e = 0; e < coefficients.size(); ++e) coefficients[e] += other.coefficients[e];
    binary += other.binary;
  }
  std::int64_t value() const {
    std::int64_t sum = binary;
    for (std::size_t e = 0; e < coefficients.size(); ++e) {
      sum += std::int64_t{coefficients[e]} * (std::int64_t{1} << e);
    }
    return sum;
  }
};

/// The work of one beat in one cell, a cycle at a time.
class GroupPair {
 public:
  GroupPair() = default;
  GroupPair(const SteppedArray& array, const SteppedOperands& operands, std::int64_t vector,
            std::int64_t group, std::int64_t column)
      : array_(&array), operands_(&operands), vector_(vector), group_(group), column_(column) {
    skip_empty();
  }

  bool done() const { return array_ == nullptr || value_ == operands_->group_size; }

  void step(Partial& partial) {
    if (done()) return;
    if (!array_->term_serial) {
      if (++cycle_of_mac_ < array_->cycles_per_mac) return;
      partial.binary += std::int64_t{weight().value()} * data().value();
      cycle_of_mac_ = 0;
      ++value_;
      return;
    }
    const Term w = weight()[weight_term_];
    const Term d = data()[data_term_];
    partial.coefficients.at(static_cast<std::size_t>(w.exponent + d.exponent)) += w.sign * d.sign;
    if (++data_term_ < data().size()) return;
    data_term_ = 0;
    if (++weight_term_ < weight().size()) return;
    weight_term_ = 0;
    ++value_;
    skip_empty();
  }

 private:
  const TermList& weight() const {
    return operands_->weights[static_cast<std::size_t>(
        (group_ * operands_->group_size + value_) * operands_->columns + column_)];
  }
  const TermList& data() const {
    return operands_->data[static_cast<std::size_t>(
        (vector_ * operands_->groups + group_) * operands_->group_size + value_)];
  }
  /// Values without terms take no cycle of a term-serial cell.
  void skip_empty() {
    if (!array_->term_serial) return;
    while (!done() && (weight().empty() || data().empty())) ++value_;
  }

  const SteppedArray* array_ = nullptr;
  const SteppedOperands* operands_ = nullptr;
  std::int64_t vector_ = 0;
  std::int64_t group_ = 0;
  std::int64_t column_ = 0;
  std::int64_t value_ = 0;
  std::size_t weight_term_ = 0;
  std::size_t data_term_ = 0;
  std::int64_t cycle_of_mac_ = 0;
};

struct Message {
  std::int64_t arrival = 0;
  std::int64_t item = 0;
  Partial partial;
};

/// A wire with registers: messages come out in order, each when its latency has passed.
class Link {
 public:
  void send(const Message& message) { messages_.push_back(message); }
  bool has(std::int64_t item, std::int64_t now) const {
    if (messages_.empty() || messages_.front().arrival > now) return false;
    require(messages_.front().item == item, "operands of different items meet in a cell");
    return true;
  }
  Message take() {
    Message message = messages_.front();
    messages_.pop_front();
    return message;
  }

 private:
  std::deque<Message> messages_;
};

struct SteppedCell {
  Link left;   ///< data
  Link above;  ///< partial results, or weights when outputs are stationary
  GroupPair work;
  Partial partial;
  std::int64_t next_item = 0;
  std::int64_t item = -1;  ///< in work; negative when idle
  std::int64_t started = 0;
};

class Grid {
 public:
  Grid(const SteppedArray& array, const SteppedOperands& operands)
      : array_(array),
        operands_(operands),
        outputs_stay_(array.config.dataflow == Dataflow::kOutputStationary),
        items_(outputs_stay_ ? operands.groups : operands.vectors),
        rows_(outputs_stay_ ? operands.vectors : operands.groups),
        columns_(operands.columns),
        cells_(static_cast<std::size_t>(rows_ * columns_)) {
    result_.sums.assign(static_cast<std::size_t>(operands.vectors * columns_), 0);
  }

  SteppedResult run() {
    const bool wavefront =
        array_.config.beat_sync == BeatSync::kWavefrontMaximum && array_.term_serial;
    const std::int64_t last_beat_end = wavefront ? run_wavefronts() : run_bound();
    result_.cycles = last_beat_end + array_.output_latency;
    if (outputs_stay_) drain();
    return result_;
  }

 private:
  SteppedCell& cell(std::int64_t r, std::int64_t c) {
    return cells_[static_cast<std::size_t>(r * columns_ + c)];
  }
  std::int64_t& sum(std::int64_t vector, std::int64_t column) {
    return result_.sums[static_cast<std::size_t>(vector * columns_ + column)];
  }
  GroupPair work(std::int64_t r, std::int64_t c, std::int64_t item) const {
    return outputs_stay_ ? GroupPair(array_, operands_, r, item, c)
                         : GroupPair(array_, operands_, item, r, c);
  }

  // --- beats of a fixed length -------------------------------------------------------------------

  std::int64_t run_bound() {
    const bool lockstep = array_.config.skew == Skew::kBeat;
    const std::int64_t period = std::max(array_.beat_cycles, array_.source_interval);
    const std::int64_t down = lockstep
                                  ? std::max<std::int64_t>(period, array_.config.sum_hop_cycles)
                                  : array_.config.sum_hop_cycles;
    const std::int64_t across = lockstep
                                    ? std::max<std::int64_t>(period, array_.config.data_hop_cycles)
                                    : array_.config.data_hop_cycles;
    feed_edges(lockstep ? period : array_.source_interval, down, across);
    std::int64_t finished = 0;
    for (std::int64_t now = 0; finished < rows_ * columns_ * items_; ++now) {
      require(now < 100'000'000, "the array hangs");
      for (std::int64_t r = 0; r < rows_; ++r) {
        for (std::int64_t c = 0; c < columns_; ++c) {
          if (start(r, c, now) && c + 1 < columns_) {
            cell(r, c + 1).left.send({now + across, cell(r, c).item, {}});
          }
        }
      }
      // Weights that pass through move on when the beat starts, like data.
      for (SteppedCell& each : cells_) each.work.step(each.partial);
      for (std::int64_t r = 0; r < rows_; ++r) {
        for (std::int64_t c = 0; c < columns_; ++c) {
          if (finish(r, c, now + 1, down, lockstep)) {
            ++finished;
            end_ = now + 1;
          }
        }
      }
    }
    return end_;
  }

  /// Skew registers at the edges delay row r and column c by their hops.
  void feed_edges(std::int64_t interval, std::int64_t down, std::int64_t across) {
    for (std::int64_t item = 0; item < items_; ++item) {
      for (std::int64_t r = 0; r < rows_; ++r) {
        cell(r, 0).left.send({item * interval + r * down, item, {}});
      }
      for (std::int64_t c = 0; c < columns_; ++c) {
        cell(0, c).above.send({item * interval + c * across, item, {}});
      }
    }
    // The weights' path downwards takes the same time for every item.
    pass_down_ = down;
  }

  bool start(std::int64_t r, std::int64_t c, std::int64_t now) {
    SteppedCell& here = cell(r, c);
    if (here.item >= 0 || here.next_item == items_) return false;
    if (!here.left.has(here.next_item, now)) return false;
    // With hops shorter than a beat the partial result of the row above is merged at the end of the
    // beat.
    const bool needs_above = outputs_stay_ || array_.config.skew == Skew::kBeat;
    if (needs_above && !here.above.has(here.next_item, now)) return false;
    here.left.take();
    here.item = here.next_item++;
    here.started = now;
    here.work = work(r, c, here.item);
    if (outputs_stay_) {
      here.above.take();
      if (r + 1 < rows_) cell(r + 1, c).above.send({now + pass_down_, here.item, {}});
    } else {
      here.partial = needs_above ? here.above.take().partial : Partial{};
    }
    return true;
  }

  bool finish(std::int64_t r, std::int64_t c, std::int64_t now, std::int64_t down, bool lockstep) {
    SteppedCell& here = cell(r, c);
    if (here.item < 0 || now < here.started + array_.beat_cycles) return false;
    require(here.work.done(), "a cell needs more cycles than its beat allots");
    if (!outputs_stay_) {
      if (!lockstep) {
        if (!here.above.has(here.item, now)) return false;
        here.partial.merge(here.above.take().partial);
      }
      if (r + 1 == rows_) {
        sum(here.item, c) = here.partial.value();
      } else {
        cell(r + 1, c).above.send(
            {(lockstep ? here.started : now) + down, here.item, here.partial});
      }
    }
    here.item = -1;
    return true;
  }

  // --- beats as long as the slowest cell ---------------------------------------------------------

  std::int64_t run_wavefronts() {
    std::int64_t now = 0;
    for (std::int64_t injected = 0;; ++injected) {
      shift(injected);
      if (std::ranges::all_of(cells_, [](const SteppedCell& each) { return each.item < 0; })) {
        return now;
      }
      std::int64_t elapsed = 0;
      bool working = true;
      bool source_late = false;
      do {
        for (SteppedCell& each : cells_) each.work.step(each.partial);
        ++elapsed;
        working = std::ranges::any_of(
            cells_, [](const SteppedCell& each) { return each.item >= 0 && !each.work.done(); });
        source_late = injected + 1 < items_ && elapsed < array_.source_interval;
      } while (working || source_late);
      now += elapsed;
      collect();
    }
  }

  /// Every register takes what its neighbours held: data from the left, partial results from above.
  void shift(std::int64_t beat) {
    for (std::int64_t r = rows_ - 1; r >= 0; --r) {
      for (std::int64_t c = columns_ - 1; c >= 0; --c) {
        SteppedCell& here = cell(r, c);
        const std::int64_t from_edge = beat - r;
        const bool fed = from_edge >= 0 && from_edge < items_;
        const std::int64_t item = c > 0 ? cell(r, c - 1).item : (fed ? from_edge : -1);
        if (item >= 0 && r > 0) {
          require(cell(r - 1, c).item == item, "operands of different items meet in a cell");
        }
        if (!outputs_stay_) here.partial = r > 0 ? cell(r - 1, c).partial : Partial{};
        here.item = item;
        here.work = item >= 0 ? work(r, c, item) : GroupPair{};
      }
    }
  }

  void collect() {
    if (outputs_stay_) return;
    for (std::int64_t c = 0; c < columns_; ++c) {
      const SteppedCell& last = cell(rows_ - 1, c);
      if (last.item >= 0) sum(last.item, c) = last.partial.value();
    }
  }

  /// Sums of stationary outputs leave at the bottom, one row a cycle.
  void drain() {
    for (std::int64_t shifted = 0; shifted < rows_; ++shifted) {
      for (std::int64_t c = 0; c < columns_; ++c) {
        sum(rows_ - 1 - shifted, c) = cell(rows_ - 1, c).partial.value();
        for (std::int64_t r = rows_ - 1; r > 0; --r) cell(r, c).partial = cell(r - 1, c).partial;
      }
      ++result_.cycles;
    }
  }

  const SteppedArray& array_;
  const SteppedOperands& operands_;
  const bool outputs_stay_;
  const std::int64_t items_;
  const std::int64_t rows_;
  const std::int64_t columns_;
  std::vector<SteppedCell> cells_;
  std::int64_t pass_down_ = 0;
  std::int64_t end_ = 0;
  SteppedResult result_;
};

}  // namespace

SteppedResult step_array(const SteppedArray& array, const SteppedOperands& operands) {
  return Grid(array, operands).run();
}

}  // namespace systerm::test
