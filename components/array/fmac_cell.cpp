// SPDX-License-Identifier: Apache-2.0
// fMAC: a group of values with a shared exponent against another, one 2-bit chunk of each side a
// cycle and all lanes at once; integer sums in the group are exact, the sum is FP32. Source: FAST
// (HPCA'22, arXiv 2110.15456); the composition is ours.
#include <fmt/format.h>

#include "components/arithmetic/block_floating_point.h"
#include "components/array/cells.h"

namespace systerm {

namespace {

constexpr double kChunkBits = 2;
constexpr double kSignedChunkBits = kChunkBits + 1;
/// Products of chunks are 0 to 9; a group of 32 of them takes 9 bits and a sign.
constexpr double kGroupSumBits = 10;
constexpr double kExponentBits = 8;
constexpr double kSumBits = 32;
constexpr double kLargestChunks = 2;
/// Clocked in every cycle: which pass it is.
constexpr double kCounterBits = 4;

class FmacCell final : public Cell {
 public:
  std::string_view name() const override { return "fmac"; }
  std::string_view description() const override {
    return "groups in block floating point, one 2-bit chunk of each side a cycle";
  }
  std::optional<std::string> refuses(const Format& format) const override {
    if (format.name() == "bfp") return std::nullopt;
    return fmt::format("cell fmac multiplies mantissas that share an exponent; format {} has none",
                       format.name());
  }
  std::int64_t beat_cycles(const Format& format) const override { return passes(format); }

  CellCost cost(const ArrayConfig& array) const override {
    const double lanes = array.max_group_size;
    const double held_bits = (lanes * kLargestChunks * kSignedChunkBits + kExponentBits) *
                             static_cast<double>(array.weight_sets);
    const double data_bits =
        (lanes * kSignedChunkBits + kExponentBits) * static_cast<double>(array.multiplexer);
    const double flip_flops = held_bits + data_bits + kSumBits + kCounterBits;
    return {{{{"chunk_product",
               {LogicUse{"int_multiply", kChunkBits}, LogicUse{"int_add", kGroupSumBits},
                LogicUse{"register", kSignedChunkBits}}},
              "products of two chunks, added up over the group; chunks handed on"},
             {{"exponent_sum",
               {LogicUse{"int_add", kExponentBits}, LogicUse{"register", kExponentBits}}},
              "exponents of two groups added, once a group pair"},
             {{"accumulation", {LogicUse{"fp_add", kSumBits}, LogicUse{"register", kSumBits}}},
              "FP32 additions, one a pass"},
             {{"clock", {LogicUse{"clock", kCounterBits}}}, "cycles of cells with work"}},
            {{"int_multiply", kChunkBits, lanes},
             {"int_add", kGroupSumBits, lanes},
             {"int_add", kExponentBits},
             {"fp_add", kSumBits},
             {"register", flip_flops}},
            "cell.fmac"};
  }
  void count_events(const Format& format, const CellWork& work,
                    std::span<std::int64_t> counts) const override {
    counts[0] += work.products * passes(format);
    counts[1] += work.group_pairs;
    counts[2] += work.group_pairs * passes(format);
    counts[3] += work.clocked_cycles;
  }

 private:
  static std::int64_t passes(const Format& format) {
    return std::int64_t{bfp_chunks(format.parameters().weight_mantissa_bits)} *
           bfp_chunks(format.parameters().data_mantissa_bits);
  }
};

}  // namespace

std::unique_ptr<const Cell> make_fmac_cell() { return std::make_unique<FmacCell>(); }

}  // namespace systerm
