// SPDX-License-Identifier: Apache-2.0
#include "components/cost/dram_commands.h"

namespace systerm {

DramCommands dram_commands(const DramCurrents& currents) {
  DramCommands commands;
  // V mA ps = 1e-3 pJ.
  const double cycle = currents.clock_ps * 1e-3 * currents.devices;
  for (const DramRail& rail : currents.rails) {
    const double scale = rail.voltage * cycle;
    commands.activate_precharge_pj +=
        scale * (rail.idd0 * currents.rc_cycles - rail.idd3n * currents.ras_cycles -
                 rail.idd2n * currents.rp_cycles);
    commands.read_pj += scale * (rail.idd4r - rail.idd3n) * currents.burst_cycles;
    commands.write_pj += scale * (rail.idd4w - rail.idd3n) * currents.burst_cycles;
    commands.refresh_pj += scale * (rail.idd5 - rail.idd3n) * currents.rfc_cycles;
    commands.active_standby_mw += rail.voltage * rail.idd3n * currents.devices;
    commands.precharged_standby_mw += rail.voltage * rail.idd2n * currents.devices;
  }
  return commands;
}

}  // namespace systerm
