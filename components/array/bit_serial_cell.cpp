// SPDX-License-Identifier: Apache-2.0
// Bit-serial MAC: 8-bit weights and data, 32-bit accumulation, 32 cycles a MAC whatever the
// operands, one cycle of output latency. Source: the baseline of "Term Revealing" (arXiv
// 2007.06389); the composition is ours.
#include <fmt/format.h>

#include "components/array/cells.h"

namespace systerm {

namespace {

constexpr std::int64_t kAccumulatorBits = 32;
constexpr double kOperandBits = 8;
/// Clocked in every cycle: which value of the group it is, and which bit of it.
constexpr double kCounterBits = 10;
/// Of the serial part: partial product, carry, one bit each of data and sum.
constexpr double kSerialBits = kOperandBits + 3;

class BitSerialCell final : public Cell {
 public:
  std::string_view name() const override { return "bit_serial"; }
  std::string_view description() const override {
    return "bit-serial, 32 cycles a MAC with 32-bit accumulation";
  }
  std::optional<std::string> refuses(const Format& format) const override {
    if (format.name() == "uniform") return std::nullopt;
    return fmt::format(
        "a bit-serial cell gains nothing from format {}; use format uniform or cell tmac",
        format.name());
  }
  std::int64_t beat_cycles(const Format& format) const override {
    return kAccumulatorBits * format.parameters().group_size;
  }
  std::int64_t output_latency_cycles() const override { return 1; }
  CellCost cost(const ArrayConfig& array) const override {
    const double held_bits = kOperandBits * array.max_group_size * array.weight_sets;
    const double flip_flops =
        held_bits + kSerialBits + static_cast<double>(kAccumulatorBits) + kCounterBits;
    return {{{{"mac_cycle",
               {LogicUse{"int_add", kOperandBits + 1}, LogicUse{"register", kSerialBits + 1}}},
              "cycles of products: add one row of bits, move one bit of the sum"},
             {{"clock", {LogicUse{"clock", kCounterBits}}}, "cycles of cells with work"}},
            {{"int_add", kOperandBits + 1}, {"register", flip_flops}},
            "cell.bit_serial"};
  }
  void count_events(const Format&, const CellWork& work,
                    std::span<std::int64_t> counts) const override {
    counts[0] += work.products * kAccumulatorBits;
    counts[1] += work.clocked_cycles;
  }
};

}  // namespace

std::unique_ptr<const Cell> make_bit_serial_cell() { return std::make_unique<BitSerialCell>(); }

}  // namespace systerm
