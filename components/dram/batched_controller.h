// SPDX-License-Identifier: Apache-2.0
// The controller that goes from command to command and takes runs of row hits as one step. It gives
// exactly what SteppedController gives.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <limits>
#include <memory>
#include <vector>

#include "components/dram/column_distances.h"
#include "components/dram/controller.h"
#include "components/dram/periodic_stream.h"
#include "components/dram/scheduler.h"
#include "components/dram/sliding_queue.h"
#include "components/dram/standby_account.h"
#include "components/dram/write_batching.h"

namespace systerm {

class BatchedController final : public DramController {
 public:
  BatchedController(std::shared_ptr<const DramStandard> standard, const AddressMapping& mapping,
                    const DramControllerConfig& config);

  void offer(const DramAccess& access, DramCycle arrival) override;
  void advance(DramCycle limit) override { run(limit, 0); }
  void advance_until_waiting(std::uint64_t waiting) override { run(kNever, waiting + 1); }
  DramCycle finish() override;
  std::vector<DramCompletion> take_completions() override;
  DramCounts counts(DramCycle cycle) const override;
  void observe(CommandObserver observer) override { observer_ = std::move(observer); }

  /// Before this cycle no access that has a command left can end, whatever else is offered.
  DramCycle earliest_end() const;
  /// The same of the youngest access alone, which was offered for the cycle `arrival`.
  DramCycle earliest_end_of_youngest(DramCycle arrival) const {
    return std::max(arrival, floor_) + cycles_left(pending_.back());
  }

 private:
  static constexpr DramCycle kNever = std::numeric_limits<DramCycle>::max() / 4;
  static constexpr std::size_t kMostRuns = 32;  ///< of hits in turn

  /// Consecutive bursts in one direction that have not entered a queue.
  struct Stream {
    std::uint64_t burst = 0;
    std::uint64_t bursts = 0;
    std::uint64_t sequence = 0;
    DramCycle arrival = 0;
    bool is_write = false;
    AddressMapping::Place place;  ///< of the first bursts
    std::uint64_t in_place = 0;   ///< how many of them; 0 for not looked up
  };
  /// An access that has bursts left.
  struct Pending {
    std::uint64_t access = 0;
    std::uint64_t first = 0;  ///< sequence numbers of its bursts
    std::uint64_t end = 0;
    std::uint64_t left = 0;
    bool is_write = false;
    bool in_one_row = false;
    DramCycle accepted = 0;
    DramCycle done = 0;
  };
  struct Bank {
    std::uint32_t channel = 0;
    std::uint32_t rank = 0;
    bool is_open = false;
    bool is_fresh = false;  ///< no burst since ACT
    bool has_next = false;  ///< the three below are valid
    DramCommand next = DramCommand::kActivate;
    std::uint32_t entry = 0;
    std::uint32_t row = 0;
    std::uint64_t sequence = 0;
    std::uint32_t waiting = 0;
    std::uint32_t bus = 0;
    RowOpening opening;
    std::vector<QueuedBursts> queue;
  };
  struct Rank {
    DramCycle due = kNever;
    std::size_t first_bank = 0;
    StandbyAccount standby;
  };
  struct Channel {
    Directions directions;
    std::int64_t reads = 0;
    std::int64_t writes = 0;
    std::uint64_t oldest = 0;
  };
  /// The command that comes next, and before which time nothing else can.
  struct Choice {
    DramCycle time = kNever;
    DramCycle others = kNever;
    int priority = 0;
    std::uint64_t sequence = 0;
    DramCommand command = DramCommand::kActivate;
    std::size_t bank = 0;
    DramCycle rows = kNever;  ///< first ACT or PRE
    std::size_t hits = 0;     ///< banks whose next command is RD or WR
  };
  /// Bursts to the open row of a bank, in one direction, among those of other banks.
  struct HitRun {
    std::size_t bank = 0;
    DramCommand command = DramCommand::kRead;
    DramCycle ready = 0;  ///< when the next of them may be served
    DramCycle served_at = -1;
    std::uint64_t sequence = 0;
    std::int64_t served = 0;
    Pending* access = nullptr;  ///< of the next of them
  };

  /// What was there when a round of hits in turn began.
  struct Round {
    const HitRun* first = nullptr;  ///< was served first
    DramCycle begin = 0;
    std::uint64_t fed = 0;                            ///< bursts that had entered a queue
    std::array<DramCycle, kMostRuns> ready{};         ///< by run
    std::array<std::int64_t, kMostRuns> served{};     ///< by run
    std::array<std::uint64_t, kMostRuns> sequence{};  ///< by run
  };

  void run(DramCycle limit, std::uint64_t stop_below);
  Choice choose();
  void consider(Choice& best, DramCycle time, int priority, std::uint64_t sequence,
                DramCommand command, std::size_t bank) const;
  void find_oldest();
  void issue(const Choice& choice, DramCycle limit);
  void refresh(const Choice& choice);
  void serve(const Choice& choice, DramCycle limit);
  std::uint64_t batch(const Choice& choice, DramCycle limit, DramCycle interval) const;
  bool serves_in_turn(const Choice& choice, DramCycle limit) const;
  DramCycle end_of_turns(DramCycle limit) const;
  void serve_in_turn(const Choice& choice, DramCycle limit);
  void collect_runs();
  HitRun* next_run();
  bool serve_one(HitRun& run);
  bool feed();
  void enter_one(Stream& stream, Bank& bank, QueuedBursts& entry);
  void close_run(const HitRun& run);
  void start_round(const HitRun& next);
  void watch_rounds(HitRun& next, DramCycle last);
  std::int64_t repeated_rounds(DramCycle cycles, DramCycle last);
  void skip_rounds(std::int64_t rounds, DramCycle cycles);
  bool head_merges_into(const Bank& bank, const QueuedBursts& entry) const;
  bool end_cycle();
  bool accept();
  void enter(Stream& stream, std::uint64_t bursts, DramCycle first, DramCycle interval);
  void locate(Stream& stream) const;
  bool update_next(Bank& bank);
  void complete(std::uint64_t sequence, std::uint64_t bursts, DramCycle end, DramCycle interval);
  DramCycle cycles_left(const Pending& access) const;
  Pending* pending_of(std::uint64_t sequence);
  /// The access whose first burst is next_access_.
  Pending& next_to_enter() { return pending_[entered_accesses_++ - pending_.front().access]; }
  void close_row(Bank& bank, DramCycle cycle);
  void account(Bank& bank, DramCycle cycle, bool is_write) {
    buses_[bank.bus].serve(bus_timing_, cycle, is_write, bank.is_fresh ? &bank.opening : nullptr);
  }
  void watch_stream(DramCycle limit);
  bool is_steady(const Stream& head, std::uint64_t block) const;
  void describe_state(const Stream& head, std::vector<std::int64_t>& state) const;
  void jump(std::uint64_t repetitions, DramCycle cycles);
  void complete_again(std::uint64_t repetitions, DramCycle cycles);
  void note(DramCycle cycle, DramCommand command, std::size_t bank, std::uint32_t row,
            std::uint64_t burst);

  std::shared_ptr<const DramStandard> standard_;
  AddressMapping mapping_;
  DramControllerConfig config_;
  std::unique_ptr<const DramScheduler> scheduler_;
  std::unique_ptr<const WriteBatching> write_batching_;
  const int burst_bits_;                 ///< of the bytes of a burst
  const int place_bits_;                 ///< of the bursts that lie in one row
  int bus_bits_ = 0;                     ///< of the number of data buses
  std::array<DramCycle, 2> interval_{};  ///< of bursts to one bank, by direction
  std::array<DramCycle, 2> data_end_{};  ///< from RD or WR, by direction
  const bool in_order_;
  const bool reorders_writes_;
  bool serves_in_turn_ = false;  ///< as far as the configuration goes
  CommandTiming timing_;
  const ColumnDistances distances_;
  CommandObserver observer_;
  std::vector<Bank> banks_;
  std::vector<Rank> ranks_;
  DramCycle first_due_ = kNever;  ///< of all ranks
  std::vector<Channel> channels_;
  const BusTiming bus_timing_;
  std::vector<DataBusAccount> buses_;
  std::vector<DataBusAccount> buses_before_;  ///< when the period or round began
  std::vector<std::uint32_t> active_;         ///< banks with waiting bursts
  std::deque<Stream> intake_;
  std::array<HitRun, kMostRuns> runs_;
  std::size_t run_count_ = 0;
  Round round_;
  std::uint64_t watched_length_ = 0;  ///< bursts of a period that is looked for
  Choice choice_;
  bool has_choice_ = false;  ///< choice_ still comes next
  StreamPeriod period_;
  std::uint64_t watched_ = ~std::uint64_t{0};  ///< burst at which the stream was looked at last
  std::vector<std::int64_t> state_;
  std::vector<std::int64_t> state_before_;
  SlidingQueue<Pending> pending_;
  std::vector<DramCompletion> completions_;
  DramCounts counts_;
  DramCycle floor_ = 0;      ///< first cycle that may still issue a command
  bool cycle_open_ = false;  ///< bursts may still enter the queues in cycle floor_
  DramCycle last_end_ = 0;
  std::uint64_t offered_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint64_t waiting_ = 0;  ///< bursts that have not entered a queue
  std::uint64_t entered_accesses_ = 0;
  std::uint64_t next_access_ = 0;  ///< first burst of the next access that has not begun to enter
};

}  // namespace systerm
