// SPDX-License-Identifier: Apache-2.0
// Reads and writes fields of 0 to 57 bits in a byte stream, least significant bit first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace systerm {

class BitWriter {
 public:
  explicit BitWriter(std::vector<std::uint8_t>& bytes) : bytes_(bytes) {}
  BitWriter(const BitWriter&) = delete;
  BitWriter& operator=(const BitWriter&) = delete;

  void write(std::uint64_t value, unsigned bits) {
    pending_ |= value << pending_bits_;
    pending_bits_ += bits;
    while (pending_bits_ >= 8) {
      bytes_.push_back(static_cast<std::uint8_t>(pending_));
      pending_ >>= 8;
      pending_bits_ -= 8;
    }
  }
  /// Fills the last byte with zeros; the next write starts a new byte.
  void align() {
    if (pending_bits_ > 0) write(0, 8 - pending_bits_);
  }

 private:
  std::vector<std::uint8_t>& bytes_;
  std::uint64_t pending_ = 0;
  unsigned pending_bits_ = 0;
};

class BitReader {
 public:
  explicit BitReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  /// Bits past the end read as zero; `exhausted()` then tells.
  std::uint64_t read(unsigned bits) {
    while (available_ < bits) {
      const std::uint64_t byte = position_ < bytes_.size() ? bytes_[position_] : 0;
      ++position_;
      pending_ |= byte << available_;
      available_ += 8;
    }
    const std::uint64_t value = pending_ & ((std::uint64_t{1} << bits) - 1);
    pending_ >>= bits;
    available_ -= bits;
    return value;
  }
  void align() {
    pending_ = 0;
    available_ = 0;
  }
  bool exhausted() const { return position_ > bytes_.size(); }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t position_ = 0;
  std::uint64_t pending_ = 0;
  unsigned available_ = 0;
};

}  // namespace systerm
