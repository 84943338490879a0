// SPDX-License-Identifier: Apache-2.0
// Moves the channels of an image against each other on their way into an array, for a shift
// convolution: each by at most one row and one column, zeros from outside. A line buffer between
// two layers of a cross-layer pipeline, word by word; a word holds all channels of one position.
// Source: shift convolutions of arXiv 1811.04770; the line buffer is ours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace systerm {

/// Rows down and columns right that a channel moves; each -1, 0 or 1.
struct ChannelShift {
  int row = 0;
  int column = 0;
};

class ShiftUnit {
 public:
  /// For images of `height` x `width` words. Throws std::invalid_argument for an empty image, no
  /// channels, or a channel that moves further.
  ShiftUnit(std::vector<ChannelShift> shifts, std::int64_t height, std::int64_t width);

  /// Takes the next word of the image, rows first, and gives those that nothing is missing to any
  /// more, one after the other: [words][channels]. With the last word of an image come all that are
  /// left of it, and the next image begins.
  std::vector<std::uint8_t> push(std::span<const std::uint8_t> word);

  /// Words that it holds: two rows and three words.
  std::int64_t capacity_words() const { return 2 * width_ + 3; }

 private:
  /// Number of the last word of the image that word `position` waits for.
  std::int64_t last_needed(std::int64_t position) const;
  void emit(std::int64_t position, std::vector<std::uint8_t>& words) const;

  std::vector<ChannelShift> shifts_;
  std::int64_t height_;
  std::int64_t width_;
  bool waits_for_row_ = false;      ///< some channel moves up
  bool waits_for_column_ = false;   ///< some channel moves left
  std::vector<std::uint8_t> ring_;  ///< [capacity][channels]
  std::int64_t taken_ = 0;          ///< words of the image
  std::int64_t given_ = 0;          ///< likewise
};

}  // namespace systerm
