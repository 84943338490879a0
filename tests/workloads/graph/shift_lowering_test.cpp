// SPDX-License-Identifier: Apache-2.0
// Shifts of channels become part of the convolutions that read them, and compute what the graph
// says either way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/workloads/graph/lower_and_compare.h"

namespace systerm {
namespace {

using testing::ElementsAre;

/// All nine ways in turn.
op::Shift shift_of(std::int64_t channels) {
  op::Shift shift;
  for (int channel = 0; channel < channels; ++channel) {
    shift.offsets.push_back({.row = channel / 3 % 3 - 1, .column = channel % 3 - 1});
  }
  return shift;
}

std::vector<std::string> types(const Network& network) {
  std::vector<std::string> result;
  for (const Layer& layer : network.layers) result.push_back(layer.type);
  return result;
}

TEST(ShiftLowering, AConvolutionOfOnePositionReadsEveryChannelWhereItsShiftSays) {
  GraphBuilder b;
  TensorId x = b.node("shift1", shift_of(10), {b.input("x", {2, 10, 5, 7})});
  x = b.relu("relu", b.batch_norm("norm", b.pointwise("conv1", x, 12)));
  x = b.node("shift2", shift_of(12), {x});
  x = b.convolution("conv2", x, 4, {.stride_height = 2, .stride_width = 2});
  const Network network = lower_and_compare(b, x);
  EXPECT_THAT(types(network), ElementsAre("shift_convolution", "shift_convolution"));
  const Gemm& gemm = *network.layers[0].gemm();
  EXPECT_EQ(gemm.k, 10);
  EXPECT_EQ(gemm.positions(), 1);
  // Channel 0 moves up and left: it comes from below and from the right.
  EXPECT_EQ(gemm.taps[0], (ChannelTap{2, 2}));
  EXPECT_EQ(gemm.taps[4], (ChannelTap{1, 1}));
  EXPECT_EQ(network.layers[1].gemm()->m, 2 * 3 * 4);
}

TEST(ShiftLowering, TwoConvolutionsAndAResidualConnectionMayReadTheSameImage) {
  GraphBuilder b;
  const TensorId image = b.pointwise("stem", b.input("x", {1, 3, 4, 4}), 9);
  const TensorId shifted = b.node("shift", shift_of(9), {image});
  const TensorId left = b.pointwise("left", shifted, 9);
  const TensorId right = b.pointwise("right", shifted, 9);
  const Network network = lower_and_compare(b, b.add("sum", b.add("both", left, right), image));
  EXPECT_EQ(network.layers[1].type, "shift_convolution");
  EXPECT_EQ(network.layers[2].type, "shift_convolution");
}

TEST(ShiftLowering, WhereOthersReadItTheElementsMove) {
  GraphBuilder b;
  TensorId x = b.node("shift", shift_of(9), {b.input("x", {2, 9, 4, 5})});
  x = b.convolution("conv", x, 3, {.kernel_height = 3, .kernel_width = 3});
  EXPECT_THAT(types(lower_and_compare(b, x)), ElementsAre("rearrangement", "convolution"));

  GraphBuilder twice;
  x = twice.node("first", shift_of(9), {twice.input("x", {1, 9, 4, 5})});
  x = twice.node("second", shift_of(9), {x});
  EXPECT_THAT(types(lower_and_compare(twice, twice.pointwise("conv", x, 2))),
              ElementsAre("rearrangement", "shift_convolution"));

  GraphBuilder output;
  x = output.node("shift", shift_of(9), {output.input("x", {1, 9, 4, 5})});
  EXPECT_THAT(types(lower_and_compare(output, x)), ElementsAre("rearrangement"));
}

TEST(ShiftLowering, RefusesOffsetsThatDoNotFit) {
  GraphBuilder b;
  const TensorId x = b.input("x", {1, 4, 3, 3});
  EXPECT_THROW(b.node("few", shift_of(3), {x}), GraphError);
  op::Shift far = shift_of(4);
  far.offsets[1].row = 2;
  EXPECT_THROW(b.node("far", far, {x}), GraphError);
}

}  // namespace
}  // namespace systerm
