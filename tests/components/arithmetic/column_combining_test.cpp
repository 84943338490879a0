// SPDX-License-Identifier: Apache-2.0
// Column combining against a naive oracle that counts rows one by one, and against published
// numbers. Source: arXiv 1811.04770 and the code published with it.
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <set>
#include <stdexcept>

#include "components/arithmetic/column_grouping.h"
#include "components/arithmetic/packing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace systerm {
namespace {

struct Matrix {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<float> values;

  MatrixView view() const { return {values, rows, columns}; }
  float at(std::size_t row, std::size_t column) const { return values[row * columns + column]; }
};

/// Weights of few magnitudes, so that ties are frequent.
Matrix random_matrix(std::mt19937& random, std::size_t rows, std::size_t columns, double density) {
  Matrix matrix{rows, columns, std::vector<float>(rows * columns, 0.0F)};
  std::uniform_real_distribution<double> share(0.0, 1.0);
  std::uniform_int_distribution<int> weight(1, 4);
  for (float& value : matrix.values) {
    if (share(random) >= density) continue;
    value = static_cast<float>(weight(random)) * (share(random) < 0.5 ? -1.0F : 1.0F);
  }
  return matrix;
}

std::int64_t nonzeros_in_row(const Matrix& matrix, std::size_t row,
                             const std::vector<std::int32_t>& group) {
  return std::ranges::count_if(group, [&](std::int32_t column) {
    return matrix.at(row, static_cast<std::size_t>(column)) != 0.0F;
  });
}

std::int64_t conflicts_of(const Matrix& matrix, const std::vector<std::int32_t>& group) {
  std::int64_t conflicts = 0;
  for (std::size_t row = 0; row < matrix.rows; ++row) {
    conflicts += std::max<std::int64_t>(nonzeros_in_row(matrix, row, group) - 1, 0);
  }
  return conflicts;
}

std::int64_t rows_of(const Matrix& matrix, const std::vector<std::int32_t>& group) {
  std::int64_t rows = 0;
  for (std::size_t row = 0; row < matrix.rows; ++row) {
    rows += nonzeros_in_row(matrix, row, group) > 0 ? 1 : 0;
  }
  return rows;
}

/// Both algorithms as their descriptions read, without any shortcut.
class Oracle {
 public:
  Oracle(const Matrix& matrix, std::size_t alpha, std::int64_t limit)
      : matrix_(matrix), alpha_(alpha), limit_(limit) {}

  ColumnGroups dense_column_first(std::vector<std::int32_t> columns) const {
    std::ranges::sort(columns, [&](std::int32_t a, std::int32_t b) {
      const std::int64_t x = rows_of(matrix_, {a});
      const std::int64_t y = rows_of(matrix_, {b});
      return x != y ? x > y : a < b;
    });
    ColumnGroups groups;
    for (const std::int32_t column : columns) {
      std::ptrdiff_t best = -1;
      std::int64_t most = -1;
      for (std::size_t g = 0; g < groups.size(); ++g) {
        const auto with = joined(groups[g], column);
        if (fits(with) && rows_of(matrix_, with) > most) {
          most = rows_of(matrix_, with);
          best = static_cast<std::ptrdiff_t>(g);
        }
      }
      if (best < 0) {
        groups.push_back({column});
      } else {
        groups[static_cast<std::size_t>(best)].push_back(column);
      }
    }
    return groups;
  }

  ColumnGroups greedy(std::vector<std::int32_t> unused) const {
    ColumnGroups groups;
    while (!unused.empty()) {
      std::vector<std::int32_t> group{unused.front()};
      unused.erase(unused.begin());
      for (;;) {
        std::int32_t best = -1;
        auto fewest = std::numeric_limits<std::int64_t>::max();
        for (const std::int32_t column : unused) {
          const auto with = joined(group, column);
          const std::int64_t empty =
              static_cast<std::int64_t>(matrix_.rows) - rows_of(matrix_, with);
          if (fits(with) && empty < fewest) {
            fewest = empty;
            best = column;
          }
        }
        if (best < 0) break;
        group.push_back(best);
        std::erase(unused, best);
      }
      groups.push_back(group);
    }
    return groups;
  }

 private:
  static std::vector<std::int32_t> joined(std::vector<std::int32_t> group, std::int32_t column) {
    group.push_back(column);
    return group;
  }
  bool fits(const std::vector<std::int32_t>& group) const {
    return group.size() <= alpha_ && conflicts_of(matrix_, group) <= limit_;
  }

  const Matrix& matrix_;
  std::size_t alpha_;
  std::int64_t limit_;
};

ColumnGroups expected_groups(const Matrix& matrix, const std::string& algorithm, std::size_t alpha,
                             std::int64_t limit, std::size_t section) {
  const Oracle oracle(matrix, alpha, limit);
  ColumnGroups all;
  for (std::size_t begin = 0; begin < matrix.columns; begin += section) {
    std::vector<std::int32_t> columns;
    for (std::size_t c = begin; c < std::min(begin + section, matrix.columns); ++c) {
      if (rows_of(matrix, {static_cast<std::int32_t>(c)}) > 0) {
        columns.push_back(static_cast<std::int32_t>(c));
      }
    }
    const ColumnGroups groups =
        algorithm == "greedy" ? oracle.greedy(columns) : oracle.dense_column_first(columns);
    all.insert(all.end(), groups.begin(), groups.end());
  }
  return all;
}

std::unique_ptr<const Packing> combining(const std::string& algorithm, int alpha, double gamma,
                                         std::int64_t section = 0) {
  return make_packing("column_combining", {algorithm, alpha, gamma, section});
}

TEST(ColumnGrouping, BothAlgorithmsGroupAsTheirDescriptionsRead) {
  std::mt19937 random(71);
  for (int trial = 0; trial < 120; ++trial) {
    const std::size_t rows = 1 + random() % 70;
    const std::size_t columns = 1 + random() % 30;
    const double density = 0.05 + 0.1 * static_cast<double>(random() % 6);
    const int alpha = 1 + static_cast<int>(random() % 9);
    const double gamma = 0.25 * static_cast<double>(random() % 8);
    const std::size_t section = trial % 3 == 0 ? 1 + random() % columns : columns;
    const Matrix matrix = random_matrix(random, rows, columns, density);
    const auto limit = static_cast<std::int64_t>(std::floor(gamma * static_cast<double>(rows)));
    for (const std::string& algorithm : grouping_names()) {
      SCOPED_TRACE(testing::Message() << algorithm << ", trial " << trial);
      const PackedMatrix packed =
          combining(algorithm, alpha, gamma, static_cast<std::int64_t>(section))
              ->pack(matrix.view());
      EXPECT_EQ(packed.groups, expected_groups(matrix, algorithm, static_cast<std::size_t>(alpha),
                                               limit, section));
    }
  }
}

TEST(ColumnCombining, KeepsOneWeightARowAndGroupAndStaysWithinItsLimits) {
  std::mt19937 random(72);
  for (int trial = 0; trial < 100; ++trial) {
    SCOPED_TRACE(trial);
    const Matrix matrix = random_matrix(random, 1 + random() % 100, 1 + random() % 50, 0.3);
    const int alpha = 1 + static_cast<int>(random() % 8);
    const double gamma = 0.5 * static_cast<double>(random() % 5);
    const PackedMatrix packed =
        combining(trial % 2 == 0 ? "greedy" : "dense_column_first", alpha, gamma)
            ->pack(matrix.view());
    std::set<std::int32_t> used;
    for (std::size_t g = 0; g < packed.groups.size(); ++g) {
      EXPECT_LE(packed.groups[g].size(), static_cast<std::size_t>(alpha));
      EXPECT_EQ(packed.conflicts[g], conflicts_of(matrix, packed.groups[g]));
      EXPECT_LE(packed.conflicts[g], std::floor(gamma * static_cast<double>(matrix.rows)));
      for (const std::int32_t column : packed.groups[g]) EXPECT_TRUE(used.insert(column).second);
    }
    const std::vector<float> kept = packed.unpacked();
    std::int64_t nonzeros = 0;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      if (kept[i] == 0.0F) continue;
      EXPECT_EQ(kept[i], matrix.values[i]);
      ++nonzeros;
    }
    const auto all = std::ranges::count_if(matrix.values, [](float v) { return v != 0.0F; });
    EXPECT_EQ(packed.nonzeros_kept, nonzeros);
    EXPECT_EQ(packed.nonzeros_kept + packed.nonzeros_pruned, all);
    for (std::size_t row = 0; row < matrix.rows; ++row) {
      for (const auto& group : packed.groups) {
        float largest = 0.0F;
        std::int32_t holder = -1;
        for (const std::int32_t column : group) {
          const float weight = matrix.at(row, static_cast<std::size_t>(column));
          if (weight != 0.0F && std::abs(weight) >= largest) {
            largest = std::abs(weight);
            holder = column;
          }
        }
        for (const std::int32_t column : group) {
          const std::size_t at = row * matrix.columns + static_cast<std::size_t>(column);
          EXPECT_EQ(kept[at], column == holder ? matrix.values[at] : 0.0F);
        }
      }
    }
  }
}

TEST(ColumnCombining, WithoutConflictsTheMatrixIsUnchanged) {
  std::mt19937 random(73);
  for (const char* algorithm : {"dense_column_first", "greedy"}) {
    const Matrix matrix = random_matrix(random, 64, 80, 0.1);
    const PackedMatrix packed = combining(algorithm, 8, 0.0)->pack(matrix.view());
    EXPECT_EQ(packed.unpacked(), matrix.values);
    EXPECT_EQ(packed.nonzeros_pruned, 0);
    EXPECT_LT(packed.groups.size(), 80U);
  }
}

// Four rows; columns a (rows 0, 1), b (row 2), c (rows 2, 3), d (row 0).
TEST(ColumnCombining, HandWorkedExample) {
  const Matrix matrix{4, 5, {5, 0, 0,  7, 0,  //
                             3, 0, 0,  0, 0,  //
                             0, 2, -2, 0, 0,  //
                             0, 0, 4,  0, 0}};
  // Counts 2, 1, 2, 1, 0: order a c b d; c joins a (4 rows, no conflict); b and d would conflict.
  const PackedMatrix tight = combining("dense_column_first", 8, 0.0)->pack(matrix.view());
  EXPECT_EQ(tight.groups, (ColumnGroups{{0, 2}, {1, 3}}));
  EXPECT_EQ(tight.nonzeros_pruned, 0);
  EXPECT_DOUBLE_EQ(tight.efficiency(), 6.0 / 8.0);
  // Two conflicts a group: all four columns in one. Row 0 keeps d's 7, row 2 the later of 2 and -2.
  const PackedMatrix loose = combining("dense_column_first", 8, 0.5)->pack(matrix.view());
  EXPECT_EQ(loose.groups, (ColumnGroups{{0, 2, 1, 3}}));
  EXPECT_THAT(loose.conflicts, testing::ElementsAre(2));
  EXPECT_THAT(loose.values, testing::ElementsAre(7, 3, 2, 4));
  EXPECT_THAT(loose.selects, testing::ElementsAre(3, 0, 2, 1));
  EXPECT_EQ(loose.nonzeros_kept, 4);
  EXPECT_EQ(loose.nonzeros_pruned, 2);
  EXPECT_DOUBLE_EQ(loose.efficiency(), 1.0);
}

TEST(ColumnCombining, CountsTilesOverNonemptyRowsAndPackedColumns) {
  PackedMatrix packed;
  packed.packed_rows = 96;
  packed.groups.resize(17);
  EXPECT_EQ(packed.tiles(32, 32), 3);
  packed.groups.resize(94);
  EXPECT_EQ(packed.tiles(32, 32), 9);
  EXPECT_EQ(packed.tiles(64, 64), 4);
}

TEST(ColumnCombining, EmptyAndNarrowMatrices) {
  const Matrix zero{3, 4, std::vector<float>(12, 0.0F)};
  const Matrix column{3, 1, {1, 0, -2}};
  for (const std::string& algorithm : grouping_names()) {
    const PackedMatrix nothing = combining(algorithm, 8, 0.5)->pack(zero.view());
    EXPECT_TRUE(nothing.groups.empty());
    EXPECT_EQ(nothing.packed_rows, 0);
    EXPECT_EQ(nothing.tiles(32, 32), 0);
    EXPECT_EQ(nothing.efficiency(), 0.0);
    EXPECT_EQ(nothing.unpacked(), zero.values);
    const PackedMatrix one = combining(algorithm, 8, 0.5)->pack(column.view());
    EXPECT_EQ(one.groups, (ColumnGroups{{0}}));
    EXPECT_EQ(one.packed_rows, 2);
    EXPECT_DOUBLE_EQ(one.efficiency(), 1.0);
  }
}

TEST(ColumnCombining, RefusesWhatIsNoNumberAndWhatNoMultiplexerHas) {
  Matrix matrix{2, 2, {1, 2, 3, std::numeric_limits<float>::quiet_NaN()}};
  for (const std::string& name : packing_names()) {
    try {
      make_packing(name, {})->pack(matrix.view());
      FAIL() << "NaN was packed by " << name;
    } catch (const std::invalid_argument& error) {
      EXPECT_STREQ(error.what(), "the value at row 1, column 1 is not a number");
    }
  }
  matrix.values[3] = -std::numeric_limits<float>::infinity();
  EXPECT_THROW(combining("greedy", 8, 0.5)->pack(matrix.view()), std::invalid_argument);
  EXPECT_THROW(combining("greedy", 0, 0.5), std::invalid_argument);
  EXPECT_THROW(combining("greedy", kMaxAlpha + 1, 0.5), std::invalid_argument);
  EXPECT_THROW(combining("greedy", 8, -0.1), std::invalid_argument);
  EXPECT_THROW(combining("greedy", 8, std::nan("")), std::invalid_argument);
  EXPECT_THROW(combining("greedy", 8, 0.5, -1), std::invalid_argument);
  EXPECT_THROW(combining("random", 8, 0.5), std::invalid_argument);
}

// Published trends: random 128 x 128 matrices, `greedy`, gamma 0.5; percent, within two points.
struct Trend {
  double density;
  int alpha;
  double efficiency;
};

class PublishedTrend : public testing::TestWithParam<Trend> {};

TEST_P(PublishedTrend, ComesOutWithinTwoPoints) {
  constexpr int kMatrices = 20;
  std::mt19937 random(74);
  double sum = 0.0;
  for (int trial = 0; trial < kMatrices; ++trial) {
    const Matrix matrix = random_matrix(random, 128, 128, GetParam().density);
    sum += 100.0 * combining("greedy", GetParam().alpha, 0.5)->pack(matrix.view()).efficiency();
  }
  EXPECT_NEAR(sum / kMatrices, GetParam().efficiency, 2.0);
}

INSTANTIATE_TEST_SUITE_P(ColumnCombining, PublishedTrend,
                         testing::Values(Trend{.3, 1, 30.6}, Trend{.3, 2, 54.8}, Trend{.3, 4, 83.3},
                                         Trend{.3, 8, 84.9}, Trend{.3, 16, 84.9},
                                         Trend{.16, 1, 16.4}, Trend{.16, 2, 31.5},
                                         Trend{.16, 4, 56.4}, Trend{.16, 8, 82.2},
                                         Trend{.16, 16, 85.4}));

TEST(PackGroups, InTheGroupsOfAnAlgorithmIsThatPacking) {
  std::mt19937 random(5);
  const Matrix sparse = random_matrix(random, 48, 70, 0.2);
  const MatrixView matrix = sparse.view();
  const PackedMatrix chosen = make_packing("column_combining", {.gamma = 1.0})->pack(matrix);
  const PackedMatrix given = pack_groups(matrix, chosen.groups, chosen.alpha);
  EXPECT_EQ(given.values, chosen.values);
  EXPECT_EQ(given.selects, chosen.selects);
  EXPECT_EQ(given.conflicts, chosen.conflicts);
  EXPECT_EQ(given.nonzeros_kept, chosen.nonzeros_kept);
  EXPECT_EQ(given.nonzeros_pruned, chosen.nonzeros_pruned);
  EXPECT_EQ(given.efficiency(), chosen.efficiency());
}

TEST(PackGroups, RefusesGroupsThatAreNoneOfTheMatrix) {
  const std::vector<float> weights = {1, 0, 2, 0, 0, 3};
  const MatrixView matrix{weights, 2, 3};
  const auto message = [&](ColumnGroups groups, int alpha) -> std::string {
    try {
      pack_groups(matrix, std::move(groups), alpha);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(message({{2, 0}}, 2), "accepted");  // column 1 is empty
  EXPECT_EQ(message({{0, 1, 2}}, 2), "group 0 has 3 columns, more than alpha, 2");
  EXPECT_EQ(message({{0}, {3}}, 2), "group 1 has column 3; there are 3");
  EXPECT_EQ(message({{0, 2}, {-1}}, 2), "group 1 has column -1; there are 3");
  EXPECT_EQ(message({{0, 2}, {0}}, 2), "column 0 is in two groups");
  EXPECT_EQ(message({{0}}, 2), "column 2 has weights and is in no group");
  EXPECT_EQ(message({}, 0), "alpha must be 1 to 256, not 0");
}

}  // namespace
}  // namespace systerm
