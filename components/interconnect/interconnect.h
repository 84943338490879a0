// SPDX-License-Identifier: Apache-2.0
// Shared bus between the DMA engines and the memory: one transaction at a time, arbitration among
// the masters that wait, a window of addresses that it forwards. A full memory queue holds the bus.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include <tlm_utils/multi_passthrough_target_socket.h>

#include "components/interconnect/interconnect_config.h"
#include "components/transport/hardware_unit.h"
#include "components/transport/sockets.h"

namespace systerm {

struct AddressWindow {
  std::uint64_t base = 0;
  std::uint64_t bytes = 0;
};

class Interconnect final : public HardwareUnit {
 public:
  /// Masters in the order of binding; with fixed priority the first bound comes first.
  tlm_utils::multi_passthrough_target_socket<Interconnect> masters{"masters"};
  InitiatorSocket<Interconnect> memory{"memory"};

  Interconnect(const sc_core::sc_module_name& name, const Clock& clock,
               const InterconnectConfig& config, const AddressWindow& memory_window);

  std::string waiting_for() const override;

 private:
  void b_transport(int master, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void acquire(int master);
  void release();

  const InterconnectConfig config_;
  const AddressWindow window_;
  bool busy_ = false;
  int last_granted_ = -1;
  std::vector<int> waiting_;
  std::deque<sc_core::sc_event> granted_;  ///< by master; a deque because events do not move
  std::int64_t transactions_ = 0;
  std::int64_t bytes_ = 0;
  std::int64_t busy_cycles_ = 0;
  std::int64_t wait_cycles_total_ = 0;
};

}  // namespace systerm
