// SPDX-License-Identifier: Apache-2.0
// Cells of column combining: closed forms and packed values against an array stepped bit by bit.
#include <random>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "components/arithmetic/packing.h"
#include "components/array/array_timing.h"
#include "components/array/cell.h"
#include "components/array/stream_timing.h"
#include "tests/support/stepped_stream_array.h"

namespace systerm {
namespace {

using test::step_stream_array;
using test::StreamResult;
using test::StreamWeight;

class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(engine_);
  }

 private:
  std::mt19937 engine_;
};

/// Uniform with `group_size` weights a cell.
std::unique_ptr<const Format> uniform(int group_size) {
  FormatParameters parameters;
  parameters.group_size = group_size;
  return make_format("uniform", parameters);
}

// Published for 8-bit words and 32-bit sums; k-th pixel, row r, W columns, H rows, P pixels.
TEST(StreamTiming, IsThePublishedClosedForm) {
  const StreamArray array{.columns = 13, .rows = 7};
  EXPECT_EQ(array.first_result_bit(5, 3), 8 * 5 + 3 + 13);
  EXPECT_EQ(array.last_result_bit(5, 3), 8 * 5 + 3 + 13 + 31);
  EXPECT_EQ(array.last_bit(100), 8 * 100 + 13 + 7 + 22);
  EXPECT_EQ(array.pass_cycles(100), 8 * 100 + 13 + 7 + 27);
  EXPECT_EQ(array.weight_load_cycles(), 7 + 2);
  EXPECT_EQ(array.interleaved_macs(), 4);
}

TEST(StreamTiming, EveryBitOfTheSteppedArrayComesWhenItSaysWithTheRightValue) {
  Random random(31);
  for (int trial = 0; trial < 150; ++trial) {
    SCOPED_TRACE(trial);
    StreamArray array;
    array.columns = random.between(1, 9);
    array.rows = random.between(1, 9);
    const std::int64_t data_bits = trial % 2 == 0 ? 8 : random.between(2, 8);
    array.sum_bits = trial % 2 == 0 ? 32 : random.between(data_bits, 32);
    // A third of the arrays is balanced: one MAC, and words as far apart as a sum is long.
    const bool balanced = trial % 3 == 0;
    array.word_bits = balanced ? array.sum_bits : data_bits;
    const std::int64_t macs = array.interleaved_macs();
    const std::int64_t streams = balanced ? 1 : random.between(1, 8);
    const std::int64_t words = random.between(1, 12);

    std::vector<StreamWeight> weights;
    for (std::int64_t i = 0; i < array.rows * array.columns; ++i) {
      weights.push_back({static_cast<std::uint32_t>(random.between(0, 255)),
                         random.between(0, 1) == 1,
                         static_cast<std::size_t>(random.between(0, streams - 1))});
    }
    std::vector<std::uint32_t> data;
    for (std::int64_t i = 0; i < words * array.columns * streams; ++i) {
      data.push_back(static_cast<std::uint32_t>(random.between(0, (1 << data_bits) - 1)));
    }
    const std::vector<StreamResult> results =
        step_stream_array(array, macs, streams, data_bits, weights, data, words);
    std::int64_t last = 0;
    for (std::int64_t word = 0; word < words; ++word) {
      for (std::int64_t row = 0; row < array.rows; ++row) {
        std::uint32_t expected = 0;
        for (std::int64_t column = 0; column < array.columns; ++column) {
          const StreamWeight& weight =
              weights[static_cast<std::size_t>(row * array.columns + column)];
          const std::uint32_t product =
              weight.magnitude *
              data[static_cast<std::size_t>((word * array.columns + column) * streams) +
                   weight.select];
          expected += weight.is_negative ? 0U - product : product;
        }
        if (array.sum_bits < 32) expected &= (1U << array.sum_bits) - 1;
        const StreamResult& result = results[static_cast<std::size_t>(word * array.rows + row)];
        EXPECT_EQ(result.value, expected);
        EXPECT_EQ(result.first_bit, array.first_result_bit(word, row));
        EXPECT_EQ(result.last_bit, array.last_result_bit(word, row));
        last = std::max(last, result.last_bit);
      }
    }
    EXPECT_EQ(last, array.last_bit(words));
  }
}

TEST(StreamTiming, FewerMacsThanInterleavingNeedsCannotKeepUp) {
  const StreamArray array{.columns = 1, .rows = 1};
  EXPECT_THROW(step_stream_array(array, 3, 1, 8, {{1, false, 0}}, {1, 2, 3, 4}, 4),
               std::logic_error);
}

TEST(StreamCells, APassOfTheArrayTakesThePublishedCycles) {
  Random random(32);
  const auto format = uniform(1);
  ArrayConfig config;
  config.skew = Skew::kHop;
  config.sum_hop_cycles = config.data_hop_cycles = 1;
  for (const auto& [name, word] :
       {std::pair{"mx_cell", 8}, std::pair{"il_cell", 8}, std::pair{"bl_cell", 32}}) {
    const auto cell = make_cell(name);
    for (int trial = 0; trial < 50; ++trial) {
      const StreamArray array{
          .columns = random.between(1, 100), .rows = random.between(1, 100), .word_bits = word};
      const std::int64_t words = random.between(1, 2000);
      // The reduction runs along the rows of the model's array, the filters along its columns.
      const PassCycles cycles =
          synchronised_pass(config, {words, array.columns, array.rows}, cell->beat_cycles(*format),
                            1, cell->output_latency_cycles());
      EXPECT_EQ(cycles.total(), array.pass_cycles(words)) << name;
    }
  }
}

TEST(StreamCells, AGroupTakesAWordForEachOfItsWeights) {
  EXPECT_EQ(make_cell("mx_cell")->beat_cycles(*uniform(4)), 4 * 8);
}

TEST(StreamCells, OnlyTheMultiplexedCellPicksAmongStreams) {
  EXPECT_TRUE(make_cell("mx_cell")->has_multiplexer());
  EXPECT_FALSE(make_cell("il_cell")->has_multiplexer());
  EXPECT_FALSE(make_cell("bl_cell")->has_multiplexer());
}

TEST(StreamCells, RefuseFormatsThatTheyGainNothingFrom) {
  const auto budgets = make_format("term_quantized", FormatParameters{});
  for (const char* name : {"bl_cell", "il_cell", "mx_cell"}) {
    ASSERT_TRUE(make_cell(name)->refuses(*budgets).has_value());
    EXPECT_THAT(*make_cell(name)->refuses(*budgets), testing::HasSubstr("use format uniform"));
    EXPECT_FALSE(make_cell(name)->refuses(*uniform(1)).has_value());
  }
}

// A packed matrix on the stepped array computes what the pruned matrix does.
TEST(StreamCells, PackedColumnsGiveTheProductsOfThePrunedMatrix) {
  Random random(33);
  for (int trial = 0; trial < 20; ++trial) {
    const auto rows = static_cast<std::size_t>(random.between(1, 12));
    const auto columns = static_cast<std::size_t>(random.between(1, 24));
    std::vector<float> matrix(rows * columns, 0.0F);
    for (float& weight : matrix) {
      if (random.between(0, 3) == 0) weight = static_cast<float>(random.between(-255, 255));
    }
    const PackedMatrix packed = make_packing("column_combining", {"dense_column_first", 8, 0.5, 0})
                                    ->pack({matrix, rows, columns});
    if (packed.groups.empty()) continue;
    const StreamArray array{.columns = packed.packed_columns(),
                            .rows = static_cast<std::int64_t>(rows)};
    std::vector<StreamWeight> weights;
    for (std::size_t cell = 0; cell < packed.values.size(); ++cell) {
      weights.push_back({static_cast<std::uint32_t>(std::abs(packed.values[cell])),
                         packed.values[cell] < 0, packed.selects[cell]});
    }
    const std::int64_t words = 5;
    std::vector<std::uint32_t> inputs(static_cast<std::size_t>(words) * columns);
    for (std::uint32_t& value : inputs) value = static_cast<std::uint32_t>(random.between(0, 255));
    std::vector<std::uint32_t> streams;
    for (std::size_t word = 0; word < static_cast<std::size_t>(words); ++word) {
      for (const auto& group : packed.groups) {
        for (std::size_t s = 0; s < 8; ++s) {
          streams.push_back(
              s < group.size() ? inputs[word * columns + static_cast<std::size_t>(group[s])] : 0);
        }
      }
    }
    const auto results = step_stream_array(array, 4, 8, 8, weights, streams, words);
    const std::vector<float> pruned = packed.unpacked();
    for (std::size_t word = 0; word < static_cast<std::size_t>(words); ++word) {
      for (std::size_t row = 0; row < rows; ++row) {
        std::int64_t expected = 0;
        for (std::size_t c = 0; c < columns; ++c) {
          expected += static_cast<std::int64_t>(pruned[row * columns + c]) *
                      static_cast<std::int64_t>(inputs[word * columns + c]);
        }
        EXPECT_EQ(static_cast<std::int32_t>(results[word * rows + row].value), expected);
      }
    }
  }
}

}  // namespace
}  // namespace systerm
