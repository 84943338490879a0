// SPDX-License-Identifier: Apache-2.0
#include "model/training/precision_trace.h"

#include <stdexcept>

#include <gtest/gtest.h>

#include "model/training/staircase_picture.h"

namespace systerm {
namespace {

const std::vector<std::string> kLayers{"conv1", "fc"};

PrecisionTrace example() {
  PrecisionTrace trace(kLayers);
  for (std::int64_t i = 0; i < 10; ++i) {
    trace.add(0, i, {2, 2, i < 6 ? 2 : 4});
    trace.add(1, i, {i < 3 ? 2 : 4, 2, 4});
  }
  return trace;
}

TEST(PrecisionTrace, KeepsChangesAlone) {
  EXPECT_EQ(example().csv(),
            "iteration,layer,weights,activations,gradients\n"
            "1,conv1,2,2,2\n"
            "1,fc,2,2,4\n"
            "4,fc,4,2,4\n"
            "7,conv1,2,2,4\n");
}

TEST(PrecisionTrace, ReadsWhatItWrites) {
  const PrecisionTrace trace = parse_precision_trace(example().csv(), "t", kLayers);
  EXPECT_EQ(trace.csv(), example().csv());
  EXPECT_EQ(trace.at(1, 2), (LayerPrecision{2, 2, 4}));
  EXPECT_EQ(trace.at(1, 3), (LayerPrecision{4, 2, 4}));
  EXPECT_EQ(trace.at(0, 999), (LayerPrecision{2, 2, 4}));
}

std::string error_of(const std::string& rows) {
  try {
    parse_precision_trace("iteration,layer,weights,activations,gradients\n" + rows, "t.csv",
                          kLayers);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(PrecisionTrace, SaysWhereItIsWrong) {
  EXPECT_EQ(error_of("1,conv1,2,2,2\n1,fd,2,2,2\n"),
            "t.csv:3: unknown layer 'fd'; did you mean 'fc'?");
  EXPECT_EQ(error_of("1,conv1,2,x,2\n"),
            "t.csv:2: activations: expected an integer from 1 to 7, got 'x'");
  EXPECT_EQ(error_of("0,conv1,2,2,2\n"),
            "t.csv:2: iteration: expected an integer from 1 to 1099511627776, got '0'");
  EXPECT_EQ(error_of("1,conv1,2,2\n"), "t.csv:2: expected 5 values, got 4");
  EXPECT_EQ(error_of("1,conv1,2,2,2\n"), "t.csv: no row for layer 'fc'");
}

TEST(StaircasePicture, DrawsARunOfEqualPrecisionOnce) {
  const std::string svg = staircase_picture("run", example(), 10).file();
  const auto contains = [&](const std::string& text) { return svg.find(text) != svg.npos; };
  EXPECT_TRUE(contains("conv1, weights: 2 mantissa bits in iterations 1 to 10"));
  EXPECT_TRUE(contains("conv1, gradients: 2 mantissa bits in iterations 1 to 6"));
  EXPECT_TRUE(contains("conv1, gradients: 4 mantissa bits in iterations 7 to 10"));
  EXPECT_TRUE(contains("fc, weights: 4 mantissa bits in iterations 4 to 10"));
  EXPECT_TRUE(contains("m = 2"));
  EXPECT_TRUE(contains("m = 4"));
  EXPECT_FALSE(contains("m = 3"));
}

}  // namespace
}  // namespace systerm
