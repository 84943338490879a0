// SPDX-License-Identifier: Apache-2.0
// Bit-serial MAC: 8-bit weights and data, 32-bit accumulation, 32 cycles a MAC whatever the
// operands, one cycle of output latency. Source: the baseline of "Term Revealing" (arXiv
// 2007.06389).
#include <fmt/format.h>

#include "components/array/cells.h"

namespace systerm {

namespace {

constexpr std::int64_t kAccumulatorBits = 32;

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
};

}  // namespace

std::unique_ptr<const Cell> make_bit_serial_cell() { return std::make_unique<BitSerialCell>(); }

}  // namespace systerm
