// SPDX-License-Identifier: Apache-2.0
// Parameters of an eDRAM behind a buffer.
#pragma once

#include <cstdint>

namespace systerm {

enum class RefreshPolicy : std::uint8_t {
  kNone,           ///< reads past the retention are counted as violations
  kPeriodic,       ///< every row of every bank once a retention time
  kPerBank,        ///< the same, of the banks that hold a block
  kLifetimeAware,  ///< a row when the data in it reach the retention time, as long as they are held
};

struct EdramConfig {
  std::int64_t row_bytes = 64;  ///< of a row of one bank
  double retention_seconds = 45e-6;
  double retention_celsius = 85.0;  ///< at which retention_seconds holds
  double celsius = 85.0;            ///< at which the memory works
  RefreshPolicy refresh = RefreshPolicy::kPeriodic;
  int refresh_cycles = 1;  ///< of its bank that one row takes

  /// Halved every 10 degrees: an assumption. Measured values go into retention_seconds directly.
  double retention_at_work() const;
  std::int64_t retention_cycles(double clock_hz) const;
};

}  // namespace systerm
