// SPDX-License-Identifier: Apache-2.0
// Parameters of the command processor.
#pragma once

namespace systerm {

struct CommandProcessorConfig {
  int descriptor_cycles = 8;  ///< to hand one unit the descriptor of a layer
};

}  // namespace systerm
