// SPDX-License-Identifier: Apache-2.0
// How accesses become streams of bursts, and bursts enter the queues of their banks.
#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "components/dram/batched_controller.h"

namespace systerm {

void BatchedController::offer(const DramAccess& access, DramCycle arrival) {
  const std::uint64_t first = access.address >> burst_bits_;
  const std::uint64_t last = (access.address + access.bytes - 1) >> burst_bits_;
  if (access.bytes == 0 || last < first || last >= mapping_.bursts()) {
    throw std::out_of_range(fmt::format("{} bytes at address {:#x} are not in a memory of {} bytes",
                                        access.bytes, access.address, standard_->bytes()));
  }
  const std::uint64_t bursts = last - first + 1;
  arrival = std::max(arrival, floor_);
  pending_.push_back({offered_++, sequence_, sequence_ + bursts, bursts, access.is_write,
                      first >> place_bits_ == last >> place_bits_, 0, 0});
  Stream* back = intake_.empty() ? nullptr : &intake_.back();
  const bool continues = back != nullptr && back->is_write == access.is_write &&
                         back->burst + back->bursts == first &&
                         (back->arrival == arrival || std::max(back->arrival, arrival) <= floor_);
  if (continues) {
    back->bursts += bursts;
  } else {
    intake_.push_back({first, bursts, sequence_, arrival, access.is_write, {}, 0});
  }
  sequence_ += bursts;
  waiting_ += bursts;
}

bool BatchedController::head_merges_into(const Bank& bank, const QueuedBursts& entry) const {
  const Stream& head = intake_.front();
  return &entry == &bank.queue.back() && entry.is_write == head.is_write &&
         entry.row == head.place.row && entry.sequence + entry.count == head.sequence &&
         entry.burst + entry.count == head.burst;
}

void BatchedController::locate(Stream& stream) const {
  const std::uint64_t block = mapping_.bursts_in_place();
  stream.place = mapping_.place(stream.burst);
  stream.in_place = std::min(stream.bursts, block - (stream.burst & (block - 1)));
}

bool BatchedController::accept() {
  bool changed = false;
  while (!intake_.empty() && intake_.front().arrival <= floor_) {
    Stream& stream = intake_.front();
    if (stream.in_place == 0) locate(stream);
    Bank& bank = banks_[stream.place.bank];
    const auto room = static_cast<std::uint64_t>(config_.queue_entries) - bank.waiting;
    if (room == 0) break;
    enter(stream, std::min(room, stream.in_place), floor_, 0);
    // A hit that is chosen stays so, see DramScheduler::choose.
    if (!bank.has_next || !is_column_command(bank.next)) changed |= update_next(bank);
    if (stream.bursts == 0) intake_.pop_front();
  }
  return changed;
}

/// The first bursts of a stream enter the queue of their bank, `interval` apart.
void BatchedController::enter(Stream& stream, std::uint64_t bursts, DramCycle first,
                              DramCycle interval) {
  Bank& bank = banks_[stream.place.bank];
  Channel& channel = channels_[bank.channel];
  if (bank.queue.empty()) active_.push_back(static_cast<std::uint32_t>(&bank - banks_.data()));
  if (!bank.queue.empty() && head_merges_into(bank, bank.queue.back())) {
    bank.queue.back().count += static_cast<std::uint32_t>(bursts);
  } else {
    bank.queue.push_back({stream.sequence, stream.burst, stream.place.row,
                          static_cast<std::uint32_t>(bursts), stream.is_write});
  }
  bank.waiting += static_cast<std::uint32_t>(bursts);
  buses_[bank.bus].enter(first, static_cast<std::int64_t>(bursts));
  (stream.is_write ? channel.writes : channel.reads) += static_cast<std::int64_t>(bursts);
  if (period_.is_recording()) {
    for (std::uint64_t i = 0; i < bursts; ++i) {
      period_.enter(stream.sequence + i, first + static_cast<DramCycle>(i) * interval);
    }
  }
  const std::uint64_t end = stream.sequence + bursts;
  while (next_access_ < end) {
    Pending& access = next_to_enter();
    access.accepted = first + static_cast<DramCycle>(access.first - stream.sequence) * interval;
    next_access_ = access.end;
  }
  stream.sequence = end;
  stream.burst += bursts;
  stream.bursts -= bursts;
  stream.in_place -= bursts;
  waiting_ -= bursts;
}

/// From the first command of what is left of an access to the end of its data, at least.
DramCycle BatchedController::cycles_left(const Pending& access) const {
  const auto others = static_cast<DramCycle>(access.left - 1);
  const DramCycle before = access.in_one_row ? others * interval_[access.is_write]
                                             : (others >> bus_bits_) * standard_->burst_cycles;
  return before + data_end_[access.is_write];
}

DramCycle BatchedController::earliest_end() const {
  const std::uint64_t entered = sequence_ - waiting_;
  const auto entries = static_cast<std::uint64_t>(config_.queue_entries);
  DramCycle begin = floor_;
  DramCycle earliest = kNever;
  for (const Pending& each : pending_) {
    if (each.left == 0) continue;
    const DramCycle from = each.first < entered ? floor_ : begin;
    earliest = std::min(earliest, from + cycles_left(each));
    // What does not fit into the queue of its bank enters one by one, and the next access after it.
    const std::uint64_t outside = each.end - std::clamp(entered, each.first, each.end);
    if (each.in_one_row && outside > entries) {
      begin += static_cast<DramCycle>(outside - entries - 1) * interval_[each.is_write];
    }
  }
  return earliest;
}

}  // namespace systerm
