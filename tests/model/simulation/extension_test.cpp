// SPDX-License-Identifier: Apache-2.0
// What docs/adding_a_cell.md and docs/adding_a_buffer_memory.md promise: a part from outside the
// tree is one class and one registration.
#include <cmath>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "components/array/cell.h"
#include "model/simulation/experiment_run.h"
#include "model/simulation/isolated_run.h"
#include "tests/model/simulation/drowsy_memory.h"
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

std::string text_of(const std::string& path) {
  std::ifstream file(SYSTERM_SOURCE_DIR + ("/" + path));
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Extension, ABufferMemoryFromOutsideRunsByItsName) {
  const auto run_with = [](const std::string& memory) {
    const Experiment parsed = experiment(
        "systerm: 1\nname: extension\ndesign: {base: tq_64x128, "
        "result_buffer: {memory: " +
        memory + R"(}}
workload: {gemms: [{name: a, m: 100, k: 64, n: 8}, {name: b, m: 100, k: 64, n: 8}]}
precision: {default: {format: uniform, group_size: 8}}
run: {fidelity: timing}
)");
    return IsolatedRun([&] { return run_plan(parsed, parsed.precision, {}); }).wait();
  };
  EXPECT_ANY_THROW(run_with("drowsy_sram"));
  register_buffer_memory("drowsy_sram", make_drowsy_sram);
  EXPECT_THROW(register_buffer_memory("drowsy_sram", make_drowsy_sram), std::invalid_argument);
  const auto sram = run_with("sram");
  const auto drowsy = run_with("drowsy_sram");
  std::int64_t wake_ups = 0;
  for (const auto& each : drowsy["units"]) {
    if (each["unit"] == "result_buffer" && each["name"] == "wake_ups") wake_ups = each["value"];
  }
  // Each layer finds the buffer asleep at least once. Its results are the last that a run waits
  // for, so that nothing hides the three cycles.
  EXPECT_GE(wake_ups, 2);
  EXPECT_GT(drowsy["total"]["cycles"], sram["total"]["cycles"]);
  EXPECT_LE(drowsy["total"]["cycles"].get<std::int64_t>(),
            sram["total"]["cycles"].get<std::int64_t>() + 3 * wake_ups);
  EXPECT_EQ(drowsy["total"]["bytes"], sram["total"]["bytes"]);
}

TEST(Extension, TheGuideShowsTheMemoryThatIsTested) {
  EXPECT_NE(text_of("docs/adding_a_buffer_memory.md")
                .find(text_of("tests/model/simulation/drowsy_memory.h")),
            std::string::npos);
}

}  // namespace
}  // namespace systerm
