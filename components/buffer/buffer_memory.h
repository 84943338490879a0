// SPDX-License-Identifier: Apache-2.0
// What the cells of a buffer do besides storing: nothing in SRAM, losing their charge in eDRAM. A
// kind of memory is added by one file and one registration. Times are cycles, addresses are bytes
// of the whole buffer.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "components/buffer/address_pattern.h"
#include "components/buffer/buffer_config.h"
#include "components/transport/statistics.h"

namespace systerm {

/// How long the rows of a memory that forgets had to remember.
struct RetentionReport {
  struct Bin {
    std::int64_t from_cycles = 0;  ///< up to the next bin's
    std::int64_t lifetimes = 0;
  };
  struct Row {
    std::int64_t bank = 0;
    std::int64_t row = 0;
    std::int64_t written_at = 0;
    std::int64_t lifetime_cycles = 0;
  };
  std::int64_t retention_cycles = 0;
  std::int64_t rows = 0;
  std::int64_t refreshes = 0;  ///< of single rows
  std::int64_t violations = 0;
  std::int64_t longest_cycles = 0;
  std::vector<Bin> lifetimes;   ///< last write to last read, powers of two; empty bins left out
  std::vector<Row> worst_rows;  ///< longest first
};

class BufferMemory {
 public:
  virtual ~BufferMemory() = default;

  /// When an access that starts at `start` and needs `busy` cycles of its port ends.
  virtual std::int64_t end_of_access(std::int64_t start, std::int64_t busy) = 0;
  virtual void written(std::int64_t address, std::int64_t bytes, std::int64_t at) = 0;
  virtual void read(std::int64_t address, std::int64_t bytes, std::int64_t at) = 0;
  virtual void read(const AddressPattern& pattern, std::int64_t base, std::int64_t at) = 0;
  /// The read before took longer to hand its bytes on: it ended at `at`.
  virtual void read_lasted_until(std::int64_t at) = 0;
  /// The block that lies in these bytes is not needed any more.
  virtual void released(std::int64_t address, std::int64_t bytes, std::int64_t at) = 0;
  /// Brings the counters up to `now`.
  virtual void settle(std::int64_t now) = 0;
  virtual void register_statistics(Statistics& statistics) = 0;
  virtual std::optional<RetentionReport> retention() const = 0;
};

using BufferMemoryFactory =
    std::function<std::unique_ptr<BufferMemory>(const BufferConfig&, double clock_hz)>;

/// Makes `name` known; throws std::invalid_argument if it is known already.
void register_buffer_memory(std::string name, BufferMemoryFactory factory);
/// Throws std::invalid_argument for an unknown name.
std::unique_ptr<BufferMemory> make_buffer_memory(const BufferConfig& config, double clock_hz);
/// Names in alphabetical order.
std::vector<std::string> buffer_memory_names();

}  // namespace systerm
