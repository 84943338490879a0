// SPDX-License-Identifier: Apache-2.0
// An initiator with several transactions under way: four phases of the base protocol, no
// extensions. Its callback only stores and notifies; one process issues and collects, oldest first.
#pragma once

#include <cstdint>
#include <deque>
#include <systemc>
#include <tlm>

#include <tlm_utils/simple_initiator_socket.h>

#include "components/transport/payload_pool.h"

namespace systerm {

class PipelinedSocket final : public tlm_utils::simple_initiator_socket<PipelinedSocket> {
 public:
  explicit PipelinedSocket(const char* name);

  /// Sends a request and waits until the target has taken it. `data` stays untouched until the
  /// response.
  void issue(tlm::tlm_command command, std::uint64_t address, unsigned char* data,
             std::uint64_t bytes);
  std::size_t under_way() const { return under_way_.size(); }
  /// Whether the oldest transaction is complete by now.
  bool oldest_is_done() const {
    const Transaction& oldest = under_way_.front();
    return oldest.has_response && oldest.done <= sc_core::sc_time_stamp();
  }
  struct Completion {
    sc_core::sc_time time;   ///< may be later than now
    std::int64_t bytes = 0;  ///< as the response says
  };
  /// Waits for the response of the oldest and forgets it.
  Completion collect_oldest();

 private:
  struct Transaction {
    tlm::tlm_generic_payload* payload = nullptr;
    bool has_response = false;
    sc_core::sc_time done;
  };

  tlm::tlm_sync_enum receive(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay);
  void respond(tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay);
  void end_request(const sc_core::sc_time& delay);

  PayloadPool pool_;
  std::deque<Transaction> under_way_;
  bool request_open_ = false;
  sc_core::sc_time request_end_;
  sc_core::sc_event request_ended_;
  sc_core::sc_event responded_;
};

}  // namespace systerm
