// SPDX-License-Identifier: Apache-2.0
// The controller that steps through every cycle and looks every constraint up in the history of
// commands. Slow; what BatchedController is compared with.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "components/dram/controller.h"
#include "components/dram/scheduler.h"
#include "components/dram/standby_account.h"
#include "components/dram/write_batching.h"

namespace systerm {

class SteppedController final : public DramController {
 public:
  SteppedController(std::shared_ptr<const DramStandard> standard, const AddressMapping& mapping,
                    const DramControllerConfig& config);

  void offer(const DramAccess& access, DramCycle arrival) override;
  void advance(DramCycle limit) override;
  void advance_until_waiting(std::uint64_t waiting) override;
  DramCycle finish() override;
  std::vector<DramCompletion> take_completions() override;
  DramCounts counts(DramCycle cycle) const override;
  void observe(CommandObserver observer) override { observer_ = std::move(observer); }

 private:
  struct Burst {
    QueuedBursts burst;
    AddressMapping::Place place;
    DramCycle arrival = 0;
    std::size_t access = 0;
  };
  struct Bank {
    std::optional<std::uint32_t> open_row;
    bool is_fresh = false;
    RowOpening opening;
    std::vector<Burst> queue;
  };
  struct Access {
    std::uint64_t left = 0;
    std::optional<DramCycle> accepted;
    DramCycle done = 0;
  };
  struct Event {
    DramCycle time;
    std::size_t bank;
    bool is_automatic;
  };
  struct Choice {
    int priority = 0;
    std::uint64_t sequence = 0;
    DramCommand command = DramCommand::kActivate;
    std::size_t bank = 0;
    std::size_t entry = 0;
  };

  void step();
  std::optional<Choice> choose() const;
  std::optional<Choice> choice_of_rank(std::size_t rank) const;
  std::optional<Choice> choice_of_bank(std::size_t bank) const;
  bool is_oldest_of_channel(std::size_t bank, std::uint64_t sequence) const;
  bool is_allowed(DramCommand command, std::size_t bank, DramCycle time,
                  DramLevel from = DramLevel::kChannel) const;
  bool is_bound(const DramConstraint& constraint, DramCommand preceding, const Event& event,
                DramCommand command, std::size_t bank) const;
  void issue(const Choice& choice);
  void serve(const Choice& choice);
  void accept();
  std::size_t node(DramLevel level, std::size_t bank) const;

  std::shared_ptr<const DramStandard> standard_;
  AddressMapping mapping_;
  DramControllerConfig config_;
  std::unique_ptr<const DramScheduler> scheduler_;
  std::unique_ptr<const WriteBatching> write_batching_;
  CommandObserver observer_;
  std::vector<Bank> banks_;
  std::vector<DramCycle> refresh_due_;   ///< by rank
  std::vector<StandbyAccount> standby_;  ///< by rank
  std::vector<Directions> directions_;   ///< by channel
  const BusTiming bus_timing_;
  std::vector<DataBusAccount> buses_;  ///< by pseudo channel
  std::array<std::vector<Event>, kDramCommands> history_;
  std::deque<Burst> intake_;
  std::vector<Access> accesses_;
  std::vector<DramCompletion> completions_;
  DramCounts counts_;
  DramCycle now_ = 0;
  DramCycle last_end_ = 0;
  std::size_t unserved_ = 0;
  std::uint64_t sequence_ = 0;
};

}  // namespace systerm
