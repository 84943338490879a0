// SPDX-License-Identifier: Apache-2.0
// Several cores on one memory: the same results, faster where computing is the limit, contending
// where memory is.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/mapping/mapping_error.h"
#include "model/simulation/experiment_run.h"
#include "model/simulation/isolated_run.h"
#include "tests/model/simulation/program_vocabulary.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;

std::string cores(int count, const std::string& split) {
  return count == 1 ? "" : fmt::format(", cores: {{count: {}, split: {}}}", count, split);
}

Json run(const std::string& text) {
  return IsolatedRun([&] {
           const Experiment parsed = experiment(text);
           return run_plan(parsed, parsed.precision, {});
         })
      .wait();
}

std::int64_t cycles(const Json& part) { return part["cycles"]; }

std::int64_t accounted(const Json& part) {
  std::int64_t sum = part["busy"];
  for (const auto& [cause, stalled] : part["stalls"].items()) sum += stalled.get<std::int64_t>();
  return sum;
}

struct Split {
  std::string name;
  std::string network;
  int count = 2;
  std::string split;
  std::string array;
};

void PrintTo(const Split& split, std::ostream* out) { *out << split.name; }

class SplitNetwork : public testing::TestWithParam<Split> {
 protected:
  static std::string text(const std::string& run) {
    const Split& split = GetParam();
    return fmt::format(R"(systerm: 1
name: cores
design: {{base: tq_64x128, array: {}{}}}
workload: {{network: {}, batch: 4, samples: 12}}
precision: {{default: {{format: term_quantized, group_size: 8, group_budget: 12, data_terms: 3}}}}
run: {}
)",
                       split.array, cores(split.count, split.split), split.network, run);
  }
};

TEST_P(SplitNetwork, LeavesTheReferenceResultsInMemory) {
  const Json result = run(text("{fidelity: data, seed: 11, verify: true}"));
  EXPECT_GT(result["verification"]["elements"], 1000);
  EXPECT_EQ(result["verification"]["mismatches"], 0)
      << result["verification"].value("first_mismatch", "");
}

TEST_P(SplitNetwork, AccountsForEveryCycleOfEveryCore) {
  const Json result = run(text("{fidelity: timing}"));
  ASSERT_EQ(result["cores"].size(), static_cast<std::size_t>(GetParam().count));
  std::int64_t macs = 0;
  for (const Json& core : result["cores"]) {
    EXPECT_EQ(cycles(core), cycles(result["total"]));
    EXPECT_EQ(accounted(core), cycles(core)) << core["name"];
    macs += core["macs"].get<std::int64_t>();
  }
  EXPECT_EQ(macs, result["total"]["macs"]);
  EXPECT_EQ(result["total"]["core_cycles"], cycles(result["total"]) * GetParam().count);
  EXPECT_EQ(accounted(result["total"]), result["total"]["core_cycles"]);
  std::int64_t sum = 0;
  for (const Json& layer : result["layers"]) {
    EXPECT_EQ(accounted(layer), layer["core_cycles"]) << layer["name"];
    sum += cycles(layer);
  }
  EXPECT_EQ(sum, cycles(result["total"]));
}

constexpr const char* kSmall = "{rows: 16, columns: 16}";

INSTANTIATE_TEST_SUITE_P(
    Splits, SplitNetwork,
    testing::Values(Split{"resnet20_filters", "resnet20", 4, "filters", kSmall},
                    Split{"resnet20_batch", "resnet20", 3, "batch", kSmall},
                    Split{"resnet20_layer", "resnet20", 3, "layer", kSmall},
                    Split{"lenet5_filters", "lenet5", 16, "filters", "{rows: 9, columns: 7}"},
                    Split{"lenet5_layer", "lenet5", 16, "layer", kSmall},
                    Split{"mlp_batch", "mlp_784_512_512_10", 4, "batch",
                          "{rows: 16, columns: 16, dataflow: output_stationary}"}),
    [](const auto& split) { return split.param.name; });

TEST(Cores, TimingReportsTheCyclesOfData) {
  const auto text = [](const char* fidelity) {
    return fmt::format(R"(systerm: 1
name: cores
design: {{base: tq_64x128{}}}
workload: {{network: resnet20, samples: 3}}
precision: {{default: {{format: term_quantized, group_size: 8, group_budget: 12, data_terms: 3}}}}
run: {{fidelity: {}}}
)",
                       cores(3, "layer"), fidelity);
  };
  const Json data = run(text("data"));
  const Json timing = run(text("timing"));
  EXPECT_EQ(cycles(timing["total"]), cycles(data["total"]));
  EXPECT_EQ(timing["cores"][1]["stalls"], data["cores"][1]["stalls"]);
}

std::string gemm(int m, int k, int n, int count, const std::string& design = "") {
  return fmt::format(R"(systerm: 1
name: cores
design: {{base: tq_64x128{}{}}}
workload: {{gemms: [{{name: a, m: {}, k: {}, n: {}}}]}}
precision: {{default: {{format: uniform, group_size: 8}}}}
run: {{fidelity: timing}}
)",
                     cores(count, "filters"), design.empty() ? "" : ", " + design, m, k, n);
}

TEST(Cores, MoreAreNeverSlowerWhereComputingIsTheLimit) {
  std::int64_t before = cycles(run(gemm(1024, 512, 1024, 1))["total"]);
  const std::int64_t one = before;
  for (const int count : {2, 4, 8}) {
    const std::int64_t now = cycles(run(gemm(1024, 512, 1024, count))["total"]);
    EXPECT_LE(now, before) << count << " cores";
    before = now;
  }
  EXPECT_GT(one, before * 4);
}

// 16 MB of weights, used once: the memory delivers them to one core as fast as to four.
TEST(Cores, ContendForTheMemoryWhereItIsTheLimit) {
  const std::string flat = "array: {skew: hop}";
  const Json one = run(gemm(1, 4096, 4096, 1, flat));
  const Json four = run(gemm(1, 4096, 4096, 4, flat));
  EXPECT_EQ(four["total"]["bytes"]["weight_buffer"], one["total"]["bytes"]["weight_buffer"]);
  EXPECT_GT(cycles(four["total"]), cycles(one["total"]) * 9 / 10);
  const Json& core = four["cores"][0];
  const std::int64_t memory = core["stalls"]["weight_memory"].get<std::int64_t>() +
                              core["stalls"]["data_memory"].get<std::int64_t>();
  EXPECT_GT(memory, cycles(core) / 2);
  // A memory four times as fast serves four cores.
  const Json fast = run(gemm(1, 4096, 4096, 4,
                             flat + ", dram: {bandwidth: 51.2 GB/s}, interconnect: "
                                    "{bytes_per_cycle: 256}, dma: {outstanding: 16}"));
  EXPECT_LT(cycles(fast["total"]), cycles(four["total"]) / 2);
}

// Batches follow each other through the cores: three layers, one a core, so that in the end three
// batches are under way.
TEST(Cores, ThatHoldLayersWorkOnDifferentBatches) {
  const auto text = [](int count, int samples) {
    return fmt::format(R"(systerm: 1
name: cores
design: {{base: tq_64x128{}, array: {{rows: 16, columns: 16}}}}
workload: {{network: resnet20, samples: {}}}
precision: {{default: {{format: uniform, group_size: 8}}}}
run: {{fidelity: timing}}
)",
                       cores(count, "layer"), samples);
  };
  const std::int64_t first = cycles(run(text(3, 1))["total"]);
  // A single batch passes one core after the other: no gain.
  EXPECT_GE(first, cycles(run(text(1, 1))["total"]));
  const std::int64_t one = cycles(run(text(1, 8))["total"]);
  const Json three = run(text(3, 8));
  EXPECT_LT(cycles(three["total"]), one / 2);
  for (const Json& core : three["cores"]) {
    EXPECT_GT(core["stalls"]["other_cores"], 0) << core["name"];
  }
}

std::string error_of(const std::string& text) {
  const Experiment parsed = experiment(text);
  try {
    run_plan(parsed, parsed.precision, {});
  } catch (const MappingError& error) {
    return error.what();
  }
  return "";
}

TEST(Cores, WithoutAnImageForEachAreRefused) {
  EXPECT_THAT(error_of(R"(systerm: 1
name: cores
design: {base: tq_64x128, cores: {count: 4, split: batch}}
workload: {network: lenet5, batch: 3}
precision: {default: {format: uniform}}
run: {fidelity: timing}
)"),
              HasSubstr("3 images for 4 cores; increase workload.batch"));
}

}  // namespace
}  // namespace systerm
