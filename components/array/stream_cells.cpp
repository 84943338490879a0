// SPDX-License-Identifier: Apache-2.0
// Bit-serial cells of column combining (arXiv 1811.04770): 8-bit data, 8-bit weight magnitude and
// sign, 32-bit accumulation. `bl_cell` has one MAC, so a word enters every 32 cycles; `il_cell` has
// four in turn, so one enters every 8; `mx_cell` also picks one of several streams for its weight.
// A group of g weights in a cell takes g words. Signed data are extended by their sign bit.
#include <string>

#include <fmt/format.h>

#include "components/array/cells.h"
#include "components/array/stream_timing.h"

namespace systerm {

namespace {

constexpr std::int64_t kDataBits = 8;
constexpr std::int64_t kSumBits = 32;

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
