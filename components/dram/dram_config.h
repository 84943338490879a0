// SPDX-License-Identifier: Apache-2.0
// Parameters of the DRAM.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "components/dram/controller.h"

namespace systerm {

enum class DramModel : std::uint8_t {
  kSimple,  ///< latency and bandwidth
  kBanks,   ///< a controller with banks, rows and refresh
};

struct DramConfig {
  DramModel model = DramModel::kSimple;
  // Of the simple model; with banks, those of the device.
  std::int64_t bytes = std::int64_t{4} << 30;
  double bytes_per_second = 12.8e9;
  int access_bytes =
      64;  ///< smallest unit on the bus; a shorter or unaligned access pays for whole ones
  // Of the simple model alone.
  double latency_seconds = 60e-9;  ///< from the acceptance of an access to its first byte
  /// Simple: accesses accepted ahead of the one in service. Banks: accesses under way.
  int queue_depth = 8;
  // Of the model with banks.
  std::string preset;  ///< name or file of the standard
  std::shared_ptr<const DramStandard> standard;
  std::string mapping = "rbc";
  DramControllerConfig controller;
};

}  // namespace systerm
