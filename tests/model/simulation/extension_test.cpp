// SPDX-License-Identifier: Apache-2.0
// What docs/adding_a_cell.md promises: a cell from outside the tree is one class and one
// registration.
#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "components/array/cell.h"
#include "model/simulation/experiment_run.h"
#include "tests/model/simulation/program_vocabulary.h"

namespace systerm {
namespace {

/// Data-serial MAC: a parallel weight against one data bit a cycle.
class DataSerialCell final : public Cell {
 public:
  std::string_view name() const override { return "data_serial"; }
  std::string_view description() const override { return "one data bit a cycle"; }
  std::optional<std::string> refuses(const Format& format) const override {
    if (format.name() == "uniform") return std::nullopt;
    return "cell data_serial takes format uniform only";
  }
  std::int64_t beat_cycles(const Format& format) const override {
    return std::int64_t{format.parameters().group_size} * format.parameters().data_bits;
  }
  CellCost cost(const ArrayConfig&) const override {
    return {{{{"row", {LogicUse{"int_add", 9}, LogicUse{"register", 40}}},
              "rows of bits added to the sum"}},
            {{"int_add", 9}, {"register", 48}},
            "cell.data_serial"};
  }
  void count_events(const Format& format, const CellWork& work,
                    std::span<std::int64_t> counts) const override {
    counts[0] += work.products * format.parameters().data_bits;
  }
};

TEST(Extension, ACellFromOutsideRunsANetworkByItsName) {
  register_cell("data_serial", [] { return std::make_unique<DataSerialCell>(); });
  EXPECT_THROW(register_cell("data_serial", {}), std::invalid_argument);
  const Experiment parsed = experiment(R"(systerm: 1
name: extension
design: {base: tq_64x128, array: {rows: 8, columns: 8, cell: data_serial}}
workload: {gemms: [{name: a, m: 100, k: 64, n: 8}]}
precision: {default: {format: uniform, group_size: 8}}
run: {fidelity: timing}
)");
  const auto result = run_plan(parsed, parsed.precision, {});
  // 100 vectors, 8 values of 8 bits a beat, on 8 x 8 cells.
  EXPECT_EQ(result["total"]["busy"], 100 * 8 * 8);
  EXPECT_EQ(result["total"]["stalls"]["skew"], (8 + 8 - 2) * 8 * 8);
  // 0.1 pJ / 32 a bit of a register; the 9-bit adder lies between those of 8 and 16 bits.
  const double row = 0.03 * std::pow(9.0 / 8.0, std::log2(0.05 / 0.03)) + 40 * 0.003125;
  EXPECT_NEAR(result["total"]["energy_events_pj"]["array"]["row"], 100 * 64 * 8 * 8 * row, 0.01);
}

}  // namespace
}  // namespace systerm
