// SPDX-License-Identifier: Apache-2.0
// A memory controller with its devices. Accesses are cut into bursts, which enter the queues of
// their banks in order, as soon as there is room; docs/units/dram.md defines what happens in a
// cycle.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "components/dram/address_mapping.h"
#include "components/dram/command_timing.h"
#include "components/dram/data_bus_account.h"
#include "components/dram/dram_standard.h"

namespace systerm {

enum class PagePolicy : std::uint8_t {
  kOpen,    ///< a row stays open until another one is needed
  kClosed,  ///< a bank closes by itself after each burst
};

struct DramControllerConfig {
  std::string scheduler = "frfcfs";
  PagePolicy page_policy = PagePolicy::kOpen;
  std::string write_batching = "none";
  bool refresh = true;
  int queue_entries = 8;  ///< bursts that wait for a bank
};

struct DramAccess {
  std::uint64_t address = 0;
  std::uint64_t bytes = 0;  ///< at least 1
  bool is_write = false;
};

struct DramCompletion {
  std::uint64_t access = 0;  ///< counted in the order of offers
  DramCycle accepted = 0;    ///< of the first burst
  DramCycle done = 0;        ///< end of the last data
  friend bool operator==(const DramCompletion&, const DramCompletion&) = default;
};

struct DramCounts {
  std::array<std::int64_t, kDramCommands> commands{};  ///< issued, by DramCommand
  std::int64_t automatic_precharges = 0;               ///< with a RD or WR
  std::int64_t row_hits = 0;                  ///< bursts that were not the first to their open row
  std::int64_t active_standby_cycles = 0;     ///< summed over ranks, with a row open
  std::int64_t precharge_standby_cycles = 0;  ///< summed over ranks, without
  BusCycles bus_cycles{};                     ///< summed over data buses
  std::int64_t bursts() const {
    return commands[ordinal(DramCommand::kRead)] + commands[ordinal(DramCommand::kWrite)];
  }
  DramCounts& operator+=(const DramCounts& other);
  DramCounts& operator-=(const DramCounts& other);
  friend bool operator==(const DramCounts&, const DramCounts&) = default;
};

struct IssuedDramCommand {
  DramCycle cycle = 0;
  DramCommand command = DramCommand::kActivate;
  std::size_t bank = 0;  ///< any bank of the rank for a command that acts on a rank
  std::uint32_t row = 0;
  std::uint64_t burst = 0;  ///< address of a RD or WR, in bursts
  friend bool operator==(const IssuedDramCommand&, const IssuedDramCommand&) = default;
};

class DramController {
 public:
  using CommandObserver = std::function<void(const IssuedDramCommand&)>;

  virtual ~DramController() = default;

  /// Offers an access at a cycle that has not been passed; arrivals do not decrease. Throws
  /// std::out_of_range for bytes that the device does not have.
  virtual void offer(const DramAccess& access, DramCycle arrival) = 0;
  /// Everything that happens up to the cycle `limit`, included.
  virtual void advance(DramCycle limit) = 0;
  /// Until no more than `waiting` bursts have not entered a queue.
  virtual void advance_until_waiting(std::uint64_t waiting) = 0;
  /// Until every access is served; gives the end of the last data.
  virtual DramCycle finish() = 0;
  /// Accesses whose last command was issued since the last call, in the order of those commands.
  virtual std::vector<DramCompletion> take_completions() = 0;
  /// Standby and bus cycles up to, not including, `cycle`, which is not before the last command.
  /// Data that are on their way count, and a wait before the next data counts when it has ended.
  virtual DramCounts counts(DramCycle cycle) const = 0;
  virtual void observe(CommandObserver observer) = 0;
};

/// Both throw std::invalid_argument for a configuration that does not fit together.
std::unique_ptr<DramController> make_dram_controller(std::shared_ptr<const DramStandard> standard,
                                                     const AddressMapping& mapping,
                                                     const DramControllerConfig& config);
/// The same, stepped cycle by cycle and burst by burst: slow and simple, to compare with.
std::unique_ptr<DramController> make_stepped_dram_controller(
    std::shared_ptr<const DramStandard> standard, const AddressMapping& mapping,
    const DramControllerConfig& config);

/// What is wrong with a configuration; empty if nothing is.
std::string controller_config_error(const DramControllerConfig& config);

}  // namespace systerm
