// SPDX-License-Identifier: Apache-2.0
// Closed forms of the array's timing against an array stepped cell by cell, and the integer product
// against the coefficients that its cells count.
#include "tests/support/stepped_array.h"

#include <random>

#include <gmock/gmock.h>

#include "components/arithmetic/format.h"
#include "components/arithmetic/gemm.h"
#include "components/arithmetic/term_quantization.h"
#include "components/array/array_timing.h"
#include "components/array/cell.h"

namespace systerm {
namespace {

using test::step_array;
using test::SteppedArray;
using test::SteppedOperands;

class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(engine_);
  }
  bool flip() { return between(0, 1) == 1; }

 private:
  std::mt19937 engine_;
};

/// The same operands as term lists for the stepped array and as the format gives them to the model.
struct Tile {
  SteppedOperands operands;
  std::vector<std::int16_t> data;
  std::vector<std::int16_t> weights;
  std::vector<std::uint8_t> data_terms;
  std::vector<std::uint8_t> weight_terms;
};

Tile random_tile(Random& random, const Format& format) {
  const FormatParameters& parameters = format.parameters();
  const bool budgets = format.name() == "term_quantized";
  const Encoding encoding = budgets ? parameters.encoding : Encoding::kBinary;
  Tile tile;
  SteppedOperands& operands = tile.operands;
  operands.vectors = random.between(1, 7);
  operands.groups = random.between(1, 5);
  operands.columns = random.between(1, 5);
  operands.group_size = parameters.group_size;
  const auto g = static_cast<std::size_t>(operands.group_size);
  const auto columns = static_cast<std::size_t>(operands.columns);
  const auto depth = static_cast<std::size_t>(operands.groups) * g;
  // The last values of every ragged group are absent.
  const auto present = static_cast<std::size_t>(random.between(1, operands.group_size));
  operands.weights.resize(depth * columns);
  tile.weights.resize(depth * columns);
  tile.weight_terms.resize(depth * columns);
  for (std::size_t group = 0; group < depth / g; ++group) {
    const std::size_t count = random.flip() ? g : present;
    for (std::size_t column = 0; column < columns; ++column) {
      std::vector<int> codes(count);
      for (int& code : codes) code = static_cast<int>(random.between(-127, 127));
      std::vector<std::int16_t> values(codes.begin(), codes.end());
      std::vector<std::uint8_t> terms(count);
      format.encode_weights(values, terms);
      for (std::size_t v = 0; v < count; ++v) {
        const std::size_t at = (group * g + v) * columns + column;
        tile.weights[at] = values[v];
        tile.weight_terms[at] = terms[v];
        if (!budgets) operands.weights[at] = encode(encoding, codes[v]);
      }
      if (!budgets) continue;
      for (const KeptTerm& kept : keep_group_terms(codes, encoding, parameters.group_budget)) {
        const std::size_t v = group * g + static_cast<std::size_t>(kept.index);
        operands.weights[v * columns + column].push_back(kept.term);
      }
    }
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(operands.vectors) * depth; ++i) {
    const int code = random.between(0, 3) == 0 ? 0 : static_cast<int>(random.between(-127, 127));
    const EncodedValue encoded = format.encode_data(static_cast<std::int16_t>(code));
    tile.data.push_back(encoded.value);
    tile.data_terms.push_back(encoded.terms);
    operands.data.push_back(budgets ? keep_largest_terms(encoding, code, parameters.data_terms)
                                    : encode(encoding, code));
  }
  return tile;
}

std::vector<std::int64_t> product(const Tile& tile) {
  const auto columns = static_cast<std::size_t>(tile.operands.columns);
  const auto vectors = static_cast<std::size_t>(tile.operands.vectors);
  const std::size_t depth = tile.weights.size() / columns;
  PackedWeights packed;
  packed.assign(tile.weights, depth, columns);
  std::vector<std::int32_t> sums(vectors * columns);
  gemm_accumulate(tile.data, vectors, depth, packed, sums, columns);
  return {sums.begin(), sums.end()};
}

struct Case {
  std::string cell;
  Dataflow dataflow = Dataflow::kWeightStationary;
  BeatSync beat_sync = BeatSync::kBound;
  Skew skew = Skew::kBeat;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.cell << (c.dataflow == Dataflow::kOutputStationary ? " outputs" : " weights")
       << " stationary, " << (c.beat_sync == BeatSync::kBound ? "bound" : "wavefront")
       << ", skew of a " << (c.skew == Skew::kBeat ? "beat" : "hop");
}

class ClosedForm : public testing::TestWithParam<Case> {
 protected:
  static std::unique_ptr<const Format> random_format(Random& random, const std::string& cell) {
    FormatParameters parameters;
    parameters.group_size = static_cast<int>(random.between(1, 32));
    if (cell != "tmac") return make_format("uniform", parameters);
    if (random.between(0, 4) == 0) {
      parameters.group_size = static_cast<int>(random.between(1, 8));
      return make_format("uniform", parameters);
    }
    parameters.encoding = random.flip() ? Encoding::kHese : Encoding::kBinary;
    parameters.group_budget = static_cast<int>(random.between(1, 24));
    parameters.data_terms = static_cast<int>(random.between(1, 4));
    return make_format("term_quantized", parameters);
  }
};

TEST_P(ClosedForm, EqualsTheArraySteppedCellByCell) {
  const Case& param = GetParam();
  const auto cell = make_cell(param.cell);
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const auto format = random_format(random, param.cell);
    const Tile tile = random_tile(random, *format);
    const SteppedOperands& operands = tile.operands;

    SteppedArray array;
    array.config.cell = param.cell;
    array.config.dataflow = param.dataflow;
    array.config.beat_sync = param.beat_sync;
    array.config.skew = param.skew;
    array.config.sum_hop_cycles = static_cast<int>(random.between(1, 3));
    array.config.data_hop_cycles = static_cast<int>(random.between(1, 3));
    array.term_serial = param.cell == "tmac";
    // 32 cycles a MAC and a cycle of output latency in the serial baseline, as published.
    array.cycles_per_mac = param.cell == "bit_serial" ? 32 : 1;
    array.output_latency = param.cell == "bit_serial" ? 1 : 0;
    array.beat_cycles =
        array.term_serial ? cell->beat_cycles(*format) : array.cycles_per_mac * operands.group_size;
    array.source_interval = random.between(1, 2 * array.beat_cycles);
    const test::SteppedResult stepped = step_array(array, operands);

    PassShape shape{operands.vectors, operands.groups, operands.columns};
    const bool outputs_stay = param.dataflow == Dataflow::kOutputStationary;
    if (outputs_stay) std::swap(shape.items, shape.rows);
    PassCycles cycles;
    if (param.beat_sync == BeatSync::kWavefrontMaximum) {
      const auto pairs = wavefront_term_pairs(
          tile.data_terms, tile.weight_terms, static_cast<std::size_t>(operands.vectors),
          static_cast<std::size_t>(operands.groups), static_cast<std::size_t>(operands.columns),
          static_cast<std::size_t>(operands.group_size));
      std::vector<std::int64_t> beats;
      for (const std::uint32_t count : pairs)
        beats.push_back(cell->cycles_for_pairs(*format, count));
      cycles = wavefront_pass(shape, beats, array.source_interval, cell->output_latency_cycles());
    } else {
      cycles = synchronised_pass(array.config, shape, cell->beat_cycles(*format),
                                 array.source_interval, cell->output_latency_cycles());
    }
    const std::int64_t expected = cycles.total() + (outputs_stay ? drain_cycles(shape.rows) : 0);
    ASSERT_EQ(stepped.cycles, expected)
        << operands.vectors << " vectors, " << operands.groups << " x " << operands.columns
        << " cells, beat " << array.beat_cycles << ", interval " << array.source_interval;
    ASSERT_EQ(stepped.sums, product(tile));
  }
}

constexpr auto kWeights = Dataflow::kWeightStationary;
constexpr auto kOutputs = Dataflow::kOutputStationary;
INSTANTIATE_TEST_SUITE_P(
    CellsAndDataflows, ClosedForm,
    testing::Values(Case{"tmac", kWeights}, Case{"tmac", kOutputs},
                    Case{"tmac", kWeights, BeatSync::kBound, Skew::kHop},
                    Case{"tmac", kOutputs, BeatSync::kBound, Skew::kHop},
                    Case{"tmac", kWeights, BeatSync::kWavefrontMaximum},
                    Case{"tmac", kOutputs, BeatSync::kWavefrontMaximum}, Case{"pmac", kWeights},
                    Case{"pmac", kOutputs}, Case{"pmac", kWeights, BeatSync::kBound, Skew::kHop},
                    Case{"bit_serial", kWeights}, Case{"bit_serial", kOutputs},
                    Case{"bit_serial", kOutputs, BeatSync::kBound, Skew::kHop}));

TEST(CellsInWavefront, CountsThePositionsOnThePlane) {
  for (const PassShape& shape : {PassShape{1, 1, 1}, {7, 3, 2}, {2, 9, 4}, {5, 5, 5}}) {
    for (std::int64_t beat = 0; beat < shape.items + shape.rows + shape.columns - 2; ++beat) {
      std::int64_t cells = 0;
      for (std::int64_t r = 0; r < shape.rows; ++r) {
        for (std::int64_t c = 0; c < shape.columns; ++c) {
          const std::int64_t item = beat - r - c;
          cells += item >= 0 && item < shape.items;
        }
      }
      EXPECT_EQ(cells_in_wavefront(shape, beat), cells);
    }
  }
}

}  // namespace
}  // namespace systerm
