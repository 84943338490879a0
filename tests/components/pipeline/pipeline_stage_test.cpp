// SPDX-License-Identifier: Apache-2.0
// Stages of a cross-layer pipeline in isolation: when words come, and that a full stream blocks.
#include "components/pipeline/pipeline_stage.h"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/kernel_test.h"

namespace systerm {
namespace {

constexpr double kHertz = 150e6;

class PipelineStageTest : public test::KernelTest {};

PipelineStageConfig convolution(std::int64_t size, std::int64_t kernel, std::int64_t stride,
                                FillModel fill) {
  PipelineStageConfig stage;
  stage.input = {1, size, size};
  stage.output = {1, size / stride, size / stride};
  stage.window = {.kernel_height = kernel,
                  .kernel_width = kernel,
                  .stride_height = stride,
                  .stride_width = stride,
                  .pad_top = kernel / 2,
                  .pad_left = kernel / 2};
  stage.word_cycles = 8;
  stage.result_cycles = 40;
  stage.fill = fill;
  return stage;
}

TEST(LastInputWord, FollowsTheFillModel) {
  const auto one = convolution(32, 3, 1, FillModel::kOneWord);
  EXPECT_EQ(last_input_word(one, 0), 0);
  EXPECT_EQ(last_input_word(one, 33), 33);
  // A row and a word ahead; at the edges of the image no further than it reaches.
  const auto rows = convolution(32, 3, 1, FillModel::kRowBuffer);
  EXPECT_EQ(last_input_word(rows, 0), 32 + 1);
  EXPECT_EQ(last_input_word(rows, 31), 32 + 31);
  EXPECT_EQ(last_input_word(rows, 1023), 1023);
  // A stride of 2 takes two rows and columns for each of its own.
  EXPECT_EQ(last_input_word(convolution(32, 3, 2, FillModel::kOneWord), 255), 1023);
  EXPECT_EQ(last_input_word(convolution(32, 3, 2, FillModel::kOneWord), 0), 33);
  auto all = convolution(8, 1, 1, FillModel::kOneWord);
  all.output = {1, 1, 1};
  all.takes_all = true;
  EXPECT_EQ(last_input_word(all, 0), 63);
}

// Published: a 32 x 32 image at 8 cycles a pixel and 8 cycles for each of 20 layers, 8352 cycles.
TEST_F(PipelineStageTest, TwentyLayersOfOneWordEachTakeThePublishedLatency) {
  const Clock clock(kHertz);
  const auto config = convolution(32, 3, 1, FillModel::kOneWord);
  std::vector<std::unique_ptr<WordStream>> streams;
  std::vector<std::unique_ptr<PipelineStage>> stages;
  PipelineSource source("source", clock, 1024, 8);
  for (int layer = 0; layer < 20; ++layer) {
    streams.push_back(std::make_unique<WordStream>(4));
    stages.push_back(
        std::make_unique<PipelineStage>(("stage" + std::to_string(layer)).c_str(), clock, config));
    stages.back()->add_input(*streams.back());
    if (layer == 0) {
      source.add_output(*streams.back());
    } else {
      stages[static_cast<std::size_t>(layer) - 1]->add_output(*streams.back());
    }
  }
  sc_core::sc_start();
  for (const auto& stage : stages) EXPECT_EQ(stage->waiting_for(), "");
  EXPECT_EQ(stages.back()->last_complete(), 8352);
  EXPECT_EQ(stages.back()->first_complete(), 8 * 21);
  EXPECT_EQ(stages.front()->busy_cycles(), 8 * 1024);
}

TEST_F(PipelineStageTest, ARowBufferAddsItsLookAheadAndTheResultsWay) {
  const Clock clock(kHertz);
  WordStream in(4);
  PipelineSource source("source", clock, 1024, 8);
  PipelineStage stage("stage", clock, convolution(32, 3, 1, FillModel::kRowBuffer));
  source.add_output(in);
  stage.add_input(in);
  sc_core::sc_start();
  // 8 (width + 1) of look-ahead behind the first word, then 8 cycles and the way of the result.
  EXPECT_EQ(stage.first_complete(), 8 * (32 + 1) + 8 + 8 + 40);
  // The last row waits for nothing more: it follows at the pace of the array.
  EXPECT_EQ(stage.last_complete(), stage.first_complete() + 8 * 1023);
}

TEST_F(PipelineStageTest, AFullStreamHoldsUpItsProducer) {
  const Clock clock(kHertz);
  WordStream in(2);
  PipelineSource source("source", clock, 64, 8);
  auto config = convolution(8, 1, 1, FillModel::kOneWord);
  config.word_cycles = 24;
  PipelineStage stage("stage", clock, config);
  source.add_output(in);
  stage.add_input(in);
  sc_core::sc_start(clock.time(8 * 40 + 4));
  // Unhindered it would have sent 40 words; what is taken, one every 24 cycles, and two wait.
  EXPECT_EQ(in.taken(), 14);
  EXPECT_EQ(source.waiting_for(), "room in a stream");
  sc_core::sc_start();
  EXPECT_EQ(stage.last_complete(), 8 + 24 * 64);
}

TEST_F(PipelineStageTest, AStarvedStageSaysWhatItWaitsFor) {
  const Clock clock(kHertz);
  WordStream in(2);
  PipelineSource source("source", clock, 10, 8);
  PipelineStage stage("stage", clock, convolution(8, 1, 1, FillModel::kOneWord));
  source.add_output(in);
  stage.add_input(in);
  sc_core::sc_start();
  EXPECT_EQ(stage.waiting_for(), "words, or room in a stream");
}

}  // namespace
}  // namespace systerm
