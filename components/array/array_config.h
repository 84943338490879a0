// SPDX-License-Identifier: Apache-2.0
// Parameters of the systolic array.
#pragma once

#include <cstdint>
#include <string>

namespace systerm {

enum class Dataflow : std::uint8_t { kWeightStationary, kOutputStationary };

/// When the cells of an array may go on to the next beat.
enum class BeatSync : std::uint8_t {
  kBound,             ///< after the allotted pairs, k s, whatever the data
  kWavefrontMaximum,  ///< when the slowest cell of the wavefront is done, from the data
};

/// What a hop to the neighbour costs.
enum class Skew : std::uint8_t {
  kBeat,  ///< operands and partial results move once a beat (the published cycle rule)
  kHop,   ///< they move after the hop latencies, partial results being merged at the end of a beat
};

struct ArrayConfig {
  std::int64_t rows = 64;      ///< cells along the reduction direction
  std::int64_t columns = 128;  ///< cells along the filters
  std::string cell = "tmac";
  Dataflow dataflow = Dataflow::kWeightStationary;
  BeatSync beat_sync = BeatSync::kBound;
  Skew skew = Skew::kBeat;
  int sum_hop_cycles = 2;   ///< latency of a partial result to the next row
  int data_hop_cycles = 1;  ///< latency of data to the next column
  int weight_sets = 2;      ///< weight tiles held by the cells; 2 hides loading behind computing
  int max_group_size = 32;  ///< values a cell holds
  int multiplexer = 1;      ///< streams among which a cell picks one for each weight it holds
};

}  // namespace systerm
