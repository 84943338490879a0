// SPDX-License-Identifier: Apache-2.0
// Figures of column combining beside the published ones. The page in docs/ is what this test
// writes: after a change that is meant to move it, run it with SYSTERM_UPDATE_GOLDEN=1 and review
// the difference. Source of published figures: arXiv 1811.04770 and the code published with it.
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "components/arithmetic/packing.h"
#include "model/simulation/experiment_run.h"
#include "model/simulation/isolated_run.h"
#include "model/simulation/pipeline_run.h"
#include "tests/model/simulation/program_vocabulary.h"
#include "workloads/sparsity/column_skew.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kPage = SYSTERM_SOURCE_DIR "/docs/validation_column_combining.md";

Experiment shipped(const std::string& file, const std::vector<std::string>& overrides) {
  return load_experiment(SYSTERM_SOURCE_DIR "/configs/" + file, test_vocabulary(), overrides);
}

struct Comparison {
  double tile_ratio = 0.0;
  double throughput = 0.0;
  double efficiency = 0.0;
  std::int64_t tiles = 0;
  std::int64_t unpacked_tiles = 0;
};

/// The packed network against its baseline, the same sparse network unpacked.
Comparison compare(const Experiment& experiment) {
  IsolatedRun packed_run([&] { return run_plan(experiment, experiment.precision, {}); });
  IsolatedRun plain_run([&] { return run_plan(experiment, *experiment.baseline, {}); });
  const Json packed = packed_run.wait();
  const Json plain = plain_run.wait();
  Comparison result;
  result.tiles = packed["packing"]["tiles"];
  result.unpacked_tiles = packed["packing"]["unpacked_tiles"];
  result.tile_ratio =
      static_cast<double>(result.tiles) / static_cast<double>(result.unpacked_tiles);
  result.throughput =
      plain["total"]["cycles"].get<double>() / packed["total"]["cycles"].get<double>();
  result.efficiency = packed["packing"]["efficiency"];
  return result;
}

Json pipeline(const std::string& fill) {
  const Experiment experiment =
      shipped("experiments/resnet20_packed.yaml", {"run.fidelity=timing", "pipeline.fill=" + fill});
  IsolatedRun run([&] { return run_pipeline(experiment, experiment.pipeline); });
  return run.wait();
}

std::string row(const std::string& what, const std::string& published, const std::string& here) {
  return fmt::format("| {} | {} | {} |\n", what, published, here);
}

std::string example_rows() {
  const auto weights = jointly_optimised_matrix(1, "example", 96, 94, 0.16, 8, 0.89);
  const PackedMatrix packed =
      make_packing("column_combining", {"dense_column_first", 8, 0.0, 0})->pack({weights, 96, 94});
  return row("example layer, 96 x 94, 16 % nonzero: packed columns", "17",
             std::to_string(packed.packed_columns())) +
         row("density after packing", "89 %", fmt::format("{:.1f} %", 100 * packed.efficiency())) +
         row("tiles of 32 x 32", "9 → 3", fmt::format("9 → {}", packed.tiles(32, 32)));
}

std::string comparison_rows(const std::string& network, const Comparison& result,
                            const std::string& tile_ratio, const std::string& throughput) {
  return row(network + ": tiles relative to the same sparse network unpacked", tile_ratio,
             fmt::format("{:.3f} ({} → {})", result.tile_ratio, result.unpacked_tiles,
                         result.tiles)) +
         row(network + ": throughput relative to the same", throughput,
             fmt::format("{:.2f}", result.throughput));
}

std::string page() {
  const Comparison recipe = compare(shipped("published/vgg19_1x1_packed.yaml", {}));
  const Comparison resnet =
      compare(shipped("experiments/resnet20_packed.yaml", {"run.fidelity=timing"}));
  Experiment vgg_experiment = shipped("published/vgg19_1x1_packed.yaml",
                                      {"packing.algorithm=dense_column_first", "packing.gamma=0.5",
                                       "packing.prune_rule=share", "packing.column_skew=0.2"});
  vgg_experiment.precision.packing.layers.clear();
  vgg_experiment.baseline->packing.layers.clear();
  vgg_experiment.baseline->packing.defaults.prune = 0.8;
  vgg_experiment.baseline->packing.column_skew = 0.2;
  const Comparison vgg = compare(vgg_experiment);
  const Json one_word = pipeline("one_word");
  const Json row_buffer = pipeline("row_buffer");
  const auto latency = [](const Json& run) {
    return fmt::format("{:.2f} us ({} cycles)", 1e6 * run["latency_seconds"].get<double>(),
                       run["latency_cycles"].get<std::int64_t>());
  };
  const auto gain = [](const Json& run) {
    return fmt::format("{:.1f}", run["gain"].get<double>());
  };

  std::string text =
      "# Column combining beside published figures\n\n"
      "Written by a test (`ValidationPage.IsTheOneOnRecord` in `simulation_test`), which fails "
      "when a "
      "figure moves.\nPublished: arXiv 1811.04770 and the code published with it.\n\n"
      "| what | published | here |\n| --- | --- | --- |\n";
  text += example_rows();
  text += row("published recipe (`vgg19_1x1_packed`): packing efficiency", "97 %",
              fmt::format("{:.1f} % of the packed layers", 100 * recipe.efficiency));
  text += row("published recipe: tiles of 64 x 64", "466 → 102",
              fmt::format("{} → {}", recipe.unpacked_tiles, recipe.tiles));
  text += comparison_rows("ResNet-20, alpha 8, gamma 0.5", resnet, "0.266", "3.90");
  text += comparison_rows("VGG, alpha 8, gamma 0.5", vgg, "0.288", "3.56");
  text += row("ResNet-20, pipelined across layers, 150 MHz, fill `one_word`",
              "55.68 us (8352 cycles)", latency(one_word));
  text += row("the same, gain over layer after layer", "about 9.4", gain(one_word));
  text += row("the same, fill `row_buffer`", "-", latency(row_buffer));
  text += row("the same, gain over layer after layer", "about 4.6", gain(row_buffer));
  text +=
      "\nAssumptions:\n\n"
      "* Weights are synthetic and not retrained, with 80 % pruned in every layer. Training with "
      "column "
      "combining makes groups complementary, which synthetic weights are not: only the example "
      "layer is "
      "made that way.\n"
      "* The published efficiency of the recipe counts the layers with alpha 1 as packed, full; "
      "here "
      "they are not packed. `PublishedRecipe` in `sparsity_test` counts as published and gives 97 "
      "%.\n"
      "* ResNet-20 here is the zoo's, with 3 x 3 convolutions packed over channel and kernel "
      "position; "
      "the published one has shifts and 1 x 1 convolutions of unpublished widths.\n"
      "* VGG here is the published list of 1 x 1 layers without its shifts and poolings. Ratios of "
      "tiles "
      "are on arrays of 64 x 64; the published array size is not known for them.\n"
      "* Throughput includes memory: DRAM, buffers and drains of design `mx_64x64`.\n"
      "* Pipelined latency: every layer has an array for all of its packed columns and filters; "
      "words "
      "of the image come every 8 cycles. `one_word` lets a layer start with the words under its "
      "stride, "
      "as the published figure does; `row_buffer` waits for the whole window and adds the way of "
      "the "
      "result through the array, which packing makes shorter; the array sizes behind the published "
      "gain "
      "of 4.6 are not known.\n";
  return text;
}

TEST(ValidationPage, IsTheOneOnRecord) {
  const std::string text = page();
  if (std::getenv("SYSTERM_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(kPage) << text;
    GTEST_SKIP() << "wrote " << kPage;
  }
  std::ifstream stream(kPage);
  ASSERT_TRUE(stream) << kPage;
  std::ostringstream on_record;
  on_record << stream.rdbuf();
  EXPECT_EQ(text, on_record.str());
}

// 8 x (1024 + 20) cycles: a 32 x 32 image at 8 cycles a word and 8 cycles for each of 20 layers.
TEST(ValidationPage, ResNet20PipelinedTakesThePublishedCycles) {
  EXPECT_EQ(pipeline("one_word")["latency_cycles"], 8352);
}

}  // namespace
}  // namespace systerm
