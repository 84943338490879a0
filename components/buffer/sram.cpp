// SPDX-License-Identifier: Apache-2.0
#include "components/buffer/buffer_memories.h"

namespace systerm {

namespace {

class Sram final : public BufferMemory {
 public:
  std::int64_t end_of_access(std::int64_t start, std::int64_t busy) override {
    return start + busy;
  }
  void written(std::int64_t, std::int64_t, std::int64_t) override {}
  void read(std::int64_t, std::int64_t, std::int64_t) override {}
  void read(const AddressPattern&, std::int64_t, std::int64_t) override {}
  void read_lasted_until(std::int64_t) override {}
  void released(std::int64_t, std::int64_t, std::int64_t) override {}
  void settle(std::int64_t) override {}
  void register_statistics(Statistics&) override {}
  std::optional<RetentionReport> retention() const override { return std::nullopt; }
};

}  // namespace

std::unique_ptr<BufferMemory> make_sram(const BufferConfig&, double) {
  return std::make_unique<Sram>();
}

}  // namespace systerm
