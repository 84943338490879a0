// SPDX-License-Identifier: Apache-2.0
// Parameters of the precision controller.
#pragma once

namespace systerm {

struct PrecisionControllerConfig {
  int register_write_cycles = 2;  ///< so a switch of group and budget takes about 4 clocks
};

}  // namespace systerm
