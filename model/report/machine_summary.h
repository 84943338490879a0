// SPDX-License-Identifier: Apache-2.0
// What a design can do at most, for the roofline of its runs.
#pragma once

#include <string>
#include <vector>

#include "model/design/experiment.h"

namespace systerm {

/// MACs a second if every cell worked on full groups in every cycle.
struct PrecisionRoof {
  std::string name;    ///< format with its parameters
  std::string format;  ///< as layers name it
  double macs_per_second = 0.0;
};

struct Roofline {
  double memory_bytes_per_second =
      0.0;             ///< peak of the DRAM, or of the interconnect if that is less
  std::string memory;  ///< which of them
  std::vector<PrecisionRoof>
      roofs;  ///< one for each precision of the experiment, the default first
};

Roofline roofline_of(const Experiment& experiment);

/// What the axes and lines mean, in sentences.
std::string explained(const Roofline& roofline);

}  // namespace systerm
