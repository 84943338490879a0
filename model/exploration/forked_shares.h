// SPDX-License-Identifier: Apache-2.0
// Work over many points in parallel, in children that leave the parent's memory as it was: what a
// parent has allocated and freed is what every process costs that it forks later.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace systerm {

/// Memory of this process and of those that it forks, zero at first. Throws std::bad_alloc.
std::shared_ptr<void> shared_memory(std::size_t bytes);

/// Calls `work(begin, end)` for shares of 0 .. `count`, in one child for each processor, and waits;
/// a few dozen are no work for a child. A child changes what lies in shared_memory() only. A share
/// whose child does not end well, with an exception for one, is worked on again by the caller
/// itself, where the error can be told.
void work_in_forked_shares(std::size_t count,
                           const std::function<void(std::size_t begin, std::size_t end)>& work);

/// The same for work that gives bytes: those of all shares, in order.
std::vector<std::string> bytes_of_forked_shares(
    std::size_t count, const std::function<std::string(std::size_t begin, std::size_t end)>& work);

/// A value for each of 0 .. `count`, computed in forked shares.
template <typename Value>
class ForkedValues {
  static_assert(std::is_trivially_copyable_v<Value>);

 public:
  ForkedValues(std::size_t count, const std::function<Value(std::size_t)>& value)
      : memory_(shared_memory(count * sizeof(Value))) {
    auto* values = static_cast<Value*>(memory_.get());
    work_in_forked_shares(count, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) values[i] = value(i);
    });
  }

  const Value& operator[](std::size_t i) const {
    return static_cast<const Value*>(memory_.get())[i];
  }

 private:
  std::shared_ptr<void> memory_;
};

}  // namespace systerm
