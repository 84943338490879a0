// SPDX-License-Identifier: Apache-2.0
// Scaling of logic against published checks of Stillmaker and Baas' equations.
#include "components/cost/scaling.h"

#include <gtest/gtest.h>

namespace systerm {
namespace {

TEST(Scaling, GivesThePublishedFactorsBetweenNodes) {
  EXPECT_NEAR(energy_factor({45, 0.8}, {22, 0.8}), 0.294, 0.0005);
  EXPECT_NEAR(energy_factor({65, 0.8}, {28, 0.8}), 0.414, 0.0005);
  EXPECT_NEAR(area_factor(45, 22), 0.252, 0.0005);
  // The published table of this pair is rounded to two digits before it is interpolated.
  EXPECT_NEAR(area_factor(65, 28), 0.253, 0.0025);
}

TEST(Scaling, IsOneAtTheSameProcessAndInverseTheOtherWay) {
  EXPECT_EQ(energy_factor({500, 3.3}, {500, 3.3}), 1.0);
  EXPECT_DOUBLE_EQ(energy_factor({45, 0.9}, {16, 0.7}) * energy_factor({16, 0.7}, {45, 0.9}), 1.0);
  EXPECT_DOUBLE_EQ(area_factor(45, 16) * area_factor(16, 45), 1.0);
}

TEST(Scaling, OlderNodesAndHigherVoltagesCostMore) {
  for (double node = kSmallestNode; node < kLargestNode; node += 0.5) {
    EXPECT_GT(energy_factor({45, 0.9}, {node + 0.5, 0.9}), energy_factor({45, 0.9}, {node, 0.9}))
        << node;
    EXPECT_GT(area_factor(45, node + 0.5), area_factor(45, node)) << node;
    EXPECT_GT(energy_factor({45, 0.9}, {node, 1.0}), energy_factor({45, 0.9}, {node, 0.9})) << node;
  }
}

TEST(Scaling, RefusesWhatTheEquationsDoNotCover) {
  EXPECT_FALSE(scaling_refuses({7, 0.8}));
  EXPECT_FALSE(scaling_refuses({130, 1.2}));
  EXPECT_TRUE(scaling_refuses({5, 0.8}));
  EXPECT_TRUE(scaling_refuses({180, 1.2}));
  // The fit of 65 nm turns upwards below 0.59 V.
  EXPECT_FALSE(scaling_refuses({65, 0.6}));
  EXPECT_TRUE(scaling_refuses({65, 0.55}));
}

}  // namespace
}  // namespace systerm
