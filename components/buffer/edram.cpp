// SPDX-License-Identifier: Apache-2.0
// eDRAM: rows that lose their charge. Lifetimes count a row's last write to its last read; a
// refresh takes access slots of its bank. Model after RANA (ISCA'18) and CAMEL (arXiv 2305.03148):
// data that die before their cells do need no refresh. Reads do not restore; bits do not flip.
#include <algorithm>
#include <bit>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "components/buffer/buffer_memories.h"

namespace systerm {

namespace {

constexpr std::size_t kWorstRows = 8;
constexpr std::int32_t kNoGroup = -1;

class Edram final : public BufferMemory {
 public:
  Edram(const BufferConfig& config, double clock_hz)
      : banks_(config.banks),
        width_(config.bank_width_bytes),
        words_in_chunk_(config.interleave() / config.bank_width_bytes),
        row_bytes_(config.edram.row_bytes),
        rows_in_bank_(rows_in_bank(config)),
        slot_bytes_(config.bytes / config.slots),
        policy_(config.edram.refresh),
        refresh_cycles_(config.edram.refresh_cycles),
        retention_(config.edram.retention_cycles(clock_hz)),
        rows_(static_cast<std::size_t>(banks_ * rows_in_bank_)),
        live_rows_(static_cast<std::size_t>(banks_)),
        enabled_since_(static_cast<std::size_t>(banks_)),
        histogram_(64) {}

  std::int64_t end_of_access(std::int64_t start, std::int64_t busy) override {
    const std::int64_t ready = start + busy;
    if (policy_ == RefreshPolicy::kNone) return ready;
    std::int64_t end = ready;
    if (policy_ == RefreshPolicy::kLifetimeAware) {
      // The slowest bank has the last word.
      if (!any_due_between(start, ready)) return ready;
      for (std::size_t bank = 0; bank < live_rows_.size(); ++bank) {
        end = std::max(end, end_of_bank(start, ready, [&](std::int64_t until) {
                         return rows_due_between(start, until, bank);
                       }));
      }
    } else {
      end = end_of_bank(start, ready, [&](std::int64_t until) {
        return slots_before(until) - slots_before(start);
      });
    }
    stolen_cycles_ += end - ready;
    return end;
  }

  void written(std::int64_t address, std::int64_t bytes, std::int64_t at) override {
    const auto group = open_group(address / slot_bytes_, at);
    visit_rows(address, bytes, [&](std::size_t row) {
      Row& written = rows_[row];
      const std::size_t bank = row / static_cast<std::size_t>(rows_in_bank_);
      if (written.group == group) return;
      if (written.group != kNoGroup) {
        --groups_[static_cast<std::size_t>(written.group)].rows_by_bank[bank];
        finish_refreshes(written, at);
      } else if (live_rows_[bank]++ == 0) {
        enabled_since_[bank] = at;
      }
      written = {group, at, -1};
      ++groups_[static_cast<std::size_t>(group)].rows_by_bank[bank];
    });
  }

  void read(std::int64_t address, std::int64_t bytes, std::int64_t at) override {
    settle_read();
    pending_.clear();
    visit_rows(address, bytes,
               [&](std::size_t row) { pending_.push_back(static_cast<std::int32_t>(row)); });
    std::ranges::sort(pending_);
    pending_.erase(std::ranges::unique(pending_).begin(), pending_.end());
    reading_ = &pending_;
    read_at_ = at;
  }

  void read(const AddressPattern& pattern, std::int64_t base, std::int64_t at) override {
    settle_read();
    signature_.assign(1, base);
    pattern.append_signature(signature_);
    auto found = rows_of_.find(signature_);
    if (found == rows_of_.end()) {
      found = rows_of_.emplace(signature_, rows_under(pattern, base)).first;
    }
    reading_ = &found->second;
    read_at_ = at;
  }

  void read_lasted_until(std::int64_t at) override { read_at_ = std::max(read_at_, at); }

  void released(std::int64_t address, std::int64_t bytes, std::int64_t at) override {
    settle_read();
    const std::int64_t slot = address / slot_bytes_;
    visit_rows(address, bytes, [&](std::size_t row) {
      Row& released = rows_[row];
      if (released.group == kNoGroup ||
          groups_[static_cast<std::size_t>(released.group)].slot != slot) {
        return;
      }
      finish_refreshes(released, at);
      if (released.read_at >= 0) record_lifetime(row, released);
      released.group = kNoGroup;
      const std::size_t bank = row / static_cast<std::size_t>(rows_in_bank_);
      if (--live_rows_[bank] == 0 && policy_ == RefreshPolicy::kPerBank) {
        refreshes_ += slots_before(at) - slots_before(enabled_since_[bank]);
      }
    });
    for (Group& group : groups_) {
      if (group.slot == slot) group.slot = kNoGroup;
    }
  }

  void settle(std::int64_t now) override {
    if (policy_ == RefreshPolicy::kPeriodic) refreshes_ = slots_before(now) * banks_;
    words_refreshed_ = refreshes_ * (row_bytes_ / width_);
  }

  void register_statistics(Statistics& statistics) override {
    statistics.add_event("words_refreshed", "", "words read and written back by refreshes",
                         words_refreshed_);
    statistics.add("row_refreshes", "", "refreshes of single rows", refreshes_);
    statistics.add("refresh_stolen_cycles", "cycle", "cycles that accesses gave way to refreshes",
                   stolen_cycles_);
    statistics.add("retention_violations", "", "reads of rows past their retention", violations_);
  }

  std::optional<RetentionReport> retention() const override {
    RetentionReport report;
    report.retention_cycles = retention_;
    report.rows = banks_ * rows_in_bank_;
    report.refreshes = refreshes_;
    report.violations = violations_;
    report.worst_rows = worst_;
    report.longest_cycles = worst_.empty() ? 0 : worst_.front().lifetime_cycles;
    for (std::size_t bin = 0; bin < histogram_.size(); ++bin) {
      if (histogram_[bin] == 0) continue;
      report.lifetimes.push_back({bin == 0 ? 0 : std::int64_t{1} << (bin - 1), histogram_[bin]});
    }
    return report;
  }

 private:
  struct Row {
    std::int32_t group = kNoGroup;  ///< of rows written together; kNoGroup: holds nothing
    std::int64_t written_at = 0;
    std::int64_t read_at = -1;  ///< last time; -1: not since it was written
  };
  /// Rows of one slot that were written at the same time and come due together.
  struct Group {
    std::int64_t slot = kNoGroup;
    std::int64_t written_at = 0;
    std::vector<std::int64_t> rows_by_bank;
  };

  static std::int64_t rows_in_bank(const BufferConfig& config) {
    const std::int64_t chunk_round = config.banks * config.interleave();
    const std::int64_t bank_bytes =
        (config.bytes + chunk_round - 1) / chunk_round * config.interleave();
    return (bank_bytes + config.edram.row_bytes - 1) / config.edram.row_bytes;
  }

  template <typename Visit>
  void visit_rows(std::int64_t address, std::int64_t bytes, Visit visit) const {
    std::int64_t previous = -1;
    for (std::int64_t word = address / width_; word <= (address + bytes - 1) / width_; ++word) {
      const std::int64_t chunk = word / words_in_chunk_;
      const std::int64_t in_bank = chunk / banks_ * words_in_chunk_ + word % words_in_chunk_;
      const std::int64_t row = chunk % banks_ * rows_in_bank_ + in_bank * width_ / row_bytes_;
      if (row != previous) visit(static_cast<std::size_t>(row));
      previous = row;
    }
  }

  std::vector<std::int32_t> rows_under(const AddressPattern& pattern, std::int64_t base) const {
    std::vector<std::int32_t> rows;
    std::vector<bool> seen(rows_.size());
    std::vector<AccessRun> runs;
    pattern.visit_requests([&](const RequestGroup& group) {
      runs.clear();
      pattern.runs(group, runs);
      for (std::int64_t i = 0; i < group.count; ++i) {
        for (const AccessRun& run : runs) {
          visit_rows(base + run.offset + i * group.step, run.bytes, [&](std::size_t row) {
            if (!seen[row]) rows.push_back(static_cast<std::int32_t>(row));
            seen[row] = true;
          });
        }
      }
    });
    return rows;
  }

  std::int32_t open_group(std::int64_t slot, std::int64_t at) {
    auto group = std::ranges::find_if(
        groups_, [&](const Group& each) { return each.slot == slot && each.written_at == at; });
    if (group == groups_.end()) group = std::ranges::find(groups_, kNoGroup, &Group::slot);
    if (group == groups_.end()) group = groups_.emplace(groups_.end());
    if (group->slot == kNoGroup) {
      *group = {slot, at, std::vector<std::int64_t>(static_cast<std::size_t>(banks_))};
    }
    return static_cast<std::int32_t>(group - groups_.begin());
  }

  /// Refresh slots before cycle `time`: slot i = 1, 2 ... is due at i retention / rows.
  std::int64_t slots_before(std::int64_t time) const {
    return time <= 0 ? 0 : (time * rows_in_bank_ + retention_ - 1) / retention_ - 1;
  }

  /// First end at which the refreshes due before it have had their cycles. Ends because a bank has
  /// more cycles than its rows take in a retention time.
  template <typename RowsDueUntil>
  std::int64_t end_of_bank(std::int64_t start, std::int64_t ready, RowsDueUntil rows) const {
    std::int64_t end = std::max(start, ready);
    for (std::int64_t stolen = -1; stolen != end - ready;) {
      stolen = end - ready;
      end = ready + rows(end) * refresh_cycles_;
    }
    return end;
  }

  /// How often the rows of a group come due: at written_at + n retention, n = 1, 2 ...
  std::int64_t due_between(const Group& group, std::int64_t begin, std::int64_t end) const {
    const auto before = [&](std::int64_t time) {
      return time <= group.written_at ? 0 : (time - group.written_at - 1) / retention_;
    };
    return group.slot == kNoGroup ? 0 : before(end) - before(begin);
  }

  bool any_due_between(std::int64_t begin, std::int64_t end) const {
    return std::ranges::any_of(
        groups_, [&](const Group& group) { return due_between(group, begin, end) > 0; });
  }

  std::int64_t rows_due_between(std::int64_t begin, std::int64_t end, std::size_t bank) const {
    std::int64_t rows = 0;
    for (const Group& group : groups_) {
      const std::int64_t times = due_between(group, begin, end);
      if (times > 0) rows += times * group.rows_by_bank[bank];
    }
    return rows;
  }

  void finish_refreshes(const Row& row, std::int64_t at) {
    if (policy_ == RefreshPolicy::kLifetimeAware) refreshes_ += (at - row.written_at) / retention_;
  }

  void settle_read() {
    if (reading_ == nullptr) return;
    for (const std::int32_t index : *reading_) {
      Row& row = rows_[static_cast<std::size_t>(index)];
      row.read_at = read_at_;
      if (policy_ == RefreshPolicy::kNone && row.group != kNoGroup &&
          read_at_ - row.written_at > retention_) {
        ++violations_;
      }
    }
    reading_ = nullptr;
  }

  void record_lifetime(std::size_t index, const Row& row) {
    const std::int64_t lifetime = row.read_at - row.written_at;
    ++histogram_[std::bit_width(static_cast<std::uint64_t>(std::max<std::int64_t>(lifetime, 0)))];
    if (worst_.size() == kWorstRows && worst_.back().lifetime_cycles >= lifetime) return;
    const auto rows = static_cast<std::size_t>(rows_in_bank_);
    const RetentionReport::Row entry{static_cast<std::int64_t>(index / rows),
                                     static_cast<std::int64_t>(index % rows), row.written_at,
                                     lifetime};
    worst_.insert(std::ranges::upper_bound(worst_, lifetime, std::greater<>{},
                                           &RetentionReport::Row::lifetime_cycles),
                  entry);
    if (worst_.size() > kWorstRows) worst_.pop_back();
  }

  const std::int64_t banks_;
  const std::int64_t width_;
  const std::int64_t words_in_chunk_;
  const std::int64_t row_bytes_;
  const std::int64_t rows_in_bank_;
  const std::int64_t slot_bytes_;
  const RefreshPolicy policy_;
  const std::int64_t refresh_cycles_;
  const std::int64_t retention_;
  std::vector<Row> rows_;  ///< bank by bank
  std::vector<Group> groups_;
  std::vector<std::int64_t> live_rows_;      ///< by bank
  std::vector<std::int64_t> enabled_since_;  ///< by bank
  std::vector<std::int32_t> pending_;
  const std::vector<std::int32_t>* reading_ = nullptr;  ///< rows of a read whose end is open
  std::int64_t read_at_ = 0;
  std::vector<std::int64_t> signature_;
  std::map<std::vector<std::int64_t>, std::vector<std::int32_t>> rows_of_;
  std::vector<std::int64_t> histogram_;  ///< by bit width of the lifetime
  std::vector<RetentionReport::Row> worst_;
  std::int64_t refreshes_ = 0;
  std::int64_t words_refreshed_ = 0;
  std::int64_t stolen_cycles_ = 0;
  std::int64_t violations_ = 0;
};

}  // namespace

std::string EdramConfig::retention_table_error() const {
  if (retention_table.empty()) return {};
  for (std::size_t i = 1; i < retention_table.size(); ++i) {
    const RetentionPoint& cooler = retention_table[i - 1];
    const RetentionPoint& hotter = retention_table[i];
    if (hotter.celsius <= cooler.celsius) {
      return fmt::format("temperatures must rise; {} follows {}", hotter.celsius, cooler.celsius);
    }
    if (hotter.seconds > cooler.seconds) {
      return fmt::format("data last longer at {} degrees than at {}", hotter.celsius,
                         cooler.celsius);
    }
  }
  const double coolest = retention_table.front().celsius;
  const double hottest = retention_table.back().celsius;
  if (celsius >= coolest && celsius <= hottest) return {};
  return fmt::format("the table covers {} to {} degrees, the memory works at {}", coolest, hottest,
                     celsius);
}

double EdramConfig::retention_at_work() const {
  if (!retention_table.empty()) {
    const auto hotter =
        std::ranges::lower_bound(retention_table, celsius, {}, &RetentionPoint::celsius);
    if (hotter == retention_table.begin()) return hotter->seconds;
    const RetentionPoint& cooler = *std::prev(hotter);
    const double share = (celsius - cooler.celsius) / (hotter->celsius - cooler.celsius);
    return cooler.seconds * std::pow(hotter->seconds / cooler.seconds, share);
  }
  return retention_seconds * std::exp2((retention_celsius - celsius) / 10.0);
}

std::int64_t EdramConfig::retention_cycles(double clock_hz) const {
  return static_cast<std::int64_t>(std::floor(retention_at_work() * clock_hz));
}

std::unique_ptr<BufferMemory> make_edram(const BufferConfig& config, double clock_hz) {
  return std::make_unique<Edram>(config, clock_hz);
}

}  // namespace systerm
