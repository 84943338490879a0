// SPDX-License-Identifier: Apache-2.0
// Bit-parallel MAC: 8 x 8 bits into 32, one MAC a cycle; a beat is the group size.
// Source: the baseline of "Term Revealing" (arXiv 2007.06389); the composition is ours.
#include <fmt/format.h>

#include "components/array/cells.h"

namespace systerm {

namespace {

constexpr double kOperandBits = 8;
/// Clocked in every cycle: which value of the group it is.
constexpr double kCounterBits = 5;
constexpr double kSumBits = 32;

class PmacCell final : public Cell {
 public:
  std::string_view name() const override { return "pmac"; }
  std::string_view description() const override {
    return "bit-parallel 8 x 8 + 32 bit, one MAC a cycle";
  }
  std::optional<std::string> refuses(const Format& format) const override {
    if (format.name() == "uniform") return std::nullopt;
    return fmt::format(
        "a bit-parallel cell gains nothing from format {}; use format uniform or cell tmac",
        format.name());
  }
  std::int64_t beat_cycles(const Format& format) const override {
    return format.parameters().group_size;
  }
  CellCost cost(const ArrayConfig& array) const override {
    const double held_bits = kOperandBits * array.max_group_size * array.weight_sets;
    const double data_bits = kOperandBits * array.multiplexer;
    const double flip_flops = held_bits + data_bits + kSumBits + kCounterBits;
    return {{{{"mac",
               {LogicUse{"int_multiply", kOperandBits}, LogicUse{"int_add", kSumBits},
                LogicUse{"register", data_bits + kSumBits}}},
              "products: multiply, accumulate, registers of data and sum"},
             {{"sum_hop", {LogicUse{"register", kSumBits}}}, "sums handed to the next cell"},
             {{"clock", {LogicUse{"clock", kCounterBits}}}, "cycles of cells with work"}},
            {{"int_multiply", kOperandBits}, {"int_add", kSumBits}, {"register", flip_flops}},
            "cell.pmac"};
  }
  void count_events(const Format&, const CellWork& work,
                    std::span<std::int64_t> counts) const override {
    counts[0] += work.products;
    counts[1] += work.group_pairs;
    counts[2] += work.clocked_cycles;
  }
};

}  // namespace

std::unique_ptr<const Cell> make_pmac_cell() { return std::make_unique<PmacCell>(); }

}  // namespace systerm
