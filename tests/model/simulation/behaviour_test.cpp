// SPDX-License-Identifier: Apache-2.0
// What an architect expects of the whole machine when a parameter changes.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/simulation/experiment_run.h"
#include "model/simulation/isolated_run.h"
#include "tests/model/simulation/program_vocabulary.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kTermQuantized =
    "{format: term_quantized, group_size: 8, group_budget: 12, data_terms: 3}";

/// One GEMM that keeps the whole array busy: 64 rows of groups of 8, 128 filters.
std::string gemm(const std::string& design, const std::string& precision = kTermQuantized,
                 const std::string& run = "{fidelity: timing}") {
  return fmt::format(R"(systerm: 1
name: behaviour
design: {{base: tq_64x128{}{}}}
workload: {{gemms: [{{name: a, m: 256, k: 2048, n: 512}}]}}
precision: {{default: {}}}
run: {}
)",
                     design.empty() ? "" : ", ", design, precision, run);
}

Json run(const std::string& text) {
  return IsolatedRun([&] {
           const Experiment parsed = experiment(text);
           return run_plan(parsed, parsed.precision, {});
         })
      .wait();
}

std::int64_t cycles(const Json& result) { return result["total"]["cycles"]; }
std::int64_t stall(const Json& result, const char* cause) {
  return result["total"]["stalls"][cause];
}

// 512 values a vector on 64 lanes, 9 cycles each: 72 cycles a vector, twice the beat of 36.
TEST(Encoder, BecomesTheBottleneckWithTooFewLanes) {
  const Json fast = run(gemm(""));
  const Json slow = run(gemm("encoder: {lanes: 64}"));
  EXPECT_GT(stall(slow, "encoder"), slow["total"]["busy"].get<std::int64_t>() * 9 / 10);
  EXPECT_GT(cycles(slow), cycles(fast) * 3 / 2);
  // Plain operands pass the encoder by.
  EXPECT_EQ(cycles(run(gemm("encoder: {lanes: 64}", "{format: uniform}"))),
            cycles(run(gemm("", "{format: uniform}"))));
}

TEST(Overlap, ASecondWeightSetHidesLoading) {
  const Json hidden = run(gemm("array: {weight_sets: 2}"));
  const Json exposed = run(gemm("array: {weight_sets: 1}"));
  EXPECT_GT(cycles(exposed), cycles(hidden));
  EXPECT_GT(stall(exposed, "weight_load"), stall(hidden, "weight_load"));
}

TEST(Overlap, ASecondAccumulatorSlotHidesPostProcessing) {
  EXPECT_GT(cycles(run(gemm("accumulators: {slots: 1}"))), cycles(run(gemm(""))));
}

TEST(Memory, ASlowOneShowsAsWaitingForWeightsOrData) {
  const Json fast = run(gemm("dram: {bandwidth: 100 GB/s}"));
  const Json slow = run(gemm("dram: {bandwidth: 100 MB/s}"));
  EXPECT_GT(stall(slow, "weight_memory") + stall(slow, "data_memory"), cycles(slow) / 2);
  EXPECT_EQ(slow["total"]["bytes"], fast["total"]["bytes"]);
  EXPECT_EQ(slow["total"]["busy"], fast["total"]["busy"]);
}

TEST(BeatSync, TheSlowestCellOfAWavefrontNeedsNoMoreThanTheBound) {
  const std::string data = "{fidelity: data, verify: true}";
  const Json bound = run(gemm("", kTermQuantized, data));
  const Json slowest = run(gemm("array: {beat_sync: wavefront_maximum}", kTermQuantized, data));
  EXPECT_EQ(slowest["verification"]["mismatches"], 0);
  EXPECT_LT(slowest["total"]["busy"], bound["total"]["busy"]);
  EXPECT_EQ(slowest["total"]["term_pairs"], bound["total"]["term_pairs"]);
  // Cells cannot have worked longer than there was time.
  EXPECT_LE(slowest["total"]["utilisation"], 1.0);
  EXPECT_LE(slowest["total"]["term_pairs"], slowest["total"]["term_pair_bound"]);
}

// The estimate of the slowest cell stands in for the data: within a quarter of what the data give.
TEST(BeatSync, TimingEstimatesTheSlowestCell) {
  const std::string design = "array: {beat_sync: wavefront_maximum}";
  const double measured = run(gemm(design, kTermQuantized, "{fidelity: data}"))["total"]["busy"];
  const double estimated = run(gemm(design))["total"]["busy"];
  EXPECT_NEAR(estimated / measured, 1.0, 0.25);
}

// Group and budget in one register, data terms and enables in the other: two writes of two cycles.
TEST(PrecisionSwitch, CostsItsRegisterWrites) {
  const Json result = run(R"(systerm: 1
name: switch
design: tq_64x128
workload: {network: resnet20}
precision:
  default: {format: term_quantized, group_size: 8, group_budget: 12, data_terms: 3}
  layers:
    - {match: conv1, format: uniform}
    - {match: fc, format: uniform}
run: {fidelity: timing}
)");
  std::int64_t switches = 0;
  std::int64_t switch_cycles = 0;
  for (const Json& statistic : result["units"]) {
    if (statistic["name"] == "precision_switches") switches = statistic["value"];
    if (statistic["name"] == "switch_cycles") switch_cycles = statistic["value"];
  }
  EXPECT_EQ(switches, 3);
  EXPECT_EQ(switch_cycles, 3 * 2 * 2);
}

/// A memory that never answers.
class SilentTarget final : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<SilentTarget> port{"port"};

  explicit SilentTarget(const sc_core::sc_module_name& name) : sc_module(name) {
    port.register_b_transport(this, &SilentTarget::b_transport);
  }

 private:
  void b_transport(tlm::tlm_generic_payload&, sc_core::sc_time&) { sc_core::wait(never_); }

  sc_core::sc_event never_;
};

TEST(Deadlock, IsReportedWithWhoWaitsForWhat) {
  const Experiment parsed = experiment(gemm(""));
  std::unique_ptr<SilentTarget> silent;
  try {
    run_plan(parsed, parsed.precision, {}, [&](Accelerator& top, Dram&) {
      silent = std::make_unique<SilentTarget>("silent");
      top.memory_socket().bind(silent->port);
    });
    FAIL() << "a memory that never answers went unnoticed";
  } catch (const SimulationError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("deadlock"));
    EXPECT_THAT(error.what(), testing::HasSubstr("weight_dma waits for memory"));
    EXPECT_THAT(error.what(), testing::HasSubstr("the end of layer 'a'"));
  }
}

/// A memory that answers every access with an error.
class FailingTarget final : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<FailingTarget> port{"port"};

  explicit FailingTarget(const sc_core::sc_module_name& name) : sc_module(name) {
    port.register_b_transport(this, &FailingTarget::b_transport);
  }

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  }
};

TEST(Protocol, AnErrorResponseOfTheMemoryEndsTheRun) {
  const Experiment parsed = experiment(gemm(""));
  std::unique_ptr<FailingTarget> failing;
  try {
    run_plan(parsed, parsed.precision, {}, [&](Accelerator& top, Dram&) {
      failing = std::make_unique<FailingTarget>("failing");
      top.memory_socket().bind(failing->port);
    });
    FAIL() << "an error response went unnoticed";
  } catch (const SimulationError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("TLM_GENERIC_ERROR_RESPONSE"));
  }
}

}  // namespace
}  // namespace systerm
