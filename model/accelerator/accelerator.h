// SPDX-License-Identifier: Apache-2.0
// The accelerator of a design: builds its cores and wires them to the interconnect. Everything but
// the memory, which is bound to `memory_socket()` from outside and may be any base-protocol target.
#pragma once

#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "components/interconnect/interconnect.h"
#include "model/accelerator/core.h"
#include "model/design/design.h"

namespace systerm {

/// Base of the memory in the address map.
inline constexpr std::uint64_t kMemoryBase = 0;

class Accelerator final : public sc_core::sc_module {
 public:
  /// `programs` by core; cores without one have nothing to do.
  Accelerator(const sc_core::sc_module_name& name, const Design& design, Fidelity fidelity,
              std::vector<CommandProcessor::Program> programs,
              const CommandProcessor::Observer& observer);

  tlm_utils::simple_initiator_socket<Interconnect>& memory_socket() { return interconnect_.memory; }
  std::deque<Core>& cores() { return cores_; }
  const std::deque<Core>& cores() const { return cores_; }
  /// All units, in a fixed order.
  std::vector<HardwareUnit*> units();
  /// The same, and whose they are; nobody's where all share.
  std::vector<std::pair<HardwareUnit*, std::optional<std::size_t>>> units_by_core();

 private:
  void bind();

  const Clock clock_;
  std::deque<Core> cores_;  ///< a deque because modules do not move
  Interconnect interconnect_;
};

}  // namespace systerm
