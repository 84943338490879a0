// SPDX-License-Identifier: Apache-2.0
// Whole networks through the sockets: what a run leaves in the modelled memory is bit for bit the
// reference executor's, and where cycles do not depend on data, timing fidelity reports the same
// ones.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/simulation/experiment_run.h"
#include "model/simulation/isolated_run.h"
#include "tests/model/simulation/program_vocabulary.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

struct Variant {
  std::string name;
  std::string network;
  std::string design;
  std::string precision;
};

std::string text(const Variant& variant, const std::string& fidelity) {
  return fmt::format(R"(systerm: 1
name: {}
design: {}
workload: {{network: {}, batch: 2}}
precision:
  default: {}
run: {{fidelity: {}, seed: 7}}
)",
                     variant.name, variant.design, variant.network, variant.precision,
                     fidelity == "data" ? "data, verify: true" : fidelity);
}

Json run(const Variant& variant, const std::string& fidelity) {
  const Experiment parsed = experiment(text(variant, fidelity));
  return run_plan(parsed, parsed.precision, {});
}

constexpr const char* kTermQuantized =
    "{format: term_quantized, group_size: 8, group_budget: 12, data_terms: 3}";
constexpr const char* kUniform = "{format: uniform, group_size: 8}";

// Names the parameter in the test's listing.
void PrintTo(const Variant& variant, std::ostream* out) { *out << variant.name; }

class WholeNetwork : public testing::TestWithParam<Variant> {};

TEST_P(WholeNetwork, LeavesTheReferenceResultsInMemory) {
  const Json result = run(GetParam(), "data");
  EXPECT_GT(result["verification"]["elements"], 1000);
  EXPECT_EQ(result["verification"]["mismatches"], 0)
      << result["verification"].value("first_mismatch", "");
}

TEST_P(WholeNetwork, AccountsForEveryCycle) {
  const Json result = run(GetParam(), "timing");
  std::int64_t sum_over_layers = 0;
  for (const Json& layer : result["layers"]) {
    std::int64_t cycles = layer["busy"];
    for (const auto& [cause, stalled] : layer["stalls"].items()) {
      cycles += stalled.get<std::int64_t>();
    }
    EXPECT_EQ(cycles, layer["cycles"]) << layer["name"];
    sum_over_layers += layer["cycles"].get<std::int64_t>();
  }
  EXPECT_EQ(sum_over_layers, result["total"]["cycles"]);
}

std::string design(const std::string& overrides) { return "{base: tq_64x128, " + overrides + "}"; }

INSTANTIATE_TEST_SUITE_P(
    Designs, WholeNetwork,
    testing::Values(
        Variant{"lenet5_tq", "lenet5", "tq_64x128", kTermQuantized},
        Variant{"lenet5_indexed", "lenet5", "tq_64x128",
                "{format: term_quantized, group_size: 5, group_budget: 7, data_terms: 2, "
                "term_layout: indexed}"},
        Variant{"lenet5_small_array", "lenet5", design("array: {rows: 5, columns: 6}"), kUniform},
        Variant{"lenet5_output_stationary", "lenet5",
                design("array: {rows: 9, columns: 7, dataflow: output_stationary}"),
                kTermQuantized},
        Variant{"mlp_pmac", "mlp_784_512_512_10", "pmac_64x128", kUniform},
        Variant{"mlp_bit_serial", "mlp_784_512_512_10", "bit_serial_64x128", kUniform},
        Variant{"lenet5_bfp", "lenet5", "fast_64x256",
                "{format: bfp, group_size: 16, weight_mantissa_bits: 2, data_mantissa_bits: 4}"},
        Variant{"resnet20_bfp_small_array", "resnet20",
                "{base: fast_64x256, array: {rows: 5, columns: 6, max_group_size: 7}}",
                "{format: bfp, group_size: 7, data_range: unsigned}"},
        Variant{"resnet20_unsigned", "resnet20", "tq_64x128",
                "{format: term_quantized, group_size: 8, group_budget: 16, data_terms: 4, "
                "data_range: unsigned}"},
        Variant{"resnet20_wavefront", "resnet20",
                design("array: {rows: 16, columns: 32, beat_sync: wavefront_maximum}"), kUniform}),
    [](const auto& variant) { return variant.param.name; });

class BothFidelities : public testing::TestWithParam<Variant> {};

TEST_P(BothFidelities, TimingReportsTheCyclesOfDataWhereTheyDoNotDependOnThem) {
  const Variant& variant = GetParam();
  IsolatedRun data_run([&] { return run(variant, "data"); });
  IsolatedRun timing_run([&] { return run(variant, "timing"); });
  const Json data = data_run.wait();
  const Json timing = timing_run.wait();
  EXPECT_GT(data["total"]["cycles"], 0);
  EXPECT_EQ(timing["total"]["cycles"], data["total"]["cycles"]);
  for (std::size_t i = 0; i < timing["layers"].size(); ++i) {
    for (const char* key : {"cycles", "stalls", "bytes", "macs", "term_pair_bound"}) {
      EXPECT_EQ(timing["layers"][i][key], data["layers"][i][key])
          << key << " of " << timing["layers"][i]["name"];
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Designs, BothFidelities,
                         testing::Values(Variant{"resnet20", "resnet20", "tq_64x128",
                                                 kTermQuantized},
                                         Variant{"resnet20_bfp", "resnet20", "fast_64x256",
                                                 "{format: bfp, group_size: 16}"}),
                         [](const auto& variant) { return variant.param.name; });

TEST(BlockFloatingPoint, PassesMultiplyTheBusyCycles) {
  const auto busy = [](const char* precision) {
    const Variant variant{"passes", "resnet20", "fast_64x256", precision};
    IsolatedRun timing([&] { return run(variant, "timing"); });
    return timing.wait();
  };
  const Json low = busy(
      "{format: bfp, group_size: 16, weight_mantissa_bits: 2, "
      "data_mantissa_bits: 2}");
  const Json mixed = busy(
      "{format: bfp, group_size: 16, weight_mantissa_bits: 4, "
      "data_mantissa_bits: 2}");
  const Json high = busy("{format: bfp, group_size: 16}");
  for (std::size_t i = 0; i < low["layers"].size(); ++i) {
    const std::int64_t one = low["layers"][i]["busy"];
    if (low["layers"][i]["macs"] == 0) continue;
    EXPECT_EQ(mixed["layers"][i]["busy"], 2 * one) << low["layers"][i]["name"];
    EXPECT_EQ(high["layers"][i]["busy"], 4 * one) << low["layers"][i]["name"];
  }
}

/// Passes transactions on and flips one bit of the first word that is read.
class CorruptingTarget final : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<CorruptingTarget> port{"port"};
  tlm_utils::simple_initiator_socket<CorruptingTarget> memory{"memory"};

  explicit CorruptingTarget(const sc_core::sc_module_name& name) : sc_module(name) {
    port.register_b_transport(this, &CorruptingTarget::b_transport);
  }

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    memory->b_transport(payload, delay);
    if (payload.is_read() && !done_) {
      done_ = true;
      payload.get_data_ptr()[payload.get_data_length() / 2] ^= 0x10;
    }
  }

  bool done_ = false;
};

TEST(Verification, FailsWhenOneWordIsCorruptedOnTheWay) {
  const Variant variant{"lenet5", "lenet5", "tq_64x128", kUniform};
  const Experiment parsed = experiment(text(variant, "data"));
  std::unique_ptr<CorruptingTarget> corruptor;
  const Json result = run_plan(parsed, parsed.precision, {}, [&](Accelerator& top, Dram& dram) {
    corruptor = std::make_unique<CorruptingTarget>("corruptor");
    top.memory_socket().bind(corruptor->port);
    corruptor->memory.bind(dram.port);
  });
  EXPECT_GT(result["verification"]["mismatches"], 0);
}

}  // namespace
}  // namespace systerm
