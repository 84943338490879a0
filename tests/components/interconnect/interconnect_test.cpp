// SPDX-License-Identifier: Apache-2.0
#include "components/interconnect/interconnect.h"

#include <memory>

#include <gmock/gmock.h>

#include "components/dram/simple_dram.h"
#include "components/transport/extensions.h"
#include "tests/support/kernel_test.h"

namespace systerm {
namespace {

using MasterDriver = test::Driver<BlockExtension>;  // the bus ignores extensions

class InterconnectTest : public test::KernelTest {
 protected:
  /// Order in which three masters get the bus that each asks for three times, all from the start.
  static std::vector<int> grants(Arbitration arbitration) {
    const Clock clock(1e9);
    InterconnectConfig config;
    config.arbitration = arbitration;
    DramConfig memory;
    memory.bytes = 4096;
    memory.queue_depth = 100;
    SimpleDram dram("dram", clock, memory, Fidelity::kTiming);
    Interconnect bus("bus", clock, config, {0, 4096});
    std::vector<int> order;
    std::vector<std::unique_ptr<MasterDriver>> drivers;
    for (int m = 0; m < 3; ++m) {
      drivers.push_back(std::make_unique<MasterDriver>(
          ("master" + std::to_string(m)).c_str(), [&order, m](MasterDriver& d) {
            for (int i = 0; i < 3; ++i) {
              d.access(tlm::TLM_READ_COMMAND, 0, nullptr, 256);
              order.push_back(m);
            }
          }));
      drivers.back()->socket.bind(bus.masters);
    }
    bus.memory.bind(dram.port);
    sc_core::sc_start();
    return order;
  }
};

TEST_F(InterconnectTest, RoundRobinServesTheMastersInTurn) {
  EXPECT_THAT(grants(Arbitration::kRoundRobin), testing::ElementsAre(0, 1, 2, 0, 1, 2, 0, 1, 2));
}

TEST_F(InterconnectTest, FixedPriorityStarvesTheLastMaster) {
  // A master asks again only after its release, when the bus has been granted to the other one.
  EXPECT_THAT(grants(Arbitration::kFixedPriority), testing::ElementsAre(0, 1, 0, 1, 0, 1, 2, 2, 2));
}

TEST_F(InterconnectTest, MovesBytesAtItsWidthAndAddsItsLatency) {
  const Clock clock(1e9);
  InterconnectConfig config;
  config.bytes_per_cycle = 64;
  config.latency_cycles = 4;
  DramConfig memory;
  memory.bytes = 4096;
  memory.bytes_per_second = 1e15;  // the memory is not what takes time here
  memory.latency_seconds = 0;
  SimpleDram dram("dram", clock, memory, Fidelity::kTiming);
  Interconnect bus("bus", clock, config, {0x1000, 4096});
  sc_core::sc_time done;
  std::vector<tlm::tlm_response_status> status;
  MasterDriver driver("driver", [&](MasterDriver& d) {
    const auto outcome = d.access(tlm::TLM_READ_COMMAND, 0x1000, nullptr, 130);
    done = outcome.done_at;
    status.push_back(outcome.status);
    status.push_back(d.access(tlm::TLM_READ_COMMAND, 0xFFF, nullptr, 1).status);
    status.push_back(d.access(tlm::TLM_READ_COMMAND, 0x1FFF, nullptr, 2).status);
  });
  driver.socket.bind(bus.masters);
  bus.memory.bind(dram.port);
  sc_core::sc_start();
  EXPECT_EQ(done, clock.time(3 + 4));  // ceil(130 / 64) cycles
  constexpr auto kError = tlm::TLM_ADDRESS_ERROR_RESPONSE;
  EXPECT_THAT(status, testing::ElementsAre(tlm::TLM_OK_RESPONSE, kError, kError));
}

}  // namespace
}  // namespace systerm
