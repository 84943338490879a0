// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>

#include "components/arithmetic/packing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace systerm {
namespace {

// A packing from outside the library: keeps the first column alone.
class FirstColumnOnly final : public Packing {
 public:
  explicit FirstColumnOnly(const PackingParameters& parameters) : Packing(parameters) {}
  std::string_view name() const override { return "first_column_only"; }
  PackedMatrix pack(const MatrixView& matrix) const override {
    PackedMatrix packed;
    packed.rows = matrix.rows;
    packed.columns = matrix.columns;
    packed.groups = {{0}};
    for (std::size_t row = 0; row < matrix.rows; ++row) packed.values.push_back(matrix.at(row, 0));
    packed.selects.assign(matrix.rows, 0);
    return packed;
  }
};

TEST(PackingRegistry, KnowsTheBuiltInPackingsInAlphabeticalOrder) {
  EXPECT_THAT(packing_names(), testing::ElementsAre("column_combining", "none"));
  for (const std::string& name : packing_names()) EXPECT_EQ(make_packing(name, {})->name(), name);
}

TEST(PackingRegistry, TakesAPackingFromOutside) {
  register_packing("first_column_only",
                   [](const PackingParameters& p) { return std::make_unique<FirstColumnOnly>(p); });
  const std::vector<float> values = {1, 2, 3, 4};
  EXPECT_THAT(make_packing("first_column_only", {})->pack({values, 2, 2}).unpacked(),
              testing::ElementsAre(1, 0, 3, 0));
}

TEST(PackingRegistry, RefusesANameTwiceAnEmptyFactoryAndUnknownNames) {
  EXPECT_THROW(
      register_packing(
          "none", [](const PackingParameters& p) { return std::make_unique<FirstColumnOnly>(p); }),
      std::invalid_argument);
  EXPECT_THROW(register_packing("nothing", nullptr), std::invalid_argument);
  try {
    make_packing("column_combinig", {});
    FAIL() << "an unknown name was accepted";
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("known are column_combining, "));
  }
}

TEST(NoPacking, KeepsEveryRowAndColumn) {
  const std::vector<float> values = {0, 0, 0, 0, 5, 0};
  const PackedMatrix packed = make_packing("none", {})->pack({values, 2, 3});
  EXPECT_EQ(packed.groups, (ColumnGroups{{0}, {1}, {2}}));
  EXPECT_EQ(packed.packed_rows, 2);
  EXPECT_EQ(packed.unpacked(), values);
  EXPECT_EQ(packed.nonzeros_kept, 1);
  EXPECT_DOUBLE_EQ(packed.efficiency(), 1.0 / 6.0);
  EXPECT_EQ(packed.tiles(1, 2), 4);
}

}  // namespace
}  // namespace systerm
