// SPDX-License-Identifier: Apache-2.0
// Parameters of the vector unit.
#pragma once

namespace systerm {

struct VectorUnitConfig {
  int lanes = 512;           ///< words worked on at a time
  int cycles_per_word = 32;  ///< of one lane and pass; 32 is the bit-serial design
  int latency_cycles = 8;    ///< from the last operand to the last result of a tile
};

}  // namespace systerm
