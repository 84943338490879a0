// SPDX-License-Identifier: Apache-2.0
// Which of the bursts that wait for a bank comes next. A scheduler is one file and one
// registration.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace systerm {

/// Consecutive bursts that wait for the same row of a bank.
struct QueuedBursts {
  std::uint64_t sequence = 0;  ///< of the first; bursts count up in the order of arrival
  std::uint64_t burst = 0;     ///< address of the first, in bursts
  std::uint32_t row = 0;
  std::uint32_t count = 1;
  bool is_write = false;
};

/// Which bursts may be served at present.
struct Directions {
  bool reads = true;
  bool writes = true;
  bool allow(bool is_write) const { return is_write ? writes : reads; }
  friend bool operator==(const Directions&, const Directions&) = default;
};

class DramScheduler {
 public:
  virtual ~DramScheduler() = default;
  virtual std::string_view name() const = 0;
  virtual std::string_view description() const = 0;
  /// The entry of a bank's queue, oldest first, that the bank works for; nothing if none may be
  /// served. `open_row` is that of the bank, if one is open. An entry that is chosen stays so as
  /// long as younger ones arrive, unless these hit the open row and it does not.
  virtual std::optional<std::size_t> choose(std::span<const QueuedBursts> queue,
                                            std::optional<std::uint32_t> open_row,
                                            Directions directions) const = 0;
  /// Whether a channel serves its bursts in the order of arrival; rows are prepared ahead all the
  /// same.
  virtual bool in_order() const = 0;
};

/// In alphabetical order.
std::vector<std::string> dram_scheduler_names();
/// Throws std::invalid_argument for an unknown name.
std::unique_ptr<const DramScheduler> make_dram_scheduler(std::string_view name);
/// Adds a scheduler. Throws std::invalid_argument if the name is taken.
void register_dram_scheduler(std::string name,
                             std::function<std::unique_ptr<const DramScheduler>()> factory);

}  // namespace systerm
