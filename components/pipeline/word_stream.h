// SPDX-License-Identifier: Apache-2.0
// Words from one stage of a pipeline to the next: the time at which each is complete, in a queue of
// bounded depth. A full stream blocks its producer.
#pragma once

#include <cstdint>
#include <systemc>

#include "components/transport/bounded_queue.h"

namespace systerm {

class WordStream {
 public:
  explicit WordStream(std::size_t depth) : words_(depth) {}

  void send(const sc_core::sc_time& complete_at) { words_.push(complete_at); }
  /// Takes words up to the one of index `last`, waiting until each is complete.
  void take_until(std::int64_t last) {
    while (taken_ <= last) {
      const sc_core::sc_time complete_at = words_.front();
      if (complete_at > sc_core::sc_time_stamp()) {
        sc_core::wait(complete_at - sc_core::sc_time_stamp());
      }
      words_.pop();
      ++taken_;
    }
  }
  std::int64_t taken() const { return taken_; }

 private:
  BoundedQueue<sc_core::sc_time> words_;
  std::int64_t taken_ = 0;
};

}  // namespace systerm
