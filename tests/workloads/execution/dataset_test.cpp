// SPDX-License-Identifier: Apache-2.0
#include "workloads/data/dataset.h"

#include <numeric>

#include <gmock/gmock.h>

#include "tests/workloads/execution/temporary_file.h"
#include "workloads/data/data_error.h"
#include "workloads/data/npy.h"

namespace systerm {
namespace {

using test::TemporaryFile;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

Dataset counting(std::vector<std::int64_t> sample_shape, std::int64_t count) {
  Dataset dataset{"data.npy", count, std::move(sample_shape), {}};
  dataset.values.resize(static_cast<std::size_t>(count * dataset.sample_elements()));
  std::iota(dataset.values.begin(), dataset.values.end(), 0.0F);
  return dataset;
}

TEST(Dataset, RealValueIsStoredMinusOffsetTimesScale) {
  const TemporaryFile file("");
  write_npy(file.path(), {{2, 2}, std::vector<std::int8_t>{83, 84, -128, 127}});
  const Dataset dataset = load_dataset(file.path(), 83, 0.5847029);
  EXPECT_EQ(dataset.count, 2);
  EXPECT_THAT(dataset.sample_shape, ElementsAre(2));
  EXPECT_THAT(dataset.values, ElementsAre(0.0F, 0.5847029F, static_cast<float>(-211 * 0.5847029),
                                          static_cast<float>(44 * 0.5847029)));
}

TEST(Dataset, ABatchHasItsSamplesAndAnAxisThatCountsThem) {
  const Dataset dataset = counting({2, 1}, 3);
  const Tensor batch = dataset.batch(1, 2);
  EXPECT_THAT(batch.shape, ElementsAre(2, 2, 1));
  EXPECT_THAT(batch.values, ElementsAre(2, 3, 4, 5));
  EXPECT_THROW(dataset.batch(2, 2), std::out_of_range);
  EXPECT_THROW(dataset.batch(-1, 1), std::out_of_range);
}

TEST(Dataset, AxesOfLengthOneDoNotCount) {
  const std::vector<std::int64_t> input{1, 1, 49, 10};
  const Dataset adapted = adapt_to_input(counting({49, 10}, 2), input);
  EXPECT_THAT(adapted.sample_shape, ElementsAre(1, 49, 10));
  EXPECT_EQ(adapted.values, counting({49, 10}, 2).values);
}

TEST(Dataset, FlatInputsTakeValuesInOrder) {
  EXPECT_EQ(adapt_to_input(counting({28, 28}, 1), std::vector<std::int64_t>{7, 784}).values,
            counting({784}, 1).values);
}

TEST(Dataset, ImagesWithChannelsLastAreTransposed) {
  const Dataset adapted =
      adapt_to_input(counting({2, 2, 3}, 1), std::vector<std::int64_t>{1, 3, 2, 2});
  EXPECT_THAT(adapted.values, ElementsAre(0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11));
  EXPECT_THAT(adapted.sample_shape, ElementsAre(3, 2, 2));
}

TEST(Dataset, EqualShapesStayAsTheyAre) {
  EXPECT_EQ(adapt_to_input(counting({3, 3, 3}, 2), std::vector<std::int64_t>{1, 3, 3, 3}).values,
            counting({3, 3, 3}, 2).values);
}

TEST(Dataset, ShapesThatDoNotFitAreBothNamed) {
  EXPECT_THAT(
      [] {
        adapt_to_input(counting({32, 3, 32}, 1), std::vector<std::int64_t>{1, 3, 32, 32});
      },
      ThrowsMessage<DataError>(
          AllOf(HasSubstr("data.npy"), HasSubstr("(32, 3, 32)"), HasSubstr("(3, 32, 32)"))));
  EXPECT_THROW(adapt_to_input(counting({10}, 1), std::vector<std::int64_t>{1, 12}), DataError);
}

TEST(Labels, AreOneAxisOfIntegers) {
  const TemporaryFile file("");
  write_npy(file.path(), {{3}, std::vector<std::uint8_t>{4, 0, 255}});
  EXPECT_THAT(load_labels(file.path()), ElementsAre(4, 0, 255));
  write_npy(file.path(), {{3}, std::vector<float>{4, 0, 1}});
  EXPECT_THAT([&] { load_labels(file.path()); }, ThrowsMessage<DataError>(HasSubstr("reals")));
  write_npy(file.path(), {{3, 1}, std::vector<std::uint8_t>{4, 0, 1}});
  EXPECT_THROW(load_labels(file.path()), DataError);
}

TEST(Dataset, TheContentTellsTheFormat) {
  EXPECT_THAT([] { load_dataset(TemporaryFile("# csv\n1,2\n").path()); },
              ThrowsMessage<DataError>(HasSubstr("neither an NPY, an NPZ nor an IDX file")));
  const auto images = test::shared_data("mnist/t10k-images-idx3-ubyte.gz");
  if (!images) GTEST_SKIP() << "shared data absent";
  const Dataset dataset = load_dataset(*images, 0, 1.0 / 255);
  EXPECT_EQ(dataset.count, 10000);
  EXPECT_EQ(*std::max_element(dataset.values.begin(), dataset.values.end()), 1.0F);
}

}  // namespace
}  // namespace systerm
