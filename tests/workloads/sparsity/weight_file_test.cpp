// SPDX-License-Identifier: Apache-2.0
// Weights and masks in an NPZ archive: into memory order, masked, and everything wrong said at
// once.
#include "workloads/sparsity/weight_file.h"

#include <cmath>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/workloads/execution/npz_archive.h"
#include "tests/workloads/execution/temporary_file.h"
#include "workloads/data/data_error.h"
#include "workloads/data/synthetic.h"
#include "workloads/network/network.h"

namespace systerm {
namespace {

using test::ArchiveEntry;
using test::npy_bytes;
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
  return {{"conv", npy_bytes(counting({2, 3, 3, 2}))}, {"fc", npy_bytes(counting({5, 8}))}};
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
  std::string bytes = npy_bytes({{2, 3, 3, 2}, mask});
  bytes.replace(bytes.find("|u1"), 3, "|b1");  // as NumPy writes booleans
  all.push_back({"conv.mask", bytes});
  all.push_back({"conv.bias", npy_bytes({{2}, std::vector<double>{0.5, -2.0}})});
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
  const TemporaryFile file(test::zip({{"conv", npy_bytes(bad)},
                                      {"conv.bias", npy_bytes(counting({3}))},
                                      {"cnv2", npy_bytes(counting({1}))}}));
  EXPECT_THAT([&] { with_weights_of(small_network(), file.path()); },
              ThrowsMessage<DataError>(
                  AllOf(HasSubstr("conv: element 4 is nan"), HasSubstr("fc: no array of this name"),
                        HasSubstr("cnv2: belongs to no layer"), Not(HasSubstr("conv: no array")))));
  const TemporaryFile other(test::zip({{"conv", npy_bytes(counting({2, 18}))},
                                       {"conv.mask", npy_bytes(counting({2, 18}))},
                                       {"fc", npy_bytes(counting({5, 8}))}}));
  EXPECT_THAT([&] { with_weights_of(small_network(), other.path()); },
              ThrowsMessage<DataError>(AllOf(HasSubstr("conv: is [2, 18], expected [2, 3, 3, 2]"),
                                             Not(HasSubstr("conv.mask")))));
}

}  // namespace
}  // namespace systerm
