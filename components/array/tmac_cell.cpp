// SPDX-License-Identifier: Apache-2.0
// Term MAC: holds the terms of one weight group and works through one term pair a cycle: adds the
// exponents and counts one of 16 coefficients up or down. A beat is the allotted pairs: k s with a
// group budget, g (wb - 1) (db - 1) for plain sign-and-magnitude operands. Source: "Term Revealing"
// (arXiv 2007.06389); widths of the composition are ours where a comment says so.
#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "components/array/cells.h"

namespace systerm {

namespace {

constexpr double kExponentBits = 4;
constexpr double kTermBits = kExponentBits + 1;
constexpr double kCoefficients = 16;
/// Ours: 64 rows of 36 pairs of one sign and exponent count to 2304.
constexpr double kCoefficientBits = 13;
constexpr double kCoefficientVectorBits = kCoefficients * kCoefficientBits;
/// Terms in the shift register of a cell, after the follow-up's mMAC (ASPLOS'21).
constexpr double kWeightTerms = 16;
/// Clocked in every cycle: the counters of pairs, as wide as the registers for budget and data
/// terms.
constexpr double kPairCounterBits = 7 + 4;
/// Of the converter at the edge: 16 coefficients, each added at its exponent.
constexpr double kConverterBits = 32;

class TmacCell final : public Cell {
 public:
  std::string_view name() const override { return "tmac"; }
  std::string_view description() const override {
    return "term-serial, one term pair a cycle; a beat is the allotted pairs of a group";
  }
  std::optional<std::string> refuses(const Format& format) const override {
    if (!format.encodes_data_in_groups()) return std::nullopt;
    return fmt::format("a term-serial cell has no shared exponents of format {}; use cell fmac",
                       format.name());
  }
  std::int64_t beat_cycles(const Format& format) const override {
    return std::int64_t{format.weight_term_bound()} * format.data_term_bound();
  }
  bool is_term_serial() const override { return true; }
  std::int64_t cycles_for_pairs(const Format&, std::int64_t pairs) const override {
    return std::max<std::int64_t>(pairs, 1);
  }
  CellCost cost(const ArrayConfig& array) const override {
    const auto largest_index = static_cast<unsigned>(array.max_group_size - 1);
    const double weight_term_bits = kTermBits + std::bit_width(largest_index);
    const double weight_bits = kWeightTerms * weight_term_bits;
    const auto streams = static_cast<double>(array.multiplexer);
    const double data_bits = kTermBits * array.max_group_size * streams;
    // The terms of the pair in hand and the counters; everything else is gated until it changes.
    const double clocked_bits = weight_term_bits + kTermBits + kPairCounterBits;
    const double flip_flops =
        weight_bits * array.weight_sets + data_bits + kCoefficientVectorBits + clocked_bits;
    return {{{{"term_pair",
               {LogicUse{"int_add", kExponentBits}, LogicUse{"int_add", kCoefficientBits},
                LogicUse{"register", kCoefficientBits}}},
              "term pairs: add the exponents, count one coefficient"},
             {{"data_term", {LogicUse{"register", kTermBits, streams}}},
              "slots of data terms handed to the next column"},
             {{"coefficient_hop", {LogicUse{"register", kCoefficientVectorBits}}},
              "coefficient vectors handed to the next row"},
             {{"conversion",
               {LogicUse{"int_add", kConverterBits, kCoefficients},
                LogicUse{"register", kConverterBits, kCoefficients}}},
              "coefficient vectors turned into binary numbers at the edge"},
             {{"clock", {LogicUse{"clock", clocked_bits}}}, "cycles of cells with work"}},
            {{"int_add", kExponentBits}, {"int_add", kCoefficientBits}, {"register", flip_flops}},
            "cell.tmac"};
  }
  void count_events(const Format& format, const CellWork& work,
                    std::span<std::int64_t> counts) const override {
    counts[0] += work.term_pairs;
    counts[1] += work.group_pairs * format.parameters().group_size * format.data_term_bound();
    counts[2] += work.group_pairs;
    counts[3] += work.results;
    counts[4] += work.clocked_cycles;
  }
};

}  // namespace

std::unique_ptr<const Cell> make_tmac_cell() { return std::make_unique<TmacCell>(); }

}  // namespace systerm
