// SPDX-License-Identifier: Apache-2.0
// DRAM as latency and bandwidth: accesses are served in the order of their acceptance, each
// occupying the data bus for its bytes; the latency overlaps with earlier transfers. Banks, rows
// and refresh are abstracted away.
#pragma once

#include "components/dram/dram.h"

namespace systerm {

class SimpleDram final : public Dram {
 public:
  SimpleDram(const sc_core::sc_module_name& name, const Clock& clock, const DramConfig& config,
             Fidelity fidelity);

  std::string waiting_for() const override { return {}; }

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;
  tlm::tlm_sync_enum begin_request(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                   sc_core::sc_time& delay) override;
  void admit();
  bool has_room();
  sc_core::sc_time serve(tlm::tlm_generic_payload& payload);
  sc_core::sc_time transfer_time(std::uint64_t bytes) const;

  const sc_core::sc_time latency_;
  sc_core::sc_time bus_free_;
  std::deque<sc_core::sc_time>
      queued_;  ///< start of service of the accesses accepted and not started
  std::deque<std::pair<tlm::tlm_generic_payload*, sc_core::sc_time>> requests_;  ///< not accepted
  sc_core::sc_event admission_;
};

}  // namespace systerm
