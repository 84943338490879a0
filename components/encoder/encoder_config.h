// SPDX-License-Identifier: Apache-2.0
// Parameters of the term encoder and comparator.
#pragma once

namespace systerm {

struct EncoderConfig {
  int lanes = 512;            ///< values encoded at a time
  int cycles_per_value = 9;   ///< digits of an 8-bit magnitude, serially
  int comparator_cycles = 1;  ///< latency of the term comparator behind a lane
};

}  // namespace systerm
