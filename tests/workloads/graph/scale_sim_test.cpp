// SPDX-License-Identifier: Apache-2.0
// SCALE-Sim topologies and inline GEMM lists.
#include "workloads/import/scale_sim.h"

#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace systerm {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kHeader =
    "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, "
    "Strides,\n";

std::string error_of(const std::string& text) {
  try {
    parse_scale_sim(text, "net.csv");
  } catch (const ImportError& error) {
    return error.what();
  }
  return "";
}

// The first layers of the ResNet-18 topology that comes with SCALE-Sim: inputs are given padded.
TEST(ScaleSim, ReadsConvolutions) {
  const Network network = parse_scale_sim(std::string(kHeader) +
                                              "Conv1, 224, 224, 7, 7, 3, 64, 2,\r\n"
                                              "\n"
                                              "Conv2_1a, 58, 58, 3, 3, 64, 64, 1,\n"
                                              "Conv3_1s, 56, 56, 1, 1, 64, 128, 2",
                                          "resnet.csv");
  EXPECT_EQ(network.name, "resnet");
  EXPECT_EQ(network.source, "scale-sim");
  ASSERT_EQ(network.layers.size(), 3U);
  EXPECT_FALSE(network.has_weights());
  const Gemm& second = *network.layers[1].gemm();
  EXPECT_EQ(network.layers[1].name, "Conv2_1a");
  EXPECT_EQ(second.m, 56 * 56);
  EXPECT_EQ(second.k, 576);
  EXPECT_EQ(second.n, 64);
  EXPECT_EQ(network.layers[2].type, "pointwise_convolution");
  EXPECT_EQ(network.inputs.size(), 3U);
}

// SCALE-Sim: ceil((ifmap - filter + stride) / stride) = ceil((224 - 7 + 2) / 2) = 110.
TEST(ScaleSim, RoundsOutputExtentsUp) {
  const Network network =
      parse_scale_sim(std::string(kHeader) + "Conv1, 224, 224, 7, 7, 3, 64, 2,\n", "a.csv");
  EXPECT_EQ(network.layers[0].gemm()->m, 110 * 110);
  EXPECT_EQ(network.layers[0].gemm()->window.pad_bottom, 1);
  EXPECT_EQ(network.layers[0].gemm()->window.pad_top, 0);
}

TEST(ScaleSim, StridesMayBeLeftOutOrSplit) {
  const Network plain = parse_scale_sim(
      "Layer, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter\n"
      "a, 5, 5, 3, 3, 1, 1\n",
      "a.csv");
  EXPECT_EQ(plain.layers[0].gemm()->m, 9);
  const Network split = parse_scale_sim(
      "Layer, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, "
      "Stride Height, Stride Width,\na, 5, 5, 3, 3, 1, 1, 2, 1,\n",
      "a.csv");
  EXPECT_EQ(split.layers[0].gemm()->m, 2 * 3);
}

TEST(ScaleSim, ReadsGemmsInTheOrderOfTheHeader) {
  const Network network = parse_scale_sim("Layer,M,N,K,\nTF0,31999,84,1024,\n", "gemm.csv", 2);
  const Gemm& gemm = *network.layers[0].gemm();
  EXPECT_EQ(network.layers[0].type, "gemm");
  EXPECT_EQ(gemm.m, 2 * 31999);
  EXPECT_EQ(gemm.n, 84);
  EXPECT_EQ(gemm.k, 1024);
}

TEST(ScaleSim, ReportsErrorsWithLineAndColumn) {
  const std::string header = kHeader;
  EXPECT_THAT(error_of(header + "a, 5, 5, 3, x3, 1, 1, 1,\n"),
              AllOf(HasSubstr("net.csv:2:13: "), HasSubstr("'x3'")));
  EXPECT_THAT(error_of(header + "a, 5, 5, 3, 3, 1, 0, 1,\n"), HasSubstr("net.csv:2:19: "));
  EXPECT_THAT(error_of(header + "a, 5, 5, 3, 3, 1, 1.5, 1,\n"), HasSubstr("'1.5'"));
  EXPECT_THAT(error_of(header + "a, 5, 5, 3, 3, 1\n"), HasSubstr("net.csv:2:"));
  EXPECT_THAT(error_of(header + "a, 5, 5, 3, 3, 1, 1, 1, 9,\n"), HasSubstr("net.csv:2:25: '9'"));
  EXPECT_THAT(error_of(header + "a, 5, 5, 6, 3, 1, 1, 1,\n"),
              AllOf(HasSubstr("net.csv:2:10: "), HasSubstr("does not fit")));
  EXPECT_THAT(error_of(header + ", 5, 5, 3, 3, 1, 1, 1,\n"), HasSubstr("has no name"));
  EXPECT_THAT(error_of(header + "a,5,5,3,3,1,1,1,\na,5,5,3,3,1,1,1,\n"),
              AllOf(HasSubstr("net.csv:3:1: "), HasSubstr("line 2")));
  EXPECT_THAT(error_of("a, 5, 5, 3, 3, 1, 1, 1,\n"),
              AllOf(HasSubstr("net.csv:1:1: "), HasSubstr("IFMAP Height")));
  EXPECT_THAT(error_of("Layer, M, N,\n"), HasSubstr("a column is missing"));
  EXPECT_THAT(error_of(header), HasSubstr("no layer"));
  EXPECT_THAT(error_of(""), HasSubstr("expected the header"));
  EXPECT_THAT(error_of("Layer,M,N,K\na,1000000000,1000000000,1000000000\n"), HasSubstr("2^63"));
  EXPECT_THAT(error_of("Layer,M,N,K\na,99999999999999999999,1,1\n"), HasSubstr("net.csv:2:3: "));
}

TEST(ScaleSim, MissingFileIsNamed) {
  EXPECT_THROW(import_scale_sim("/nonexistent/net.csv"), ImportError);
  EXPECT_THROW(import_scale_sim("/"), ImportError);
}

TEST(GemmNetwork, MakesIndependentLayers) {
  const Network network = gemm_network("list", {{"a", 4, 8, 16, 1}, {"b", 4, 8, 16, 3}});
  validate(network);
  EXPECT_EQ(network.macs(), 4 * 8 * 16 * (1 + 3));
  EXPECT_EQ(network.source, "inline");
  EXPECT_EQ(network.feature(network.layers[1].inputs[0]).shape.channels, 24);
  EXPECT_EQ(network.feature(network.layers[1].output).shape.channels, 48);
}

TEST(GemmNetwork, RefusesWhatIsNoGemm) {
  EXPECT_THROW(gemm_network("list", {}), ImportError);
  EXPECT_THROW(gemm_network("list", {{"a", 0, 1, 1, 1}}), ImportError);
  EXPECT_THROW(gemm_network("list", {{"", 1, 1, 1, 1}}), ImportError);
  EXPECT_THROW(gemm_network("list", {{"a", 1, 1, 1, 1}, {"a", 1, 1, 1, 1}}), ImportError);
  const std::int64_t huge = std::numeric_limits<std::int64_t>::max() / 2;
  EXPECT_THROW(gemm_network("list", {{"a", huge, huge, 1, 1}}), ImportError);
}

}  // namespace
}  // namespace systerm
