// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/retention_check.h"

#include <gmock/gmock.h>

namespace systerm {
namespace {

Design with_edram(double retention_seconds) {
  Design design;
  design.clock_hz = 500e6;
  design.data_buffer.memory = "edram";
  design.data_buffer.edram.retention_seconds = retention_seconds;
  return design;
}

TEST(RetentionCheck, ReportsABufferOnceWhateverTheNumberOfLayers) {
  const Design design = with_edram(40e-9);
  RetentionCheck check(design);
  check.add("conv1", 8);
  check.add("conv2", 24);
  check.add("fc", 64);
  EXPECT_THAT(
      check.problems(),
      testing::ElementsAre(
          "data_buffer.edram: at 85 degrees a row keeps its data for 20 cycles, but a beat "
          "of layer 'fc' and 1 more takes 64; increase data_buffer.edram.retention or lower "
          "data_buffer.edram.temperature"));
}

TEST(RetentionCheck, KeepingDataForExactlyABeatIsEnough) {
  const Design exact = with_edram(40e-9);
  RetentionCheck enough(exact);
  enough.add("conv", 20);
  EXPECT_THAT(enough.problems(), testing::IsEmpty());
  RetentionCheck short_by_one(exact);
  short_by_one.add("conv", 21);
  EXPECT_EQ(short_by_one.problems().size(), 1U);
}

TEST(RetentionCheck, HeatShortensRetention) {
  Design design = with_edram(80e-9);
  RetentionCheck check(design);
  check.add("conv", 30);
  EXPECT_THAT(check.problems(), testing::IsEmpty());
  design.data_buffer.edram.celsius = 95;
  EXPECT_EQ(check.problems().size(), 1U);
}

TEST(RetentionCheck, NamesEveryBufferWithItsKey) {
  Design design = with_edram(10e-9);
  design.weight_buffer.memory = "edram";
  design.weight_buffer.edram.retention_table = {{25, 20e-9}, {85, 10e-9}};
  RetentionCheck check(design);
  check.add("conv", 16);
  EXPECT_THAT(check.problems(),
              testing::ElementsAre(testing::HasSubstr("weight_buffer.edram.retention_table"),
                                   testing::HasSubstr("data_buffer.edram.retention")));
}

TEST(RetentionCheck, LeavesOtherMemoriesAlone) {
  Design design = with_edram(10e-9);
  design.data_buffer.memory = "sram";
  RetentionCheck check(design);
  check.add("conv", 16);
  EXPECT_THAT(check.problems(), testing::IsEmpty());
}

}  // namespace
}  // namespace systerm
