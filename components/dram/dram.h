// SPDX-License-Identifier: Apache-2.0
// The memory behind a base-protocol socket, for both transports. Contents are read and written when
// an access is accepted; when it is complete is a matter of the model.
#pragma once

#include <deque>
#include <memory>
#include <utility>

#include <tlm_utils/simple_target_socket.h>

#include "components/descriptors/fidelity.h"
#include "components/dram/controller.h"
#include "components/dram/dram_config.h"
#include "components/dram/sparse_memory.h"
#include "components/transport/hardware_unit.h"

namespace systerm {

class Dram : public HardwareUnit {
 public:
  /// May stay unbound where another memory takes its place. Needs no extension.
  tlm_utils::simple_target_socket_optional<Dram> port{"port"};

  /// Access to the contents that costs no simulated time, for loading and inspecting.
  SparseMemory& contents() { return contents_; }
  std::int64_t bytes_read() const { return bytes_read_; }
  std::int64_t bytes_written() const { return bytes_written_; }
  /// Brings counters that lag behind the simulated time up to now.
  virtual void update_statistics() {}
  /// As of the last update; null for a model without banks.
  virtual const DramCounts* counts() const { return nullptr; }

 protected:
  Dram(const sc_core::sc_module_name& name, const Clock& clock, const DramConfig& config,
       Fidelity fidelity);

  virtual void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) = 0;
  /// A request in the non-blocking transport; `delay` from now it is there. TLM_ACCEPTED and,
  /// later, send_response(); or any earlier end of the protocol.
  virtual tlm::tlm_sync_enum begin_request(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                           sc_core::sc_time& delay) = 0;

  const DramConfig& config() const { return config_; }
  /// Sets an error status and gives false for an access that this memory cannot serve.
  bool is_valid(tlm::tlm_generic_payload& payload) const;
  /// Moves the data, counts the access and sets its status.
  void perform(tlm::tlm_generic_payload& payload);
  /// Once the initiator has ended the response before. The payload was acquired at its request.
  void send_response(tlm::tlm_generic_payload& payload, const sc_core::sc_time& done);

 private:
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay);

  const DramConfig config_;
  const Fidelity fidelity_;
  SparseMemory contents_;
  bool response_open_ = false;
  std::deque<std::pair<tlm::tlm_generic_payload*, sc_core::sc_time>> responses_;
  std::int64_t accesses_ = 0;
  std::int64_t bytes_read_ = 0;
  std::int64_t bytes_written_ = 0;
  std::int64_t bytes_on_bus_ = 0;
};

/// The model that the configuration names.
std::unique_ptr<Dram> make_dram(const sc_core::sc_module_name& name, const Clock& clock,
                                const DramConfig& config, Fidelity fidelity);

}  // namespace systerm
