// SPDX-License-Identifier: Apache-2.0
// Parameters of an eDRAM behind a buffer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace systerm {

enum class RefreshPolicy : std::uint8_t {
  kNone,           ///< reads past the retention are counted as violations
  kPeriodic,       ///< every row of every bank once a retention time
  kPerBank,        ///< the same, of the banks that hold a block
  kLifetimeAware,  ///< a row when the data in it reach the retention time, as long as they are held
};

/// How long a row keeps its data at a temperature.
struct RetentionPoint {
  double celsius = 0.0;
  double seconds = 0.0;
};

struct EdramConfig {
  std::int64_t row_bytes = 64;  ///< of a row of one bank
  double retention_seconds = 45e-6;
  double retention_celsius = 85.0;  ///< at which retention_seconds holds
  /// Measured, temperatures rising; takes the place of the two above.
  std::vector<RetentionPoint> retention_table;
  double celsius = 85.0;  ///< at which the memory works
  RefreshPolicy refresh = RefreshPolicy::kPeriodic;
  int refresh_cycles = 1;  ///< of its bank that one row takes

  /// By the table, exponential between its points; without one halved every 10 degrees, which is an
  /// assumption. The table must be without error.
  double retention_at_work() const;
  /// What is wrong with the table; empty if nothing is, or there is none.
  std::string retention_table_error() const;
  std::int64_t retention_cycles(double clock_hz) const;
};

}  // namespace systerm
