// SPDX-License-Identifier: Apache-2.0
// Weights and masks in an NPZ archive: into memory order, masked, and everything wrong said at
// once.
#include "workloads/sparsity/weight_file.h"

#include <cmath>
#include <memory>
#include <numeric>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/workloads/execution/npz_archive.h"
#include "tests/workloads/execution/temporary_file.h"
#include "workloads/data/data_error.h"
#include "workloads/data/npy.h"
#include "workloads/data/synthetic.h"
#include "workloads/network/network.h"

namespace systerm {
namespace {

using Shape = std::vector<std::int64_t>;

using test::ArchiveEntry;
using test::TemporaryFile;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

/// Two filters of 3 x 2 over 3 channels, then a linear layer over what they leave of 4 x 3.
Network small_network() {
  Network network;
  network.name = "small";
  network.features = {{"input", {1, 4, 3, 3}}, {"conv", {1, 2, 2, 2}}, {"fc", {1, 1, 1, 5}}};
  Gemm conv{.window = {.kernel_height = 3, .kernel_width = 2}, .m = 4, .k = 18, .n = 2};
  conv.bias = {0.0F, 0.0F};
  network.layers.push_back({.name = "conv",
                            .type = "convolution",
                            .operation = conv,
                            .steps = {},
                            .inputs = {FeatureId{0}},
                            .output = FeatureId{1}});
  network.layers.push_back({.name = "fc",
                            .type = "linear",
                            .operation = Gemm{.m = 1, .k = 8, .n = 5},
                            .steps = {},
                            .inputs = {FeatureId{1}},
                            .output = FeatureId{2}});
  network.inputs = {FeatureId{0}};
  network.outputs = {FeatureId{2}};
  validate(network);
  return network;
}

Array counting(std::vector<std::int64_t> shape) {
  const auto size = std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies());
  std::vector<float> values(static_cast<std::size_t>(size));
  std::iota(values.begin(), values.end(), 1.0F);
  return {std::move(shape), std::move(values)};
}

std::vector<ArchiveEntry> entries() {
  return {{"conv", encode_npy(counting({2, 3, 3, 2}))}, {"fc", encode_npy(counting({5, 8}))}};
}

TEST(WeightFile, PutsWeightsIntoMemoryOrder) {
  const TemporaryFile file(test::zip(entries()));
  const Network network = with_weights_of(small_network(), file.path());
  const std::vector<float>& conv = *network.layers[0].gemm()->weights;
  for (std::int64_t f = 0; f < 2; ++f) {
    for (std::int64_t position = 0; position < 6; ++position) {
      for (std::int64_t c = 0; c < 3; ++c) {
        EXPECT_EQ(conv[static_cast<std::size_t>((f * 6 + position) * 3 + c)],
                  static_cast<float>(1 + (f * 3 + c) * 6 + position));
      }
    }
  }
  // The linear layer reads channel, row, column in the source and row, column, channel in memory.
  const std::vector<float>& fc = *network.layers[1].gemm()->weights;
  for (std::int64_t position = 0; position < 4; ++position) {
    for (std::int64_t c = 0; c < 2; ++c) {
      EXPECT_EQ(fc[static_cast<std::size_t>(position * 2 + c)],
                static_cast<float>(1 + c * 4 + position));
    }
  }
}

TEST(WeightFile, TakesMasksAndBiases) {
  std::vector<ArchiveEntry> all = entries();
  std::vector<std::uint8_t> mask(36, 1);
  mask[7] = 0;  // filter 0, channel 1, position 1
  std::string bytes = encode_npy({{2, 3, 3, 2}, mask});
  bytes.replace(bytes.find("|u1"), 3, "|b1");  // as NumPy writes booleans
  all.push_back({"conv.mask", bytes});
  all.push_back({"conv.bias", encode_npy({{2}, std::vector<double>{0.5, -2.0}})});
  const TemporaryFile file(test::zip(all));
  const Network network = with_weights_of(small_network(), file.path());
  const Gemm& conv = *network.layers[0].gemm();
  EXPECT_EQ(std::ranges::count(*conv.weights, 0.0F), 1);
  EXPECT_EQ((*conv.weights)[1 * 3 + 1], 0.0F);
  EXPECT_EQ(conv.bias, (std::vector<float>{0.5F, -2.0F}));
}

TEST(WeightFile, NamesEverythingThatDoesNotFitAtOnce) {
  Array bad = counting({2, 3, 3, 2});
  std::get<std::vector<float>>(bad.elements)[4] = NAN;
  const TemporaryFile file(test::zip({{"conv", encode_npy(bad)},
                                      {"conv.bias", encode_npy(counting({3}))},
                                      {"cnv2", encode_npy(counting({1}))}}));
  EXPECT_THAT([&] { with_weights_of(small_network(), file.path()); },
              ThrowsMessage<DataError>(
                  AllOf(HasSubstr("conv: element 4 is nan"), HasSubstr("fc: no array of this name"),
                        HasSubstr("cnv2: belongs to no layer"), Not(HasSubstr("conv: no array")))));
  const TemporaryFile other(test::zip({{"conv", encode_npy(counting({2, 18}))},
                                       {"conv.mask", encode_npy(counting({2, 18}))},
                                       {"fc", encode_npy(counting({5, 8}))}}));
  EXPECT_THAT([&] { with_weights_of(small_network(), other.path()); },
              ThrowsMessage<DataError>(AllOf(HasSubstr("conv: is [2, 18], expected [2, 3, 3, 2]"),
                                             Not(HasSubstr("conv.mask")))));
}

/// Weights of both layers with a nonzero a row in every pair of columns, packed two by two.
Network packed_network() {
  Network network = small_network();
  for (Layer& layer : network.layers) {
    auto& gemm = std::get<Gemm>(layer.operation);
    const auto columns = static_cast<std::size_t>(gemm.k);
    std::vector<float> weights(columns * static_cast<std::size_t>(gemm.n), 0.0F);
    ColumnGroups groups;
    for (std::size_t first = 0; first < columns; first += 2) {
      // Not in ascending order, so that merge order matters.
      groups.push_back({static_cast<std::int32_t>(first + 1), static_cast<std::int32_t>(first)});
      for (std::size_t row = 0; row < static_cast<std::size_t>(gemm.n); ++row) {
        weights[row * columns + first + row % 2] = static_cast<float>(1 + first + row);
      }
    }
    gemm.packed = std::make_shared<const PackedMatrix>(
        pack_groups({weights, static_cast<std::size_t>(gemm.n), columns}, std::move(groups), 3));
    gemm.weights = std::make_shared<const std::vector<float>>(std::move(weights));
    gemm.bias.assign(static_cast<std::size_t>(gemm.n), 0.25F);
  }
  return network;
}

TEST(WeightFile, WhatIsWrittenReadsBackPacked) {
  const Network written = packed_network();
  const TemporaryFile file(encode_weight_file(written));
  const Network read = with_groups_of(with_weights_of(small_network(), file.path()), file.path());
  for (std::size_t i = 0; i < written.layers.size(); ++i) {
    const Gemm& a = *written.layers[i].gemm();
    const Gemm& b = *read.layers[i].gemm();
    EXPECT_EQ(*a.weights, *b.weights);
    EXPECT_EQ(a.bias, b.bias);
    EXPECT_EQ(a.packed->groups, b.packed->groups);
    EXPECT_EQ(a.packed->alpha, b.packed->alpha);
    EXPECT_EQ(a.packed->values, b.packed->values);
    EXPECT_EQ(a.packed->selects, b.packed->selects);
  }
}

TEST(WeightFile, GroupsCountColumnsInTheOrderOfTheFile) {
  // Column 7 of the convolution is channel 1 at position 1, 4 in memory order; column 5 of the
  // linear layer is channel 1, row 0, column 1, 3 in memory order.
  Network network = small_network();
  std::get<Gemm>(network.layers[0].operation).weights =
      std::make_shared<const std::vector<float>>(36, 0.0F);
  std::get<Gemm>(network.layers[1].operation).weights =
      std::make_shared<const std::vector<float>>(40, 0.0F);
  const TemporaryFile file(
      test::zip({{"conv.groups", encode_npy({{1, 2}, std::vector<std::int32_t>{7, -1}})},
                 {"fc.groups", encode_npy({{1, 1}, std::vector<std::int64_t>{5}})}}));
  const Network packed = with_groups_of(network, file.path());
  EXPECT_EQ(packed.layers[0].gemm()->packed->groups, (ColumnGroups{{4}}));
  EXPECT_EQ(packed.layers[1].gemm()->packed->groups, (ColumnGroups{{3}}));
}

TEST(WeightFile, GroupsOfLayersWithoutNonzerosAreNone) {
  Network network = small_network();
  for (Layer& layer : network.layers) {
    auto& gemm = std::get<Gemm>(layer.operation);
    gemm.weights =
        std::make_shared<const std::vector<float>>(static_cast<std::size_t>(gemm.k * gemm.n), 0.0F);
    gemm.packed = std::make_shared<const PackedMatrix>(pack_groups(
        {*gemm.weights, static_cast<std::size_t>(gemm.n), static_cast<std::size_t>(gemm.k)}, {},
        8));
  }
  const TemporaryFile file(encode_weight_file(network));
  const Network read = with_groups_of(network, file.path());
  EXPECT_TRUE(read.layers[0].gemm()->packed->groups.empty());
  EXPECT_EQ(read.layers[0].gemm()->packed->alpha, 8);
}

TEST(WeightFile, NamesAllGroupsThatDoNotFitAtOnce) {
  const Network network = packed_network();
  const auto whole = [](Shape shape, std::vector<std::int32_t> values) {
    return encode_npy({std::move(shape), std::move(values)});
  };
  const auto problems = [&](const std::vector<ArchiveEntry>& entries) -> std::string {
    const TemporaryFile file(test::zip(entries));
    try {
      with_groups_of(network, file.path());
    } catch (const DataError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(problems({{"conv.groups", whole({2, 1}, {3, 3})},
                        {"fc.groups", whole({1, 2}, {0, 8})},
                        {"cnv.groups", whole({1, 1}, {0})}}),
              AllOf(HasSubstr("conv.groups: column 3 is in two groups"),
                    HasSubstr("fc.groups: group 0 has column 8; there are 8"),
                    HasSubstr("cnv.groups: belongs to no layer with weights")));
  EXPECT_THAT(problems({{"conv.groups", whole({1, 1}, {0})}}),
              HasSubstr("has weights and is in no group"));
  EXPECT_THAT(problems({{"conv.groups", whole({1, 300}, std::vector<std::int32_t>(300, -1))}}),
              HasSubstr("alpha must be 1 to 256, not 300"));
  EXPECT_THAT(problems({{"conv.groups", encode_npy(counting({2, 2}))}}),
              HasSubstr("expected whole numbers, [groups][alpha]; got real numbers [2][2]"));
  EXPECT_THAT(problems({{"conv.groups", whole({1, 1}, {-2})}}), HasSubstr("group 0 has column -2"));
  EXPECT_THAT(problems({{"conv", encode_npy(counting({2, 3, 3, 2}))}}),
              HasSubstr("holds no groups of columns"));
}

}  // namespace
}  // namespace systerm
