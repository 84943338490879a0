// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/classification.h"

#include <stdexcept>

#include <gmock/gmock.h>

namespace systerm {
namespace {

using testing::ElementsAre;

TEST(Classification, TakesTheLargestLogitAndTheFirstOfEquals) {
  const FeatureCodes codes{{.images = 2, .channels = 3}, {-5, 7, 7, -1, -2, -3}};
  EXPECT_THAT(classify(codes), ElementsAre(1, 0));
  EXPECT_THAT(classify(FeatureCodes{{.width = 2, .channels = 3}, codes.codes}), ElementsAre(1, 0));
  EXPECT_THAT(classify(Tensor{{2, 3, 1, 1}, {0, 1, 2, 5, 4, 3}}), ElementsAre(2, 0));
}

TEST(Classification, RefusesImages) {
  EXPECT_THROW(classify(FeatureCodes{{.height = 2, .channels = 1}, {0, 1}}), std::invalid_argument);
  EXPECT_THROW(classify(Tensor{{1, 2, 2}, {0, 1, 2, 3}}), std::invalid_argument);
  EXPECT_THROW(classify(Tensor{{3}, {0, 1, 2}}), std::invalid_argument);
}

TEST(Classification, CountsHits) {
  const std::vector<std::int64_t> predictions{1, 2, 3};
  const std::vector<std::int64_t> labels{1, 0, 3, 9};
  EXPECT_EQ(count_correct(predictions, labels), 2);
  EXPECT_THROW(count_correct(labels, predictions), std::invalid_argument);
}

}  // namespace
}  // namespace systerm
