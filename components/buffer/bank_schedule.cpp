// SPDX-License-Identifier: Apache-2.0
#include "components/buffer/bank_schedule.h"

#include <algorithm>
#include <numeric>

#include "components/arithmetic/ceil_div.h"

namespace systerm {

namespace {

/// Patterns kept; a network has far fewer that differ.
constexpr std::size_t kMaxKnown = 1 << 14;

}  // namespace

BankSchedule::BankSchedule(const BankGeometry& geometry)
    : geometry_(geometry),
      words_in_chunk_(geometry.interleave_bytes / geometry.width_bytes),
      loads_(static_cast<std::size_t>(geometry.banks)) {}

BankCycles BankSchedule::contiguous(std::int64_t address, std::int64_t bytes) {
  if (bytes <= 0) return {};
  const std::int64_t first = address / geometry_.width_bytes;
  const std::int64_t last = (address + bytes - 1) / geometry_.width_bytes;
  BankCycles cycles;
  cycles.words = last - first + 1;
  if (words_in_chunk_ == 1) {
    cycles.busy = ceil_div(cycles.words, geometry_.banks);
  } else {
    std::ranges::fill(loads_, 0);
    load(first, last);
    cycles.busy = std::ranges::max(loads_);
  }
  cycles.conflicts = cycles.busy - ceil_div(bytes, geometry_.banks * geometry_.width_bytes);
  return cycles;
}

BankCycles BankSchedule::pattern(const AddressPattern& pattern, std::int64_t base) {
  signature_.assign(1, base % (geometry_.banks * geometry_.interleave_bytes));
  pattern.append_signature(signature_);
  if (const auto found = known_.find(signature_); found != known_.end()) return found->second;
  const BankCycles cycles = walk(pattern, base);
  if (known_.size() < kMaxKnown) known_.emplace(signature_, cycles);
  return cycles;
}

BankCycles BankSchedule::walk(const AddressPattern& pattern, std::int64_t base) {
  // A shift by a whole chunk moves every word to the next bank, so of a shape only the phase of its
  // shift in a chunk matters.
  const std::int64_t chunk = geometry_.interleave_bytes;
  const std::int64_t ideal =
      ceil_div(pattern.request_bytes(), geometry_.banks * geometry_.width_bytes);
  std::map<std::pair<std::int64_t, std::int64_t>, Request> by_phase;
  BankCycles cycles;
  pattern.visit_requests([&](const RequestGroup& group) {
    bool has_runs = false;
    const std::int64_t period =
        std::min(group.count, chunk / std::gcd(std::max<std::int64_t>(group.step, 0), chunk));
    for (std::int64_t i = 0; i < period; ++i) {
      const auto key = std::pair(group.shape, (base + group.shift + i * group.step) % chunk);
      const auto known = by_phase.find(key);
      Request one;
      if (group.shape != RequestGroup::kUnique && known != by_phase.end()) {
        one = known->second;
      } else {
        if (!has_runs) {
          runs_.clear();
          pattern.runs(group, runs_);
          has_runs = true;
        }
        one = request(base + i * group.step);
        if (group.shape != RequestGroup::kUnique) by_phase[key] = one;
      }
      const std::int64_t times = (group.count - i + period - 1) / period;
      const std::int64_t busy = std::max(one.busiest_bank, ideal);
      cycles.busy += busy * times;
      cycles.conflicts += (busy - ideal) * times;
      cycles.words += one.words * times;
    }
  });
  return cycles;
}

BankSchedule::Request BankSchedule::request(std::int64_t base) {
  std::ranges::fill(loads_, 0);
  if (!std::ranges::is_sorted(runs_, {}, &AccessRun::offset)) {
    std::ranges::sort(runs_, {}, &AccessRun::offset);
  }
  Request result;
  std::int64_t next = 0;  // the first word that is not loaded yet
  for (const AccessRun& run : runs_) {
    const std::int64_t first = std::max((base + run.offset) / geometry_.width_bytes, next);
    const std::int64_t last = (base + run.offset + run.bytes - 1) / geometry_.width_bytes;
    if (last < first) continue;
    load(first, last);
    result.words += last - first + 1;
    next = last + 1;
  }
  result.busiest_bank = std::ranges::max(loads_);
  return result;
}

void BankSchedule::load(std::int64_t first_word, std::int64_t last_word) {
  const std::int64_t round = geometry_.banks * words_in_chunk_;
  const std::int64_t rounds = (last_word - first_word + 1) / round;
  if (rounds > 0) {
    for (std::int64_t& bank : loads_) bank += rounds * words_in_chunk_;
    first_word += rounds * round;
  }
  while (first_word <= last_word) {
    const std::int64_t chunk = first_word / words_in_chunk_;
    const std::int64_t end = std::min((chunk + 1) * words_in_chunk_, last_word + 1);
    loads_[static_cast<std::size_t>(chunk % geometry_.banks)] += end - first_word;
    first_word = end;
  }
}

}  // namespace systerm
