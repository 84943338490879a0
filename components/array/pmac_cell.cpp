// SPDX-License-Identifier: Apache-2.0
// Bit-parallel MAC: 8 x 8 bits into 32, one MAC a cycle; a beat is the group size.
// Source: the baseline of "Term Revealing" (arXiv 2007.06389).
#include <fmt/format.h>

#include "components/array/cells.h"

namespace systerm {

namespace {

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
};

}  // namespace

std::unique_ptr<const Cell> make_pmac_cell() { return std::make_unique<PmacCell>(); }

}  // namespace systerm
