// SPDX-License-Identifier: Apache-2.0
// Reads and writes fields of 0 to 57 bits in a byte stream, least significant bit first.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
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
    const unsigned whole_bytes = pending_bits_ / 8;
    if (whole_bytes == 0) return;
    std::uint8_t block[8];
    for (unsigned i = 0; i < 8; ++i) block[i] = static_cast<std::uint8_t>(pending_ >> 8 * i);
    bytes_.insert(bytes_.end(), block, block + whole_bytes);
    pending_ = whole_bytes == 8 ? 0 : pending_ >> 8 * whole_bytes;
    pending_bits_ %= 8;
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
    if (available_ < bits) refill(bits);
    const std::uint64_t value = pending_ & ((std::uint64_t{1} << bits) - 1);
    pending_ >>= bits;
    available_ -= bits;
    return value;
  }
  void align() {
    pending_ >>= available_ % 8;
    available_ -= available_ % 8;
  }
  bool exhausted() const { return position_ > bytes_.size(); }

 private:
  void refill(unsigned bits) {
    if constexpr (std::endian::native == std::endian::little) {
      if (position_ < bytes_.size() && bytes_.size() - position_ >= 8) {
        // Bits above `available_` are those that the next refill puts there again.
        std::uint64_t word;
        std::memcpy(&word, bytes_.data() + position_, sizeof word);
        pending_ |= word << available_;
        position_ += (64 - available_) / 8;
        available_ += (64 - available_) / 8 * 8;
        return;
      }
    }
    while (available_ < bits) {
      const std::uint64_t byte = position_ < bytes_.size() ? bytes_[position_] : 0;
      ++position_;
      pending_ |= byte << available_;
      available_ += 8;
    }
  }

  std::span<const std::uint8_t> bytes_;
  std::size_t position_ = 0;
  std::uint64_t pending_ = 0;
  unsigned available_ = 0;
};

}  // namespace systerm
