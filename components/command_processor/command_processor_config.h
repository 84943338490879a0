// SPDX-License-Identifier: Apache-2.0
// Parameters of the command processor.
#pragma once

namespace systerm {

struct CommandProcessorConfig {
  int descriptor_cycles = 8;    ///< to hand one unit the descriptor of a layer
  int notification_cycles = 4;  ///< until other cores know that a layer is complete
};

}  // namespace systerm
