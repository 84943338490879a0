// SPDX-License-Identifier: Apache-2.0
// DRAM with banks: a controller of its own clock behind the memory socket. The controller is
// advanced when an access may be complete, never cycle by cycle.
#pragma once

#include <limits>

#include "components/dram/batched_controller.h"
#include "components/dram/dram.h"

namespace systerm {

class BankDram final : public Dram {
 public:
  BankDram(const sc_core::sc_module_name& name, const Clock& clock, const DramConfig& config,
           Fidelity fidelity);

  std::string waiting_for() const override;
  void update_statistics() override;
  const DramCounts* counts() const override { return &counts_; }

 private:
  /// A thread in b_transport.
  struct Caller {
    bool is_done = false;
    sc_core::sc_event event;
  };
  struct Access {
    tlm::tlm_generic_payload* payload = nullptr;
    Caller* caller = nullptr;  ///< null for the non-blocking transport
    DramCycle done = -1;       ///< once known
    sc_core::sc_time accepted;
    std::int64_t slot = 0;  ///< of those of the controller, queue_depth in all
  };

  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;
  tlm::tlm_sync_enum begin_request(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                   sc_core::sc_time& delay) override;
  static constexpr DramCycle kNever = std::numeric_limits<DramCycle>::max();

  bool has_room() const {
    return under_way_.size() < static_cast<std::size_t>(config().queue_depth);
  }
  void offer(tlm::tlm_generic_payload& payload, Caller* caller);
  void update();
  void complete_until(DramCycle now);
  void collect();
  void complete(const Access& access);
  void admit();
  std::int64_t free_slot() const;
  void schedule();
  void wake_at(DramCycle cycle);
  sc_core::sc_time time_of(DramCycle cycle) const {
    return sc_core::sc_time::from_value(static_cast<sc_dt::uint64>(cycle) * period_);
  }

  const sc_dt::uint64 period_;  ///< of the memory clock, in units of the time resolution
  BatchedController controller_;
  std::deque<std::pair<std::uint64_t, Access>> under_way_;  ///< by the controller's number
  std::deque<std::pair<tlm::tlm_generic_payload*, sc_core::sc_time>> requests_;  ///< not accepted
  std::deque<Caller> callers_;
  std::vector<Caller*> free_callers_;
  DramCycle first_done_ = kNever;  ///< of those under way whose end is known
  DramCycle wakes_at_ = kNever;    ///< update() is called
  std::uint64_t offered_ = 0;
  sc_core::sc_event updated_;
  sc_core::sc_event has_room_;
  DramCounts counts_;
};

}  // namespace systerm
