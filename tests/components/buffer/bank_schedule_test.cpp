// SPDX-License-Identifier: Apache-2.0
// Closed forms of the bank cycles against banks stepped cycle by cycle over the words that every
// vector really needs.
#include "components/buffer/bank_schedule.h"

#include <algorithm>
#include <deque>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "components/encoder/im2col_pattern.h"
#include "tests/support/convolution_layer.h"

namespace systerm {
namespace {

/// Banks that serve one word a cycle each.
class SteppedBanks {
 public:
  explicit SteppedBanks(const BankGeometry& geometry) : geometry_(geometry) {}

  /// One request; cycles until every bank is done and `delivered` bytes have passed the port.
  void request(const std::set<std::int64_t>& words, std::int64_t delivered) {
    std::vector<std::deque<std::int64_t>> queues(static_cast<std::size_t>(geometry_.banks));
    for (const std::int64_t word : words) {
      const std::int64_t address = word * geometry_.width_bytes;
      const std::int64_t bank = address / geometry_.interleave_bytes % geometry_.banks;
      queues[static_cast<std::size_t>(bank)].push_back(word);
    }
    std::int64_t left = delivered;
    std::int64_t cycles = 0;
    const auto waiting = [](const auto& queue) { return !queue.empty(); };
    while (std::ranges::any_of(queues, waiting) || left > 0) {
      for (auto& queue : queues) {
        if (!queue.empty()) queue.pop_front();
      }
      left -= geometry_.banks * geometry_.width_bytes;
      ++cycles;
    }
    const std::int64_t width = geometry_.banks * geometry_.width_bytes;
    total_.busy += cycles;
    total_.conflicts += cycles - (delivered + width - 1) / width;
    total_.words += static_cast<std::int64_t>(words.size());
  }
  const BankCycles& total() const { return total_; }

 private:
  const BankGeometry geometry_;
  BankCycles total_;
};

class Banks : public testing::TestWithParam<unsigned> {
 protected:
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(engine_);
  }
  std::int64_t power(std::int64_t largest) { return std::int64_t{1} << between(0, largest); }

  BankGeometry geometry() {
    BankGeometry geometry;
    geometry.banks = between(0, 1) == 0 ? power(4) : between(1, 9);
    geometry.width_bytes = between(0, 1) == 0 ? power(4) : between(1, 9);
    geometry.interleave_bytes = geometry.width_bytes * (between(0, 2) == 0 ? between(1, 6) : 1);
    return geometry;
  }

  /// A convolution with one block and one tile over some of its rows of cells.
  LayerDescriptor layer() {
    LayerDescriptor layer;
    layer.input.images = between(1, 3);
    layer.input.height = between(3, 9);
    layer.input.width = between(3, 9);
    layer.input.channels = between(1, 40);
    layer.input.channel_block = between(1, 48);
    layer.settings.group_size = static_cast<int>(between(1, 9));
    layer.window = {between(1, 3), between(1, 3), between(1, 3), between(1, 3),
                    between(1, 2), between(1, 2), between(0, 2), between(0, 2)};
    const auto [rows, columns] = output_extents(layer);
    Region block;
    range(layer.input.images, block.image_begin, block.image_end);
    range(rows, block.row_begin, block.row_end);
    range(columns, block.column_begin, block.column_end);
    block.channel_end = 1;
    layer.blocks = {block};
    add_slots(layer);
    WeightTile tile;
    const auto slots = static_cast<std::int64_t>(layer.slots.size());
    tile.first_slot = between(0, slots - 1);
    tile.slots = static_cast<std::int32_t>(between(1, slots - tile.first_slot));
    layer.weight_tiles = {tile};
    Step step;
    const std::int64_t vectors = block.positions();
    step.vector_begin = static_cast<std::int32_t>(between(0, vectors - 1));
    step.vectors = static_cast<std::int32_t>(between(1, vectors - step.vector_begin));
    layer.steps = {step};
    return layer;
  }

  void range(std::int64_t size, std::int64_t& begin, std::int64_t& end) {
    begin = between(0, size - 1);
    end = between(begin + 1, size);
  }

  std::mt19937 engine_{GetParam()};
};

/// Words of vector `v`, byte by byte.
std::set<std::int64_t> words_of(const LayerDescriptor& layer, std::int64_t v, std::int64_t base,
                                std::int64_t width) {
  const Region& block = layer.blocks.front();
  const RegionLayout layout(layer.input, layer.input_region(block));
  const Window& window = layer.window;
  const WeightTile& tile = layer.weight_tiles.front();
  const std::int64_t column = block.column_begin + v % block.columns();
  const std::int64_t row = block.row_begin + v / block.columns() % block.rows();
  const std::int64_t image = block.image_begin + v / (block.columns() * block.rows());
  std::set<std::int64_t> words;
  for (std::int64_t s = tile.first_slot; s < tile.first_slot + tile.slots; ++s) {
    const RowSlot& slot = layer.slots[static_cast<std::size_t>(s)];
    const std::int64_t y =
        row * window.stride_height + slot.kernel_row * window.dilation_height - window.pad_top;
    const std::int64_t x =
        column * window.stride_width + slot.kernel_column * window.dilation_width - window.pad_left;
    if (y < 0 || y >= layer.input.height || x < 0 || x >= layer.input.width) continue;
    for (std::int64_t c = slot.channel; c < slot.channel + slot.count; ++c) {
      words.insert((base + layout.offset(image, y, x, c)) / width);
    }
  }
  return words;
}

TEST_P(Banks, TakeTheCyclesOfSteppedBanksForTheStreamOfAConvolution) {
  for (int repeat = 0; repeat < 60; ++repeat) {
    const LayerDescriptor conv = layer();
    const Step& step = conv.steps.front();
    const BankGeometry banks = geometry();
    const std::int64_t base = between(0, 200);
    const Im2colPattern pattern(conv, step);
    SteppedBanks stepped(banks);
    for (std::int64_t v = step.vector_begin; v < step.vector_begin + step.vectors; ++v) {
      stepped.request(words_of(conv, v, base, banks.width_bytes), pattern.vector_bytes());
    }
    BankSchedule schedule(banks);
    EXPECT_EQ(schedule.pattern(pattern, base), stepped.total())
        << "seed " << GetParam() << ", repeat " << repeat;
    EXPECT_EQ(schedule.pattern(pattern, base), stepped.total()) << "from memory";
  }
}

TEST_P(Banks, TakeTheCyclesOfSteppedBanksForContiguousBytes) {
  for (int repeat = 0; repeat < 300; ++repeat) {
    const BankGeometry banks = geometry();
    const std::int64_t address = between(0, 500);
    const std::int64_t bytes = between(1, 600);
    std::set<std::int64_t> words;
    for (std::int64_t i = 0; i < bytes; ++i) words.insert((address + i) / banks.width_bytes);
    SteppedBanks stepped(banks);
    stepped.request(words, bytes);
    EXPECT_EQ(BankSchedule(banks).contiguous(address, bytes), stepped.total())
        << "seed " << GetParam() << ", repeat " << repeat;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Banks, testing::Values(1U, 2U, 3U, 4U));

/// A 1 x 1 convolution over 256 channels in blocks of 128, of a feature of so many positions.
BankCycles two_blocks(std::int64_t positions) {
  LayerDescriptor layer;
  layer.input = {.height = 1, .width = positions, .channels = 256, .channel_block = 128};
  layer.settings.group_size = 8;
  layer.blocks = {{0, 1, 0, 1, 0, positions, 0, 1}};
  for (std::int32_t c = 0; c < 256; c += 8) layer.slots.push_back({c, 0, 0, 8, 0, 1});
  layer.weight_tiles.emplace_back().slots = 32;
  layer.steps.emplace_back().vectors = static_cast<std::int32_t>(positions);
  return BankSchedule({16, 16, 16}).pattern(Im2colPattern(layer, layer.steps.front()), 0);
}

// A vector is two pieces of 8 words on 16 banks. Over an odd number of positions the second channel
// block begins 8 banks further on and both come in one cycle; over an even number they lie in the
// same banks.
TEST(BankConflicts, DependOnWhereTheChannelBlocksLie) {
  EXPECT_EQ(two_blocks(7), (BankCycles{7, 0, 7 * 16}));
  EXPECT_EQ(two_blocks(8), (BankCycles{16, 8, 8 * 16}));
}

TEST(BankConflicts, UnalignedBytesTouchAWordMore) {
  BankSchedule banks({2, 8, 8});
  EXPECT_EQ(banks.contiguous(0, 16), (BankCycles{1, 0, 2}));
  EXPECT_EQ(banks.contiguous(4, 16), (BankCycles{2, 1, 3}));
}

// With 32 bytes to a bank, 32 bytes come from one bank only.
TEST(BankConflicts, CoarseInterleavingTakesContiguousBytesFromFewBanks) {
  EXPECT_EQ(BankSchedule({4, 8, 8}).contiguous(0, 32), (BankCycles{1, 0, 4}));
  EXPECT_EQ(BankSchedule({4, 8, 32}).contiguous(0, 32), (BankCycles{4, 3, 4}));
}

}  // namespace
}  // namespace systerm
