// SPDX-License-Identifier: Apache-2.0
// Reads and writes alike.
#include "components/dram/policies.h"

namespace systerm {

namespace {

class NoWriteBatching final : public WriteBatching {
 public:
  std::string_view name() const override { return "none"; }
  std::string_view description() const override { return "reads and writes alike"; }
  Directions next(Directions, std::int64_t, std::int64_t) const override { return {true, true}; }
  bool reorders() const override { return false; }
};

}  // namespace

std::unique_ptr<const WriteBatching> make_no_write_batching() {
  return std::make_unique<NoWriteBatching>();
}

}  // namespace systerm
