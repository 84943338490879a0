// SPDX-License-Identifier: Apache-2.0
// Reads first; writes once kHigh of them wait or no read does, and then down to kLow of them.
// A common policy of controllers; the marks are ours.
#include "components/dram/policies.h"

namespace systerm {

namespace {

constexpr std::int64_t kHigh = 16;
constexpr std::int64_t kLow = 4;

class WatermarkWriteBatching final : public WriteBatching {
 public:
  std::string_view name() const override { return "watermark"; }
  std::string_view description() const override {
    return "reads first; writes when 16 wait or nothing else does, down to 4";
  }
  Directions next(Directions present, std::int64_t reads, std::int64_t writes) const override {
    const bool draining = present.writes && !present.reads;
    const bool keeps_draining = draining && writes > kLow;
    const bool must_drain = writes >= kHigh || (reads == 0 && writes > 0);
    return keeps_draining || must_drain ? Directions{false, true} : Directions{true, false};
  }
  bool reorders() const override { return true; }
};

}  // namespace

std::unique_ptr<const WriteBatching> make_watermark_write_batching() {
  return std::make_unique<WatermarkWriteBatching>();
}

}  // namespace systerm
