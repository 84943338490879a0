// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/gemm_mapper.h"

#include <map>
#include <random>
#include <set>

#include <gmock/gmock.h>

#include "model/mapping/resource_limits.h"

namespace systerm {
namespace {

using testing::HasSubstr;

struct MappedLayer {
  Design design;
  GemmExtents gemm;
  TiledWeights weights;
  LayerDescriptor layer;
  std::vector<std::string> problems;
  bool fits = false;
};

constexpr std::uint64_t kWeightAddress = 1 << 20;

/// A 3 x 3 convolution with padding 1 on an array of 8 x 8 cells; 9 rows for 8 channels do not fit
/// at once.
MappedLayer layer_on(const Design& design, std::int64_t images, std::int64_t size,
                     std::int64_t channels, std::int64_t filters) {
  MappedLayer mapped;
  mapped.design = design;
  mapped.gemm = {1, channels, filters, 3, 3};
  FormatParameters parameters;
  LayerDescriptor& layer = mapped.layer;
  layer.name = "conv";
  layer.format = make_format("uniform", parameters);
  layer.settings.group_size = parameters.group_size;
  layer.window.kernel_height = layer.window.kernel_width = 3;
  layer.window.pad_top = layer.window.pad_left = 1;
  layer.input.images = layer.output.images = images;
  layer.input.height = layer.output.height = size;
  layer.input.width = layer.output.width = size;
  layer.input.channels = channels;
  layer.output.channels = filters;
  layer.input.channel_block = layer.output.channel_block = design.array.columns;
  layer.operands = {layer.input};
  mapped.weights = tile_weights(mapped.gemm, design.array, *layer.format, design.dram.access_bytes);
  return mapped;
}

void map(MappedLayer& mapped, const MappingRule& rule = {}) {
  mapped.fits = map_gemm(mapped.design, rule, mapped.weights, kWeightAddress, 8, mapped.layer,
                         mapped.problems);
}

Design small_design(Dataflow dataflow) {
  Design design;
  design.array.rows = 8;
  design.array.columns = 8;
  design.array.dataflow = dataflow;
  return design;
}

void expect_complete(const MappedLayer& mapped) {
  const LayerDescriptor& layer = mapped.layer;
  const ResourceLimits limits(mapped.design);
  const bool outputs_stay = mapped.design.array.dataflow == Dataflow::kOutputStationary;
  // Vectors of every block against every weight tile, each once.
  std::map<std::tuple<std::int32_t, std::int32_t, std::int32_t>, int> met;
  std::set<std::int32_t> weight_loads;
  std::set<std::int32_t> data_loads;
  std::size_t weight_releases = 0;
  std::size_t data_releases = 0;
  std::vector<int> opened(layer.outputs.size());
  std::vector<int> completed(layer.outputs.size());
  for (const Step& step : layer.steps) {
    const WeightTile& tile = layer.weight_tiles.at(static_cast<std::size_t>(step.weight_tile));
    const WeightBlock& load = layer.weight_loads.at(static_cast<std::size_t>(step.weight_load));
    EXPECT_EQ(layer.data_loads.at(static_cast<std::size_t>(step.data_load)), step.block);
    EXPECT_EQ(load.address + static_cast<std::uint64_t>(step.weight_offset),
              kWeightAddress + static_cast<std::uint64_t>(tile.offset));
    EXPECT_LE(step.weight_offset + tile.bytes, load.bytes);
    if (outputs_stay) {
      EXPECT_LE(step.vectors, mapped.design.array.rows);
    }
    for (std::int32_t v = step.vector_begin; v < step.vector_begin + step.vectors; ++v) {
      ++met[{step.block, v, step.weight_tile}];
    }
    // Loads are used in order, and only the last use releases.
    EXPECT_EQ(weight_releases, static_cast<std::size_t>(step.weight_load));
    EXPECT_EQ(data_releases, static_cast<std::size_t>(step.data_load));
    weight_loads.insert(step.weight_load);
    data_loads.insert(step.data_load);
    weight_releases += step.releases_weights;
    data_releases += step.releases_data;
    const auto output = static_cast<std::size_t>(step.output);
    EXPECT_EQ(layer.outputs.at(output).block, step.block);
    opened.at(output) += step.opens_output;
    // Sums that stay in the cells do not reach the output tile yet.
    if (step.completes_sums) {
      EXPECT_EQ(opened.at(output), 1);
    }
    EXPECT_EQ(completed.at(output), 0);
    completed.at(output) += step.completes_output;
  }
  EXPECT_EQ(weight_releases, layer.weight_loads.size());
  EXPECT_EQ(data_releases, layer.data_loads.size());
  EXPECT_EQ(weight_loads.size(), layer.weight_loads.size());
  EXPECT_EQ(data_loads.size(), layer.data_loads.size());
  EXPECT_THAT(opened, testing::Each(1));
  EXPECT_THAT(completed, testing::Each(1));
  std::int64_t positions = 0;
  for (const Region& block : layer.blocks) {
    positions += block.positions();
    EXPECT_LE(layer.input_region(block).elements(), limits.data_slot());
  }
  EXPECT_EQ(positions, layer.output.whole().positions());
  EXPECT_EQ(met.size(), static_cast<std::size_t>(positions) * layer.weight_tiles.size());
  for (const auto& [place, count] : met) EXPECT_EQ(count, 1);
  std::int64_t results = 0;
  for (const OutputTile& tile : layer.outputs) {
    const Region region = layer.output_region(tile);
    results += region.elements();
    EXPECT_LE(region.elements(), limits.accumulator_sums());
    EXPECT_LE(region.elements() * layer.output.element_bytes, limits.result_slot());
  }
  EXPECT_EQ(results, layer.output.whole().elements());
  for (const WeightBlock& load : layer.weight_loads) EXPECT_LE(load.bytes, limits.weight_slot());
}

class BothDataflows : public testing::TestWithParam<Dataflow> {};
INSTANTIATE_TEST_SUITE_P(GemmMapper, BothDataflows,
                         testing::Values(Dataflow::kWeightStationary, Dataflow::kOutputStationary));

TEST_P(BothDataflows, EveryVectorMeetsEveryTileOnceWhateverTheBuffersHold) {
  std::mt19937 engine(13);
  const auto between = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(engine);
  };
  int mapped_count = 0;
  for (int trial = 0; trial < 200 && !HasFailure(); ++trial) {
    SCOPED_TRACE(trial);
    Design design = small_design(GetParam());
    design.weight_buffer.bytes = std::int64_t{1} << between(10, 16);
    design.data_buffer.bytes = std::int64_t{1} << between(9, 15);
    design.result_buffer.bytes = std::int64_t{1} << between(6, 14);
    design.accumulators.bytes = std::int64_t{1} << between(8, 16);
    MappedLayer mapped =
        layer_on(design, between(1, 3), between(1, 9), between(1, 40), between(1, 30));
    MappingRule rule;
    rule.loop_order = between(0, 2) == 0 ? LoopOrder::kWeightsOuter : rule.loop_order;
    map(mapped, rule);
    if (!mapped.fits) {
      // A refusal says so, and leaves nothing half done.
      EXPECT_THAT(mapped.problems, testing::SizeIs(testing::Ge(1U)));
      EXPECT_TRUE(mapped.layer.steps.empty());
      continue;
    }
    ++mapped_count;
    expect_complete(mapped);
  }
  EXPECT_GT(mapped_count, 50);
}

TEST_P(BothDataflows, RefusalsNameTheLayerTheDemandAndTheKey) {
  const auto problem = [&](const auto& shrink) {
    Design design = small_design(GetParam());
    shrink(design);
    MappedLayer mapped = layer_on(design, 1, 8, 32, 16);
    map(mapped);
    EXPECT_FALSE(mapped.fits);
    return mapped.problems.empty() ? std::string() : mapped.problems.front();
  };
  EXPECT_THAT(problem([](Design& d) { d.weight_buffer.bytes = 64; }),
              testing::AllOf(HasSubstr("layer 'conv'"), HasSubstr("increase weight_buffer.size")));
  // The window of a single position covers 3 x 3 x 32 = 288 bytes.
  EXPECT_THAT(problem([](Design& d) { d.data_buffer.bytes = 512; }),
              testing::AllOf(HasSubstr("layer 'conv'"), HasSubstr("takes 288 B"),
                             HasSubstr("holds 256 B"), HasSubstr("increase data_buffer.size")));
  EXPECT_THAT(problem([](Design& d) { d.accumulators.bytes = 32; }),
              testing::AllOf(HasSubstr("takes 32 B"), HasSubstr("increase accumulators.size")));
  EXPECT_THAT(problem([](Design& d) { d.result_buffer.bytes = 8; }),
              testing::AllOf(HasSubstr("takes 8 B"), HasSubstr("increase result_buffer.size")));
}

}  // namespace
}  // namespace systerm
