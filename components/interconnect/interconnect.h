// SPDX-License-Identifier: Apache-2.0
// Shared bus between the DMA engines and the memory: one request at a time, arbitration among the
// masters that wait, a window of addresses that it forwards. A full memory queue holds the bus;
// responses return on wires of their own.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include <tlm_utils/multi_passthrough_target_socket.h>

#include "components/interconnect/interconnect_config.h"
#include "components/transport/hardware_unit.h"
#include "components/transport/payload_pool.h"
#include "components/transport/sockets.h"

namespace systerm {

struct AddressWindow {
  std::uint64_t base = 0;
  std::uint64_t bytes = 0;
};

class Interconnect final : public HardwareUnit {
 public:
  /// Masters in the order of binding; with fixed priority the first bound comes first. Both
  /// transports.
  tlm_utils::multi_passthrough_target_socket<Interconnect> masters{"masters"};
  /// Base protocol without extensions: any memory can be bound.
  tlm_utils::simple_initiator_socket<Interconnect> memory{"memory"};

  Interconnect(const sc_core::sc_module_name& name, const Clock& clock,
               const InterconnectConfig& config, const AddressWindow& memory_window);

  std::string waiting_for() const override;

 private:
  /// A blocking call of a master that waits for its transaction.
  struct BlockingCall {
    bool is_done = false;
    sc_core::sc_time done;
    sc_core::sc_event event;
  };
  struct Transaction {
    tlm::tlm_generic_payload* payload = nullptr;
    int master = 0;
    BlockingCall* call = nullptr;  ///< null for the non-blocking transport
    sc_core::sc_time since;        ///< request
    bool is_taken = false;         ///< by the memory
    bool is_answered = false;
    sc_core::sc_time answered;
  };
  struct Master {
    bool response_open = false;
    std::deque<Transaction> responses;  ///< wait for the end of the one before
  };

  tlm::tlm_sync_enum nb_transport_fw(int master, tlm::tlm_generic_payload& payload,
                                     tlm::tlm_phase& phase, sc_core::sc_time& delay);
  void b_transport(int master, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay);
  bool is_inside(const tlm::tlm_generic_payload& payload) const;
  void request(const Transaction& transaction);
  void grant();
  void send();
  void take(const sc_core::sc_time& time);
  void end_transfer();
  void call_memory();
  void respond(const Transaction& transaction, const sc_core::sc_time& time);
  void send_response(Master& master, const Transaction& transaction);

  const InterconnectConfig config_;
  const AddressWindow window_;
  std::vector<Transaction> waiting_;
  bool busy_ = false;
  Transaction current_;  ///< holds the bus
  sc_core::sc_time granted_at_;
  std::vector<Transaction> in_memory_;  ///< taken by the memory, without a response
  std::deque<Master> masters_;
  int last_granted_ = -1;
  PayloadPool pool_;
  std::deque<BlockingCall> calls_;
  std::vector<BlockingCall*> free_calls_;
  sc_core::sc_event transfer_ended_;
  sc_core::sc_event requested_;
  sc_core::sc_event called_;
  std::int64_t transactions_ = 0;
  std::int64_t bytes_ = 0;
  std::int64_t busy_cycles_ = 0;
  std::int64_t wait_cycles_total_ = 0;
};

}  // namespace systerm
