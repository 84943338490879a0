// SPDX-License-Identifier: Apache-2.0
// Drowsy SRAM: after some cycles without an access the cells keep their data at a lower voltage,
// and the next access waits until they are awake. After "Drowsy Caches", ISCA 2002.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>

#include "components/buffer/buffer_memory.h"

namespace systerm {

class DrowsySram final : public BufferMemory {
 public:
  std::int64_t end_of_access(std::int64_t start, std::int64_t busy) override {
    const bool is_asleep = start - awake_until_ > kSleepsAfter;
    if (is_asleep) ++wake_ups_;
    const std::int64_t end = start + busy + (is_asleep ? kWakeCycles : 0);
    awake_until_ = std::max(awake_until_, end);
    return end;
  }
  void written(std::int64_t, std::int64_t, std::int64_t) override {}
  void read(std::int64_t, std::int64_t, std::int64_t) override {}
  void read(const AddressPattern&, std::int64_t, std::int64_t) override {}
  void read_lasted_until(std::int64_t) override {}
  void released(std::int64_t, std::int64_t, std::int64_t) override {}
  void settle(std::int64_t) override {}
  void register_statistics(Statistics& statistics) override {
    statistics.add("wake_ups", "", "accesses that found the cells asleep", wake_ups_);
  }
  std::optional<RetentionReport> retention() const override { return std::nullopt; }

 private:
  static constexpr std::int64_t kSleepsAfter = 100;
  static constexpr std::int64_t kWakeCycles = 3;

  std::int64_t awake_until_ = 0;
  std::int64_t wake_ups_ = 0;
};

inline std::unique_ptr<BufferMemory> make_drowsy_sram(const BufferConfig&, double) {
  return std::make_unique<DrowsySram>();
}

}  // namespace systerm
