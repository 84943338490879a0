// SPDX-License-Identifier: Apache-2.0
// Cycles that the banks of a buffer take for an access, from its real addresses. Consecutive
// `interleave_bytes` lie in one bank, the next in the next. A bank serves one of its words a cycle;
// the words of one request are asked for together, and a word that is needed twice is read once.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "components/buffer/address_pattern.h"

namespace systerm {

struct BankGeometry {
  std::int64_t banks = 1;
  std::int64_t width_bytes = 1;       ///< of a word, which a bank delivers or takes a cycle
  std::int64_t interleave_bytes = 1;  ///< a multiple of the width
};

struct BankCycles {
  std::int64_t busy = 0;
  std::int64_t conflicts = 0;  ///< of `busy`, cycles that equally loaded banks would not take
  std::int64_t words = 0;      ///< accesses of banks

  friend bool operator==(const BankCycles&, const BankCycles&) = default;
};

class BankSchedule {
 public:
  explicit BankSchedule(const BankGeometry& geometry);

  /// `bytes` from `address` on, as one request.
  BankCycles contiguous(std::int64_t address, std::int64_t bytes);
  /// All requests of a pattern over the block at `base`.
  BankCycles pattern(const AddressPattern& pattern, std::int64_t base);

 private:
  struct Request {
    std::int64_t busiest_bank = 0;  ///< words
    std::int64_t words = 0;
  };

  BankCycles walk(const AddressPattern& pattern, std::int64_t base);
  /// What `runs_` takes when it starts at `base`.
  Request request(std::int64_t base);
  void load(std::int64_t first_word, std::int64_t last_word);

  const BankGeometry geometry_;
  const std::int64_t words_in_chunk_;
  std::vector<std::int64_t> loads_;  ///< words by bank
  std::vector<AccessRun> runs_;
  std::vector<std::int64_t> signature_;
  std::map<std::vector<std::int64_t>, BankCycles> known_;  ///< by signature and phase of the base
};

}  // namespace systerm
