// SPDX-License-Identifier: Apache-2.0
// When a channel serves its writes: among the reads, or in batches. A policy is one file and one
// registration.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "components/dram/scheduler.h"

namespace systerm {

class WriteBatching {
 public:
  virtual ~WriteBatching() = default;
  virtual std::string_view name() const = 0;
  virtual std::string_view description() const = 0;
  /// What a channel with so many waiting bursts serves in the next cycle, given what it served in
  /// this one. Applied again to its own answer and the same counts it must not change; it must
  /// allow a direction that has bursts, if either has; where one direction has none, it must allow
  /// the other.
  virtual Directions next(Directions present, std::int64_t reads, std::int64_t writes) const = 0;
  /// Whether a write may be overtaken by a younger read, which schedulers in order do not allow.
  virtual bool reorders() const = 0;
};

/// In alphabetical order.
std::vector<std::string> write_batching_names();
/// Throws std::invalid_argument for an unknown name.
std::unique_ptr<const WriteBatching> make_write_batching(std::string_view name);
/// Adds a policy. Throws std::invalid_argument if the name is taken.
void register_write_batching(std::string name,
                             std::function<std::unique_ptr<const WriteBatching>()> factory);

}  // namespace systerm
