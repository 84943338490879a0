// SPDX-License-Identifier: Apache-2.0
// The table behind `systerm describe` names the sockets and ports that the model really has.
#include "model/accelerator/connections.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "components/dram/simple_dram.h"
#include "model/accelerator/accelerator.h"

namespace systerm {
namespace {

bool is_initiator(const sc_core::sc_object& object) {
  return dynamic_cast<const tlm::tlm_base_socket_if*>(&object) != nullptr &&
         dynamic_cast<const tlm::tlm_base_socket_if*>(&object)->get_socket_category() ==
             tlm::TLM_INITIATOR_SOCKET;
}

class Connections : public testing::TestWithParam<int> {};

TEST_P(Connections, NameEverySocketThatCallsAndOnlySocketsThatExist) {
  set_time_resolution();
  Design design;
  design.cores.count = GetParam();
  SimpleDram dram("dram", Clock(design.clock_hz), design.dram, Fidelity::kTiming);
  Accelerator accelerator("accelerator", design, Fidelity::kTiming, {}, {});
  accelerator.memory_socket().bind(dram.port);

  std::set<std::string> drawn;
  for (const Connection& connection : connections(static_cast<std::size_t>(GetParam()))) {
    for (const auto& [unit, socket] : {std::pair(connection.from_unit, connection.from_socket),
                                       std::pair(connection.to_unit, connection.to_socket)}) {
      const std::string name = (unit == "dram" ? "" : "accelerator.") + unit + "." + socket;
      EXPECT_NE(sc_core::sc_find_object(name.c_str()), nullptr) << name;
    }
    drawn.insert(connection.from_unit + "." + connection.from_socket);
  }
  for (const HardwareUnit* unit : accelerator.units()) {
    for (const sc_core::sc_object* child : unit->get_child_objects()) {
      if (!is_initiator(*child)) continue;
      EXPECT_TRUE(drawn.contains(std::string(unit->basename()) + "." + child->basename()))
          << child->name();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cores, Connections, testing::Values(1, 3));

}  // namespace
}  // namespace systerm
