// SPDX-License-Identifier: Apache-2.0
// Everything that a training run carries from one iteration to the next, and the file of it.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/graph/graph.h"

namespace systerm {

/// A parameter, a statistic or a state of the optimizer, in stored order.
struct StateTensor {
  std::string name;
  Shape shape;
  std::vector<float> values;

  friend bool operator==(const StateTensor&, const StateTensor&) = default;
};

struct TrainingState {
  std::string configuration;   ///< identifies the run that it belongs to
  std::int64_t iteration = 0;  ///< iterations done
  std::vector<StateTensor> tensors;
  std::string attachment;  ///< of whoever saves it: history, precisions in force

  friend bool operator==(const TrainingState&, const TrainingState&) = default;
};

/// The message names the file and what is wrong with it.
class CheckpointError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Binary, little endian, with a checksum at the end.
std::string encode_checkpoint(const TrainingState& state);
/// `name` is what messages call the bytes. Throws CheckpointError for anything but what
/// encode_checkpoint() made, complete to the last byte.
TrainingState decode_checkpoint(std::string_view bytes, const std::string& name);

}  // namespace systerm
