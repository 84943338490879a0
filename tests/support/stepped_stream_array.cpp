// SPDX-License-Identifier: Apache-2.0
#include "tests/support/stepped_stream_array.h"

#include <stdexcept>

namespace systerm::test {
namespace {

/// What one column passes up from row to row in a cycle.
struct DataBits {
  bool starts_word = false;
  std::vector<bool> bits;  ///< by stream
};

/// One bit-serial multiply-accumulate: a serial-parallel multiplier and a serial adder.
struct Mac {
  bool busy = false;
  std::int64_t bit = 0;
  std::uint64_t product = 0;  ///< what is not shifted out yet
  bool product_carry = false;
  bool sum_carry = false;
};

/// What a MAC hands on to the next column.
struct SumBit {
  bool valid = false;
  bool bit = false;
};

struct Cell {
  StreamWeight weight;
  std::vector<Mac> macs;
  std::size_t next = 0;
  std::vector<SumBit> out;  ///< register, by MAC
};

class Stepper {
 public:
  Stepper(const StreamArray& array, std::int64_t macs, std::int64_t streams, std::int64_t data_bits,
          const std::vector<StreamWeight>& weights, const std::vector<std::uint32_t>& data,
          std::int64_t words)
      : array_(array),
        columns_(static_cast<std::size_t>(array.columns)),
        rows_(static_cast<std::size_t>(array.rows)),
        macs_(static_cast<std::size_t>(macs)),
        streams_(static_cast<std::size_t>(streams)),
        data_bits_(data_bits),
        data_(data),
        words_(words),
        cells_(rows_ * columns_),
        rising_(rows_ * columns_, DataBits{false, std::vector<bool>(streams_, false)}),
        collected_(rows_ * macs_),
        results_(static_cast<std::size_t>(words) * rows_) {
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      cells_[i].weight = weights[i];
      cells_[i].macs.resize(macs_);
      cells_[i].out.resize(macs_);
    }
  }

  std::vector<StreamResult> run() {
    const std::int64_t end = array_.last_bit(words_) + 4 * array_.sum_bits;
    for (std::int64_t cycle = 0; cycle < end; ++cycle) {
      collect(cycle);
      step(cycle);
    }
    return results_;
  }

 private:
  /// What enters column `column` at the bottom; columns are delayed by a cycle each.
  DataBits input(std::size_t column, std::int64_t cycle) const {
    DataBits in{false, std::vector<bool>(streams_, false)};
    const std::int64_t at = cycle - static_cast<std::int64_t>(column);
    if (at < 0 || at >= words_ * array_.word_bits) return in;
    const std::int64_t bit = at % array_.word_bits;
    in.starts_word = bit == 0;
    if (bit >= data_bits_) return in;
    const std::size_t word = static_cast<std::size_t>(at / array_.word_bits);
    for (std::size_t s = 0; s < streams_; ++s) {
      in.bits[s] = (data_[(word * columns_ + column) * streams_ + s] >> bit & 1) != 0;
    }
    return in;
  }

  /// Reads the registers at the end of each row.
  void collect(std::int64_t cycle) {
    for (std::size_t row = 0; row < rows_; ++row) {
      for (std::size_t m = 0; m < macs_; ++m) {
        const SumBit& sum = cells_[row * columns_ + columns_ - 1].out[m];
        if (!sum.valid) continue;
        std::int64_t& count = collected_[row * macs_ + m];
        const auto word = static_cast<std::size_t>(count / array_.sum_bits) * macs_ + m;
        const std::int64_t bit = count++ % array_.sum_bits;
        StreamResult& result = results_.at(word * rows_ + row);
        if (bit == 0) result.first_bit = cycle;
        result.last_bit = cycle;
        result.value |= static_cast<std::uint32_t>(sum.bit) << bit;
      }
    }
  }

  /// Computes every register of the next cycle from those of this one.
  void step(std::int64_t cycle) {
    // Downstream cells first: they read what their neighbours still hold.
    for (std::size_t row = rows_; row-- > 0;) {
      for (std::size_t column = columns_; column-- > 0;) {
        const DataBits in =
            row == 0 ? input(column, cycle) : rising_[(row - 1) * columns_ + column];
        static const std::vector<SumBit> kNoSums(64);
        const std::vector<SumBit>& left =
            column == 0 ? kNoSums : cells_[row * columns_ + column - 1].out;
        step_cell(cells_[row * columns_ + column], in, left);
        rising_[row * columns_ + column] = in;
      }
    }
  }

  void step_cell(Cell& cell, const DataBits& in, const std::vector<SumBit>& left) {
    if (in.starts_word) {
      Mac& mac = cell.macs[cell.next];
      cell.next = (cell.next + 1) % macs_;
      if (mac.busy) throw std::logic_error("a word enters a cell whose MAC is busy");
      mac = {.busy = true, .product_carry = cell.weight.is_negative};
    }
    for (std::size_t m = 0; m < macs_; ++m) {
      Mac& mac = cell.macs[m];
      cell.out[m] = {};
      if (!mac.busy) continue;
      // The bits of a word end before the next word starts; later cycles shift the product out.
      if (mac.bit < array_.word_bits && in.bits[cell.weight.select]) {
        mac.product += cell.weight.magnitude;
      }
      bool product = (mac.product & 1) != 0;
      mac.product >>= 1;
      if (cell.weight.is_negative) {
        const bool inverted = !product;
        product = inverted != mac.product_carry;
        mac.product_carry = inverted && mac.product_carry;
      }
      const bool sum = left[m].bit;
      cell.out[m] = {true, (sum != product) != mac.sum_carry};
      mac.sum_carry = (sum && product) || (sum && mac.sum_carry) || (product && mac.sum_carry);
      mac.busy = ++mac.bit < array_.sum_bits;
    }
  }

  const StreamArray array_;
  const std::size_t columns_;
  const std::size_t rows_;
  const std::size_t macs_;
  const std::size_t streams_;
  const std::int64_t data_bits_;
  const std::vector<std::uint32_t>& data_;
  const std::int64_t words_;
  std::vector<Cell> cells_;
  std::vector<DataBits> rising_;  ///< registers behind each cell
  std::vector<std::int64_t> collected_;
  std::vector<StreamResult> results_;
};

}  // namespace

std::vector<StreamResult> step_stream_array(const StreamArray& array, std::int64_t macs,
                                            std::int64_t streams, std::int64_t data_bits,
                                            const std::vector<StreamWeight>& weights,
                                            const std::vector<std::uint32_t>& data,
                                            std::int64_t words) {
  return Stepper(array, macs, streams, data_bits, weights, data, words).run();
}

}  // namespace systerm::test
