// SPDX-License-Identifier: Apache-2.0
// A queue in one piece of memory that moves to the front now and then: no allocation in steady
// state, iterators are pointers. They are invalid after push_back() and pop_front().
#pragma once

#include <cstddef>
#include <vector>

namespace systerm {

template <typename T>
class SlidingQueue {
 public:
  bool empty() const { return first_ == items_.size(); }
  std::size_t size() const { return items_.size() - first_; }
  T* begin() { return items_.data() + first_; }
  T* end() { return items_.data() + items_.size(); }
  const T* begin() const { return items_.data() + first_; }
  const T* end() const { return items_.data() + items_.size(); }
  T& front() { return items_[first_]; }
  const T& front() const { return items_[first_]; }
  T& back() { return items_.back(); }
  const T& back() const { return items_.back(); }
  T& operator[](std::size_t i) { return items_[first_ + i]; }

  void push_back(const T& item) { items_.push_back(item); }
  void pop_front() {
    constexpr std::size_t kWorthMoving = 64;
    ++first_;
    if (first_ < kWorthMoving || first_ < size()) return;
    items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }

 private:
  std::vector<T> items_;
  std::size_t first_ = 0;
};

}  // namespace systerm
