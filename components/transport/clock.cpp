// SPDX-License-Identifier: Apache-2.0
#include "components/transport/clock.h"

namespace systerm {

void set_time_resolution() {
  // Asking for the resolution would fix it.
  static const bool done = [] {
    sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
    return true;
  }();
  static_cast<void>(done);
}

}  // namespace systerm
