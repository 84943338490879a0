// SPDX-License-Identifier: Apache-2.0
// Packed networks through the sockets: bit for bit the reference executor's results, the cycles of
// timing fidelity, and what packing is said to have done.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/simulation/experiment_run.h"
#include "model/simulation/isolated_run.h"
#include "model/simulation/packed_workload.h"
#include "model/simulation/prepared_workload.h"
#include "tests/model/simulation/program_vocabulary.h"
#include "workloads/execution/integer_reference.h"
#include "workloads/sparsity/channel_renumbering.h"
#include "workloads/sparsity/reordering.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;

struct Variant {
  std::string name;
  std::string network;
  std::string design;
  std::string precision;
  std::string packing;
};

void PrintTo(const Variant& variant, std::ostream* out) { *out << variant.name; }

Experiment parse(const Variant& variant, const std::string& fidelity) {
  return experiment(fmt::format(R"(systerm: 1
name: {}
design: {}
workload: {{network: {}, batch: 1}}
precision:
  default: {}
packing: {}
run: {{fidelity: {}, seed: 7}}
)",
                                variant.name, variant.design, variant.network, variant.precision,
                                variant.packing,
                                fidelity == "data" ? "data, verify: true" : fidelity));
}

Json run(const Variant& variant, const std::string& fidelity) {
  const Experiment parsed = parse(variant, fidelity);
  return run_plan(parsed, parsed.precision, {});
}

constexpr const char* kBytes = "{format: uniform, group_size: 1, data_range: unsigned}";
constexpr const char* kTermQuantized =
    "{format: term_quantized, group_size: 8, group_budget: 12, data_terms: 3}";

std::string tq(const std::string& array) {
  return "{base: tq_64x128, array: {multiplexer: 8, " + array + "}}";
}

class PackedNetwork : public testing::TestWithParam<Variant> {};

TEST_P(PackedNetwork, LeavesTheReferenceResultsInMemory) {
  const Json result = run(GetParam(), "data");
  EXPECT_GT(result["verification"]["elements"], 1000);
  EXPECT_EQ(result["verification"]["mismatches"], 0)
      << result["verification"].value("first_mismatch", "");
}

INSTANTIATE_TEST_SUITE_P(
    Designs, PackedNetwork,
    testing::Values(
        Variant{"lenet5_mx", "lenet5", "mx_64x64", kBytes, "{alpha: 8, gamma: 0.5, prune: 0.8}"},
        Variant{"resnet20_mx_greedy", "resnet20", "mx_64x64", kBytes,
                "{algorithm: greedy, alpha: 8, gamma: 1.75, prune: 0.8, prune_rule: published, "
                "column_skew: 0.2}"},
        Variant{"lenet5_small_mx", "lenet5",
                "{base: mx_64x64, array: {rows: 5, columns: 7, weight_sets: 2}}", kBytes,
                "{alpha: 3, gamma: 0.25, prune: 0.5}"},
        Variant{"lenet5_tmac", "lenet5", tq("rows: 6"), kTermQuantized,
                "{alpha: 8, gamma: 0.5, prune: 0.8}"},
        Variant{"resnet20_tmac_wavefront", "resnet20",
                tq("rows: 16, columns: 32, beat_sync: wavefront_maximum"), kTermQuantized,
                "{alpha: 5, gamma: 0.5, prune: 0.8}"},
        Variant{"lenet5_output_stationary", "lenet5",
                tq("rows: 9, columns: 7, dataflow: output_stationary"), kTermQuantized,
                "{alpha: 4, gamma: 1, prune: 0.7}"},
        Variant{"resnet20_4_cores", "resnet20",
                "{base: mx_64x64, array: {rows: 16, columns: 8}, cores: {count: 4, split: "
                "filters}}",
                kBytes, "{alpha: 8, gamma: 0.5, prune: 0.8}"},
        Variant{"lenet5_tmac_16_cores", "lenet5",
                "{base: tq_64x128, array: {multiplexer: 8, rows: 4, columns: 9}, cores: {count: "
                "16, split: filters}}",
                kTermQuantized, "{alpha: 4, gamma: 0.5, prune: 0.7}"},
        Variant{"lenet5_2_cores_by_layer", "lenet5",
                "{base: mx_64x64, cores: {count: 2, split: layer}}", kBytes,
                "{alpha: 8, gamma: 0.5, prune: 0.8}"},
        Variant{"resnet20_renumbered", "resnet20", "mx_64x64", kBytes,
                "{alpha: 8, gamma: 0.5, prune: 0.8, renumber_channels: true}"},
        Variant{"lenet5_tmac_renumbered", "lenet5", tq("rows: 6"), kTermQuantized,
                "{alpha: 8, gamma: 0.5, prune: 0.8, renumber_channels: true}"},
        Variant{"resnet20_shift_mx", "resnet20_shift", "mx_64x64", kBytes,
                "{alpha: 8, gamma: 0.5, prune: 0.8}"},
        Variant{"resnet20_shift_renumbered", "resnet20_shift",
                "{base: mx_64x64, array: {rows: 7, columns: 12}}", kBytes,
                "{alpha: 4, gamma: 0.5, prune: 0.8, renumber_channels: true}"},
        Variant{"resnet20_shift_unpacked_tmac", "resnet20_shift",
                "{base: tq_64x128, array: {rows: 5, columns: 24}}", kTermQuantized,
                "{method: none}"},
        Variant{"lenet5_requantized_by_shift", "lenet5", "mx_64x64", kBytes,
                "{alpha: 8, gamma: 0.5, prune: 0.8, renumber_channels: true}\n"
                "calibration: {requantizer: shift}"},
        Variant{"resnet20_shift_requantized_4_cores", "resnet20_shift",
                "{base: mx_64x64, array: {rows: 8, columns: 8}, cores: {count: 4}}", kBytes,
                "{alpha: 8, gamma: 0.5, prune: 0.8}\ncalibration: {requantizer: shift}"},
        Variant{"lenet5_rules", "lenet5", "mx_64x64", kBytes,
                "{prune: 0.8, layers: [{match: 'conv*', alpha: 2}, {match: conv2, prune: 1}, "
                "{match: fc1, method: none}]}"}),
    [](const auto& variant) { return variant.param.name; });

TEST(Packing, TimingReportsTheCyclesAndTheGroupsOfData) {
  const Variant variant{"resnet20", "resnet20", "mx_64x64", kBytes,
                        "{alpha: 8, gamma: 0.5, prune: 0.8, column_skew: 0.2}"};
  IsolatedRun data_run([&] { return run(variant, "data"); });
  IsolatedRun timing_run([&] { return run(variant, "timing"); });
  const Json data = data_run.wait();
  const Json timing = timing_run.wait();
  EXPECT_EQ(timing["total"]["cycles"], data["total"]["cycles"]);
  EXPECT_EQ(timing["packing"], data["packing"]);
  for (std::size_t i = 0; i < timing["layers"].size(); ++i) {
    for (const char* key : {"cycles", "stalls", "bytes", "macs", "term_pair_bound"}) {
      EXPECT_EQ(timing["layers"][i][key], data["layers"][i][key])
          << key << " of " << timing["layers"][i]["name"];
    }
  }
}

TEST(Packing, SelectsTravelWithTheWeightsAndEveryStreamIsFetched) {
  // One GEMM, 64 filters of 16 channels, 100 vectors, on an array of its size.
  const auto with = [](const std::string& packing) {
    return experiment(fmt::format(R"(systerm: 1
design: {{base: mx_64x64, array: {{rows: 16}}}}
workload: {{gemms: [{{name: a, m: 100, k: 16, n: 64}}]}}
precision: {{default: {}}}
packing: {}
run: {{fidelity: timing}}
)",
                                  kBytes, packing));
  };
  const Experiment plain = with("{method: none, prune: 0.75}");
  const Experiment packed = with("{alpha: 4, gamma: 4, prune: 0.75}");
  IsolatedRun plain_run([&] { return run_plan(plain, plain.precision, {}); });
  IsolatedRun packed_run([&] { return run_plan(packed, packed.precision, {}); });
  const Json before = plain_run.wait()["layers"][0];
  const Json after = packed_run.wait()["layers"][0];
  // 16 columns become 4 of four streams each.
  EXPECT_EQ(after["packing"]["packed_columns"], 4);
  EXPECT_EQ(before["bytes"]["weight_buffer"]["read"], 16 * 64);
  EXPECT_EQ(after["bytes"]["weight_buffer"]["read"], 4 * 64 * (8 + 2) / 8);
  EXPECT_EQ(before["bytes"]["data_buffer"]["read"], 100 * 16);
  EXPECT_EQ(after["bytes"]["data_buffer"]["read"], 100 * 4 * 4);
  EXPECT_EQ(after["macs"], 100 * after["packing"]["nonzeros_kept"].get<std::int64_t>());
}

TEST(Packing, CoresThatDivideFiltersHaveTheTilesOfOneWithTheSameColumns) {
  const auto packing = [](const std::string& design) {
    const Variant variant{"resnet20", "resnet20", design, kBytes,
                          "{alpha: 8, gamma: 0.5, prune: 0.8}"};
    return IsolatedRun([&] { return run(variant, "timing"); }).wait()["packing"];
  };
  EXPECT_EQ(packing("{base: mx_64x64, array: {rows: 16, columns: 5}, cores: {count: 2}}"),
            packing("{base: mx_64x64, array: {rows: 16, columns: 5}}"));
}

TEST(Packing, ThePackedNetworkComputesWhatThePrunedOneDoes) {
  const Experiment parsed =
      parse({"lenet5", "lenet5", "mx_64x64", kBytes, "{alpha: 8, gamma: 0.5, prune: 0.8}"}, "data");
  const auto packed = pack_workload(parsed, parsed.precision, load_workload(parsed));
  Network plain = *packed;
  for (Layer& layer : plain.layers) {
    if (auto* gemm = std::get_if<Gemm>(&layer.operation)) gemm->packed = nullptr;
  }
  const auto codes = [&](const std::shared_ptr<const Network>& network) {
    const PreparedWorkload workload = prepare_workload(parsed, parsed.precision, network);
    const auto inputs = workload.batch_inputs(0);
    return IntegerReference(workload.network).run(inputs)[index(network->outputs.front())].codes;
  };
  EXPECT_EQ(codes(packed), codes(std::make_shared<const Network>(plain)));
}

class Renumbering : public testing::TestWithParam<Variant> {};

TEST_P(Renumbering, MovesEveryIntegerAndChangesNone) {
  Variant variant = GetParam();
  const auto prepared = [&](const std::string& more) {
    Variant with = variant;
    with.packing.insert(with.packing.size() - 1, more);
    const Experiment parsed = parse(with, "data");
    return prepare_workload(parsed, parsed.precision,
                            pack_workload(parsed, parsed.precision, load_workload(parsed)));
  };
  const PreparedWorkload plain = prepared("");
  const PreparedWorkload renumbered = prepared(", renumber_channels: true");
  const Network& network = *plain.network->network;
  const std::vector<FeatureOrder> orders = orders_of_groups(network);
  ASSERT_FALSE(orders.empty());
  const auto inputs = plain.batch_inputs(0);
  const auto expected = IntegerReference(plain.network).run(inputs);
  const auto actual = IntegerReference(renumbered.network).run(inputs);
  for (const FeatureId output : network.outputs) {
    EXPECT_EQ(actual[index(output)].codes, expected[index(output)].codes);
  }
  for (const auto& [feature, order] : orders) {
    const std::vector<bool> moved = corresponding_features(network, feature);
    for (std::size_t id = 0; id < moved.size(); ++id) {
      if (!moved[id]) continue;
      EXPECT_EQ(actual[id].codes, reordered_columns<std::int32_t>(expected[id].codes, order))
          << network.features[id].name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Networks, Renumbering,
    testing::Values(Variant{"lenet5", "lenet5", "mx_64x64", kBytes, "{prune: 0.8}"},
                    Variant{"resnet20", "resnet20", "mx_64x64", kBytes, "{prune: 0.8}"},
                    Variant{"resnet20_shift", "resnet20_shift", "mx_64x64", kBytes, "{prune: 0.8}"},
                    Variant{"resnet20_term_quantized", "resnet20", tq("rows: 16"), kTermQuantized,
                            "{prune: 0.8}"},
                    Variant{"mlp", "mlp_784_512_512_10", "mx_64x64", kBytes,
                            "{prune: 0.8, layers: [{match: '*1', method: none}]}"}),
    [](const auto& variant) { return variant.param.name; });

TEST(Packing, RenumberedChannelsOfAGroupLieTogether) {
  const auto first_hidden_layer = [](const std::string& renumber) {
    const Variant variant{"mlp", "mlp_784_512_512_10", "mx_64x64", kBytes,
                          "{alpha: 8, gamma: 0.5, prune: 0.8" + renumber + "}"};
    return IsolatedRun([&] { return run(variant, "timing"); }).wait()["layers"][1];
  };
  const Json before = first_hidden_layer("")["packing"];
  const Json after = first_hidden_layer(", renumber_channels: true")["packing"];
  EXPECT_LT(before["adjacent_groups"], before["packed_columns"]);
  EXPECT_EQ(after["adjacent_groups"], after["packed_columns"]);
  EXPECT_EQ(after["tiles"], before["tiles"]);
  EXPECT_EQ(after["nonzeros_kept"], before["nonzeros_kept"]);
}

TEST(Packing, ShiftsTakeNoLayerAndNoColumnsOfTheirOwn) {
  const auto layers = [](const std::string& network) {
    const Variant variant{"shifts", network, "mx_64x64", kBytes, "{method: none, prune: 0.8}"};
    return IsolatedRun([&] { return run(variant, "timing"); }).wait()["layers"];
  };
  const Json shifts = layers("resnet20_shift");
  const Json kernels = layers("resnet20");
  ASSERT_EQ(shifts.size(), kernels.size());
  for (std::size_t i = 0; i < shifts.size(); ++i) {
    if (kernels[i]["type"] != "convolution") continue;
    EXPECT_EQ(shifts[i]["macs"].get<int>() * 9, kernels[i]["macs"].get<int>());
    EXPECT_EQ(shifts[i]["bytes"]["data_buffer"]["read"].get<int>() * 9,
              kernels[i]["bytes"]["data_buffer"]["read"].get<int>())
        << shifts[i]["name"];
  }
}

TEST(Packing, RenumberingMixesChannelsThatAreShiftedAlike) {
  const auto conflicts = [](const std::string& packing) {
    const Variant variant{"vgg", "vgg19_1x1", "mx_64x64", kBytes, packing};
    const Json result = IsolatedRun([&] { return run(variant, "timing"); }).wait();
    return result["total"]["stalls"]["bank_conflict"].get<std::int64_t>();
  };
  EXPECT_GT(conflicts("{prune: 0.8, renumber_channels: true}"), 10 * conflicts("{prune: 0.8}"));
}

TEST(Packing, ManySmallArraysAreFullWhereOneLargeOneIsNot) {
  const auto cycles = [](const std::string& design) {
    const Experiment parsed = experiment(fmt::format(R"(systerm: 1
design: {{base: mx_64x64, {}}}
workload: {{network: resnet20_shift, batch: 16}}
precision: {{default: {}}}
packing: {{alpha: 8, gamma: 0.5, prune: 0.8}}
run: {{fidelity: timing}}
)",
                                                     design, kBytes));
    const Json result = IsolatedRun([&] { return run_plan(parsed, parsed.precision, {}); }).wait();
    return result["total"]["cycles"].get<std::int64_t>();
  };
  const std::int64_t one = cycles("array: {rows: 64}");
  const std::string small = "array: {rows: 16, columns: 16}, cores: {count: 16, split: ";
  EXPECT_GT(one, 5 * cycles(small + "batch}"));
  EXPECT_LT(one, cycles(small + "filters}"));
}

TEST(Packing, ALayerWithoutAWeightStillHasResults) {
  const Json result = run(
      {"zero", "lenet5", "mx_64x64", kBytes, "{prune: 0.5, layers: [{match: conv2, prune: 1}]}"},
      "data");
  EXPECT_EQ(result["verification"]["mismatches"], 0);
  for (const Json& layer : result["layers"]) {
    if (layer["name"] != "conv2") continue;
    EXPECT_EQ(layer["packing"]["packed_columns"], 0);
    EXPECT_EQ(layer["packing"]["tiles"], 1);
    EXPECT_EQ(layer["macs"], 0);
  }
}

TEST(Packing, DepthwiseLayersStayAsTheyAreUnlessARuleNamesThem) {
  Variant variant{"mobile", "mobilenet_v2", "mx_64x64", kBytes, "{prune: 0.8}"};
  const Json result = run(variant, "timing");
  int depthwise = 0;
  for (const Json& layer : result["layers"]) {
    if (layer["groups"].get<int>() <= 1) continue;
    ++depthwise;
    EXPECT_EQ(layer["packing"]["method"], "none");
    EXPECT_THAT(layer["packing"]["reason"].get<std::string>(), HasSubstr("nothing to combine"));
  }
  EXPECT_EQ(depthwise, 17);
  variant.packing = "{prune: 0.8, layers: [{match: '*', alpha: 4}]}";
  try {
    run(variant, "timing");
    FAIL() << "a depthwise layer was packed";
  } catch (const WorkloadError& error) {
    EXPECT_THAT(error.what(), HasSubstr("so there is nothing to combine"));
  }
}

std::string message_of(const Variant& variant) {
  try {
    run(variant, "timing");
  } catch (const std::exception& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Packing, RefusesWhatCannotWorkWithTheKeyAndTheReason) {
  const auto message = [](const std::string& packing, const std::string& design = "mx_64x64") {
    return message_of({"wrong", "lenet5", design, kBytes, packing});
  };
  EXPECT_THAT(message("{alpha: 16}"),
              HasSubstr("packing.alpha: 16 columns a group are more than the multiplexer of a cell "
                        "has inputs (design.array.multiplexer is 8)"));
  EXPECT_THAT(message("{alpha: 4, layers: [{match: conv1, alpha: 9}]}"),
              HasSubstr("packing.layers[0].alpha"));
  EXPECT_THAT(message("{gamma: -1}"), HasSubstr("packing.gamma"));
  EXPECT_THAT(message("{prune: 2}"), HasSubstr("packing.prune"));
  EXPECT_THAT(message("{algorithm: gredy}"), HasSubstr("greedy"));
  EXPECT_THAT(message("{method: none, alpha: 4}"), HasSubstr("has no effect with method none"));
  EXPECT_THAT(message("{layers: [{match: conv9, alpha: 4}]}"), HasSubstr("'conv9'"));
  EXPECT_THAT(message("{}", "{base: mx_64x64, array: {cell: il_cell}}"),
              HasSubstr("cell il_cell has one input stream"));
}

}  // namespace
}  // namespace systerm
