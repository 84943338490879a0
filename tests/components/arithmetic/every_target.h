// SPDX-License-Identifier: Apache-2.0
// Repeats a test for every SIMD target of this machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <hwy/targets.h>

#include "gtest/gtest.h"

namespace systerm {

inline std::vector<std::int64_t> targets_of_this_machine() {
  std::vector<std::int64_t> targets;
  const std::int64_t supported = hwy::SupportedTargets();
  for (const std::int64_t target :
       {std::int64_t{HWY_SSSE3}, std::int64_t{HWY_SSE4}, std::int64_t{HWY_AVX2},
        std::int64_t{HWY_AVX3}, std::int64_t{HWY_NEON}}) {
    if ((supported & target) != 0) targets.push_back(target);
  }
  targets.push_back(HWY_EMU128);
  return targets;
}

class TargetTest : public testing::TestWithParam<std::int64_t> {
 protected:
  void SetUp() override { use(GetParam()); }
  void TearDown() override { use(0); }

 private:
  static void use(std::int64_t targets) {
    hwy::SetSupportedTargetsForTest(targets);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

inline std::string target_name(const testing::TestParamInfo<std::int64_t>& info) {
  return hwy::TargetName(info.param);
}

}  // namespace systerm
