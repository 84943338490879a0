// SPDX-License-Identifier: Apache-2.0
#include "components/shift_unit/shift_unit.h"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>

namespace systerm {

ShiftUnit::ShiftUnit(std::vector<ChannelShift> shifts, std::int64_t height, std::int64_t width)
    : shifts_(std::move(shifts)), height_(height), width_(width) {
  if (shifts_.empty() || height < 1 || width < 1) {
    throw std::invalid_argument("a shift unit needs channels, rows and columns");
  }
  for (const auto& [row, column] : shifts_) {
    if (std::abs(row) > 1 || std::abs(column) > 1) {
      throw std::invalid_argument("a channel cannot move by " + std::to_string(row) + ", " +
                                  std::to_string(column));
    }
    waits_for_row_ = waits_for_row_ || row < 0;
    waits_for_column_ = waits_for_column_ || column < 0;
  }
  ring_.resize(static_cast<std::size_t>(capacity_words()) * shifts_.size());
}

std::int64_t ShiftUnit::last_needed(std::int64_t position) const {
  const std::int64_t row = std::min(position / width_ + (waits_for_row_ ? 1 : 0), height_ - 1);
  const std::int64_t column = std::min(position % width_ + (waits_for_column_ ? 1 : 0), width_ - 1);
  return row * width_ + column;
}

void ShiftUnit::emit(std::int64_t position, std::vector<std::uint8_t>& words) const {
  for (std::size_t channel = 0; channel < shifts_.size(); ++channel) {
    const std::int64_t row = position / width_ - shifts_[channel].row;
    const std::int64_t column = position % width_ - shifts_[channel].column;
    const bool is_inside = row >= 0 && row < height_ && column >= 0 && column < width_;
    const std::int64_t slot = (row * width_ + column) % capacity_words();
    words.push_back(is_inside ? ring_[static_cast<std::size_t>(slot) * shifts_.size() + channel]
                              : 0);
  }
}

std::vector<std::uint8_t> ShiftUnit::push(std::span<const std::uint8_t> word) {
  if (word.size() != shifts_.size()) {
    throw std::invalid_argument("a word of " + std::to_string(word.size()) + " channels, not " +
                                std::to_string(shifts_.size()));
  }
  const std::int64_t slot = taken_ % capacity_words();
  std::ranges::copy(word, ring_.begin() + slot * std::ssize(shifts_));
  ++taken_;
  std::vector<std::uint8_t> words;
  for (; given_ < height_ * width_ && last_needed(given_) < taken_; ++given_) emit(given_, words);
  if (taken_ == height_ * width_) taken_ = given_ = 0;
  return words;
}

}  // namespace systerm
