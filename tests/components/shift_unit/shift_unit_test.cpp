// SPDX-License-Identifier: Apache-2.0
// The line buffer against the definition of a shift, and its words against the instant at which the
// pipeline's row-buffer fill lets a stage start.
#include "components/shift_unit/shift_unit.h"

#include <algorithm>
#include <random>
#include <stdexcept>

#include <gtest/gtest.h>

#include "components/pipeline/pipeline_config.h"

namespace systerm {
namespace {

TEST(ShiftUnit, GivesEveryChannelOfEveryImageAtItsShiftedPlace) {
  std::mt19937 random(23);
  for (int trial = 0; trial < 40; ++trial) {
    SCOPED_TRACE(trial);
    const auto height = static_cast<std::int64_t>(1 + random() % 6);
    const auto width = static_cast<std::int64_t>(1 + random() % 6);
    std::vector<ChannelShift> shifts(1 + random() % 10);
    for (auto& [row, column] : shifts) {
      row = static_cast<int>(random() % 3) - 1;
      column = static_cast<int>(random() % 3) - 1;
    }
    ShiftUnit unit(shifts, height, width);
    for (int image = 0; image < 2; ++image) {
      const auto elements = static_cast<std::size_t>(height * width) * shifts.size();
      std::vector<std::uint8_t> data(elements);
      for (std::uint8_t& value : data) value = static_cast<std::uint8_t>(random());
      std::vector<std::uint8_t> shifted;
      for (std::size_t at = 0; at < elements; at += shifts.size()) {
        const auto words = unit.push(std::span(data).subspan(at, shifts.size()));
        shifted.insert(shifted.end(), words.begin(), words.end());
      }
      ASSERT_EQ(shifted.size(), elements);
      for (std::int64_t row = 0; row < height; ++row) {
        for (std::int64_t column = 0; column < width; ++column) {
          for (std::size_t c = 0; c < shifts.size(); ++c) {
            const std::int64_t y = row - shifts[c].row;
            const std::int64_t x = column - shifts[c].column;
            const bool is_inside = y >= 0 && y < height && x >= 0 && x < width;
            const auto at = [&](std::int64_t r, std::int64_t s) {
              return static_cast<std::size_t>(r * width + s) * shifts.size() + c;
            };
            ASSERT_EQ(shifted[at(row, column)], is_inside ? data[at(y, x)] : 0);
          }
        }
      }
    }
  }
}

TEST(ShiftUnit, AWordLeavesWhenTheRowBufferFillSays) {
  PipelineStageConfig stage;
  stage.fill = FillModel::kRowBuffer;
  stage.input = stage.output = {1, 5, 7};
  stage.window = {.kernel_height = 3,
                  .kernel_width = 3,
                  .pad_top = 1,
                  .pad_left = 1,
                  .pad_bottom = 1,
                  .pad_right = 1};
  ShiftUnit unit({{-1, -1}, {1, 1}}, 5, 7);
  std::size_t given = 0;
  std::int64_t expected = 0;
  const std::vector<std::uint8_t> word(2);
  for (std::int64_t input = 0; input < 35; ++input) {
    const std::size_t words = unit.push(word).size() / 2;
    for (std::size_t i = 0; i < words; ++i, ++given) {
      // Words leave in order, so one waits for those before it too.
      expected = std::max(expected, last_input_word(stage, static_cast<std::int64_t>(given)));
      EXPECT_EQ(expected, input) << given;
    }
  }
  EXPECT_EQ(given, 35U);
}

TEST(ShiftUnit, WhatNothingMovesUpOrLeftPassesAtOnce) {
  ShiftUnit unit({{0, 0}, {1, 0}, {0, 1}}, 3, 4);
  const std::vector<std::uint8_t> word(3);
  for (int input = 0; input < 12; ++input) EXPECT_EQ(unit.push(word).size(), 3U);
  EXPECT_EQ(unit.capacity_words(), 11);
}

TEST(ShiftUnit, RefusesWhatItCannotDo) {
  EXPECT_THROW(ShiftUnit({{2, 0}}, 3, 3), std::invalid_argument);
  EXPECT_THROW(ShiftUnit({}, 3, 3), std::invalid_argument);
  EXPECT_THROW(ShiftUnit({{0, 0}}, 0, 3), std::invalid_argument);
  ShiftUnit unit({{0, 0}}, 3, 3);
  EXPECT_THROW(unit.push(std::vector<std::uint8_t>(2)), std::invalid_argument);
}

}  // namespace
}  // namespace systerm
