// SPDX-License-Identifier: Apache-2.0
// Expected largest number of term pairs among independent cells, from the distribution of one
// cell's: stands in for the data where a wavefront waits for its slowest cell and there are no
// data.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace systerm {

class PairEstimate {
 public:
  /// `group_pairs[n]` is the probability that a group pair makes n term pairs.
  void set_distribution(const std::vector<double>& group_pairs);
  /// Mean largest of `cells` independent draws, rounded to the nearest whole; remembers what it
  /// computed.
  std::int64_t expected_maximum(std::int64_t cells);

 private:
  std::vector<double> group_pairs_;
  std::unordered_map<std::int64_t, std::int64_t> known_;
};

}  // namespace systerm
