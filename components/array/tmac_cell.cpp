// SPDX-License-Identifier: Apache-2.0
// Term MAC: holds the terms of one weight group and works through one term pair a cycle: adds the
// exponents and counts one of 16 coefficients up or down. A beat is the allotted pairs: k s with a
// group budget, g (wb - 1) (db - 1) for plain sign-and-magnitude operands. Source: "Term Revealing"
// (arXiv 2007.06389).
#include <algorithm>

#include "components/array/cells.h"

namespace systerm {

namespace {

class TmacCell final : public Cell {
 public:
  std::string_view name() const override { return "tmac"; }
  std::string_view description() const override {
    return "term-serial, one term pair a cycle; a beat is the allotted pairs of a group";
  }
  std::optional<std::string> refuses(const Format&) const override { return std::nullopt; }
  std::int64_t beat_cycles(const Format& format) const override {
    return std::int64_t{format.weight_term_bound()} * format.data_term_bound();
  }
  bool is_term_serial() const override { return true; }
  std::int64_t cycles_for_pairs(const Format&, std::int64_t pairs) const override {
    return std::max<std::int64_t>(pairs, 1);
  }
};

}  // namespace

std::unique_ptr<const Cell> make_tmac_cell() { return std::make_unique<TmacCell>(); }

}  // namespace systerm
