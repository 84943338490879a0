// SPDX-License-Identifier: Apache-2.0
// Which bit of an address selects what in a DRAM: a list of bits from the most significant down,
// such as "row, bank, column[9:3], bank_group, column[2:0], byte".
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "components/dram/dram_standard.h"

namespace systerm {

/// All faults of a mapping, one a line.
class AddressMappingError : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

class AddressMapping {
 public:
  /// `text` is one of names(), or a list of fields from the most significant bit down, separated by
  /// commas or blanks: channel, pseudo_channel, rank, bank_group, bank, row, column, byte; whole,
  /// one bit as row[3], or a range as column[9:3]. Every bit of the device must be there once, and
  /// the bits of a burst must be the lowest. Throws AddressMappingError with everything that is
  /// wrong.
  AddressMapping(const DramStandard& standard, std::string_view text);

  /// In alphabetical order: `bgi`, `brc`, `pci`, `rbc`.
  static const std::vector<std::string>& names();
  /// The bit list of a named mapping for a device. Throws std::invalid_argument for another name.
  static std::string named(const DramStandard& standard, std::string_view name);

  struct Place {
    std::uint32_t bank = 0;  ///< counted through all levels of the device
    std::uint32_t row = 0;
    friend bool operator==(const Place&, const Place&) = default;
  };
  /// `burst` is an address divided by the size of a burst, below bursts().
  Place place(std::uint64_t burst) const {
    Place place;
    for (const Chunk& chunk : bank_chunks_) place.bank |= chunk.of(burst);
    for (const Chunk& chunk : row_chunks_) place.row |= chunk.of(burst);
    return place;
  }
  /// First column of a burst.
  std::uint32_t column(std::uint64_t burst) const;

  std::uint64_t bursts() const { return std::uint64_t{1} << burst_index_bits_; }
  /// Aligned groups of so many consecutive bursts lie in one row.
  std::uint64_t bursts_in_place() const { return std::uint64_t{1} << bits_in_place_; }
  /// Consecutive bursts visit banks and rows in a pattern of period() bursts, which repeats
  /// unchanged within aligned blocks of pattern_block().
  std::uint64_t period() const { return std::uint64_t{1} << period_bits_; }
  std::uint64_t pattern_block() const { return std::uint64_t{1} << pattern_block_bits_; }

 private:
  /// Adjacent bits of a burst index that become adjacent bits of a field.
  struct Chunk {
    int from = 0;
    int to = 0;
    std::uint32_t mask = 0;
    std::uint32_t of(std::uint64_t burst) const {
      return (static_cast<std::uint32_t>(burst >> from) & mask) << to;
    }
  };
  void find_pattern();

  int burst_index_bits_ = 0;
  int column_shift_ = 0;
  int bits_in_place_ = 0;
  int period_bits_ = 0;
  int pattern_block_bits_ = 0;
  std::vector<Chunk> bank_chunks_;
  std::vector<Chunk> row_chunks_;
  std::vector<Chunk> column_chunks_;
};

}  // namespace systerm
