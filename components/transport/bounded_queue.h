// SPDX-License-Identifier: Apache-2.0
// A queue of bounded depth between two processes: push blocks while it is full, front while it is
// empty.
#pragma once

#include <cstddef>
#include <deque>
#include <systemc>
#include <utility>

namespace systerm {

template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t depth) : depth_(depth) {}

  void push(T item) {
    while (items_.size() >= depth_) sc_core::wait(popped_);
    items_.push_back(std::move(item));
    pushed_.notify(sc_core::SC_ZERO_TIME);
  }
  /// The oldest item; it keeps its place until pop().
  const T& front() {
    while (items_.empty()) sc_core::wait(pushed_);
    return items_.front();
  }
  void pop() {
    items_.pop_front();
    popped_.notify(sc_core::SC_ZERO_TIME);
  }
  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size(); }

 private:
  std::size_t depth_;
  std::deque<T> items_;
  sc_core::sc_event pushed_;
  sc_core::sc_event popped_;
};

}  // namespace systerm
