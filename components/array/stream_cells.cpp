// SPDX-License-Identifier: Apache-2.0
// Bit-serial cells of column combining (arXiv 1811.04770): 8-bit data, 8-bit weight magnitude and
// sign, 32-bit accumulation. `bl_cell` has one MAC, so a word enters every 32 cycles; `il_cell` has
// four in turn, so one enters every 8; `mx_cell` also picks one of several streams for its weight.
// A group of g weights in a cell takes g words. Signed data are extended by their sign bit.
#include <bit>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "components/array/cells.h"
#include "components/array/stream_timing.h"

namespace systerm {

namespace {

constexpr std::int64_t kDataBits = 8;
constexpr std::int64_t kSumBits = 32;
constexpr double kWeightBits = 8 + 1;  ///< magnitude and sign
/// Of one MAC: partial product, carries of product and sum, one bit of the sum.
constexpr double kSerialBits = kDataBits + 3;
/// Which bit of which word: clocked in every cycle.
constexpr double kCounterBits = 3 + 2;
/// Ours: a multiplexer takes as many LUTs as an adder of a quarter of its inputs.
constexpr double kInputsAnAdderBit = 4;

class StreamCell final : public Cell {
 public:
  StreamCell(std::string name, std::string description, std::int64_t word_cycles, bool multiplexes)
      : name_(std::move(name)),
        description_(std::move(description)),
        word_cycles_(word_cycles),
        multiplexes_(multiplexes) {}

  std::string_view name() const override { return name_; }
  std::string_view description() const override { return description_; }
  std::optional<std::string> refuses(const Format& format) const override {
    if (format.name() == "uniform") return std::nullopt;
    return fmt::format(
        "cell {} works through all bits of its operands and gains nothing from format {}; use "
        "format uniform or cell tmac",
        name_, format.name());
  }
  std::int64_t beat_cycles(const Format& format) const override {
    return word_cycles_ * format.parameters().group_size;
  }
  bool has_multiplexer() const override { return multiplexes_; }
  CellCost cost(const ArrayConfig& array) const override {
    const double select_bits = std::bit_width(static_cast<unsigned>(array.multiplexer - 1));
    const double macs = static_cast<double>(kSumBits / word_cycles_);
    const double held_bits = (kWeightBits + select_bits) * array.max_group_size * array.weight_sets;
    const double flip_flops =
        held_bits + macs * kSerialBits + static_cast<double>(array.multiplexer) + kCounterBits;
    std::vector<Use> stream_cycle = {LogicUse{"register", static_cast<double>(array.multiplexer)}};
    std::vector<LogicUse> logic = {{"int_add", kWeightBits, macs}, {"register", flip_flops}};
    if (multiplexes_) {
      logic.push_back({"int_add", static_cast<double>(array.multiplexer) / kInputsAnAdderBit});
      stream_cycle.emplace_back(logic.back());
    }
    return {{{{"mac_cycle", {LogicUse{"int_add", kWeightBits}, LogicUse{"register", kSerialBits}}},
              "cycles of products: add one row of bits, move one bit of the sum"},
             {{"stream_cycle", std::move(stream_cycle)},
              "cycles in which all input streams move on by a bit, picked or not"},
             {{"clock", {LogicUse{"clock", kCounterBits}}}, "cycles of cells with work"}},
            std::move(logic),
            "cell." + name_};
  }
  void count_events(const Format&, const CellWork& work,
                    std::span<std::int64_t> counts) const override {
    counts[0] += work.products * kSumBits;
    counts[1] += work.clocked_cycles;
    counts[2] += work.clocked_cycles;
  }
  std::int64_t output_latency_cycles() const override {
    // What is left of StreamArray::pass_cycles without P words and a hop a row and column.
    return kSumBits - word_cycles_ + StreamArray::kSerialiserCycles;
  }

 private:
  std::string name_;
  std::string description_;
  std::int64_t word_cycles_;
  bool multiplexes_;
};

}  // namespace

std::unique_ptr<const Cell> make_bl_cell() {
  return std::make_unique<StreamCell>("bl_cell", "bit-serial, one MAC, a word every 32 cycles",
                                      kSumBits, false);
}

std::unique_ptr<const Cell> make_il_cell() {
  return std::make_unique<StreamCell>(
      "il_cell", "bit-serial, four interleaved MACs, a word every 8 cycles", kDataBits, false);
}

std::unique_ptr<const Cell> make_mx_cell() {
  return std::make_unique<StreamCell>(
      "mx_cell", "bit-serial, four interleaved MACs, a multiplexer picks a stream for each weight",
      kDataBits, true);
}

}  // namespace systerm
