// SPDX-License-Identifier: Apache-2.0
#include "components/dram/simple_dram.h"

#include <array>

#include <gmock/gmock.h>

#include "components/transport/extensions.h"
#include "tests/support/kernel_test.h"

namespace systerm {
namespace {

using test::Driver;
using DramDriver = Driver<BlockExtension>;  // the memory ignores extensions

constexpr double kClockHz = 1e9;  // a cycle is a nanosecond

class SimpleDramTest : public test::KernelTest {
 protected:
  static DramConfig config() {
    DramConfig config;
    config.bytes = 4096;
    config.bytes_per_second = 16e9;  // a unit of 64 bytes takes 4 ns
    config.latency_seconds = 60e-9;
    config.queue_depth = 2;
    return config;
  }
  static sc_core::sc_time ns(double value) { return {value, sc_core::SC_NS}; }
};

TEST_F(SimpleDramTest, AnAccessTakesLatencyAndTransfer) {
  const Clock clock(kClockHz);
  SimpleDram dram("dram", clock, config(), Fidelity::kData);
  std::array<unsigned char, 128> data{};
  std::vector<sc_core::sc_time> done;
  DramDriver driver("driver", [&](DramDriver& d) {
    done.push_back(d.access(tlm::TLM_READ_COMMAND, 0, data.data(), 128).done_at);
  });
  driver.socket.bind(dram.port);
  sc_core::sc_start();
  EXPECT_EQ(done, std::vector{ns(60 + 8)});
}

TEST_F(SimpleDramTest, TransfersQueueOnTheBusAndLatenciesOverlap) {
  const Clock clock(kClockHz);
  SimpleDram dram("dram", clock, config(), Fidelity::kTiming);
  std::vector<sc_core::sc_time> done;
  DramDriver driver("driver", [&](DramDriver& d) {
    for (int i = 0; i < 2; ++i) {
      done.push_back(d.access(tlm::TLM_READ_COMMAND, 64U * i, nullptr, 64).done_at);
    }
  });
  driver.socket.bind(dram.port);
  sc_core::sc_start();
  EXPECT_EQ(done, (std::vector{ns(64), ns(68)}));
}

TEST_F(SimpleDramTest, AnUnalignedAccessPaysForWholeUnits) {
  const Clock clock(kClockHz);
  SimpleDram dram("dram", clock, config(), Fidelity::kTiming);
  std::vector<sc_core::sc_time> done;
  DramDriver driver("driver", [&](DramDriver& d) {
    done.push_back(d.access(tlm::TLM_READ_COMMAND, 63, nullptr, 2).done_at);
  });
  driver.socket.bind(dram.port);
  sc_core::sc_start();
  EXPECT_EQ(done, std::vector{ns(60 + 8)});
}

TEST_F(SimpleDramTest, AFullQueueBlocksUntilAnAccessStarts) {
  const Clock clock(kClockHz);
  SimpleDram dram("dram", clock, config(), Fidelity::kTiming);
  std::vector<sc_core::sc_time> accepted;
  DramDriver driver("driver", [&](DramDriver& d) {
    for (int i = 0; i < 5; ++i) {
      d.access(tlm::TLM_READ_COMMAND, 0, nullptr, 256);  // 16 ns each
      accepted.push_back(sc_core::sc_time_stamp());
    }
  });
  driver.socket.bind(dram.port);
  sc_core::sc_start();
  // One in service and two queued; then one more whenever the next starts.
  EXPECT_EQ(accepted, (std::vector{ns(0), ns(0), ns(0), ns(16), ns(32)}));
}

TEST_F(SimpleDramTest, WhatWasWrittenIsReadAndTheRestIsZero) {
  const Clock clock(kClockHz);
  SimpleDram dram("dram", clock, config(), Fidelity::kData);
  std::array<unsigned char, 4> out{1, 2, 3, 4};
  std::array<unsigned char, 6> in{};
  in.fill(0xEE);
  DramDriver driver("driver", [&](DramDriver& d) {
    d.access(tlm::TLM_WRITE_COMMAND, 4091, out.data(), 4);
    d.access(tlm::TLM_READ_COMMAND, 4090, in.data(), 6);
  });
  driver.socket.bind(dram.port);
  sc_core::sc_start();
  EXPECT_THAT(in, testing::ElementsAre(0, 1, 2, 3, 4, 0));
}

TEST_F(SimpleDramTest, RefusesAddressesBeyondItsEnd) {
  const Clock clock(kClockHz);
  SimpleDram dram("dram", clock, config(), Fidelity::kTiming);
  std::vector<tlm::tlm_response_status> found;
  DramDriver driver("driver", [&](DramDriver& d) {
    found.push_back(d.access(tlm::TLM_READ_COMMAND, 4095, nullptr, 1).status);
    found.push_back(d.access(tlm::TLM_READ_COMMAND, 4095, nullptr, 2).status);
    found.push_back(d.access(tlm::TLM_READ_COMMAND, 4096, nullptr, 0).status);
    found.push_back(d.access(tlm::TLM_READ_COMMAND, ~std::uint64_t{0}, nullptr, 2).status);
  });
  driver.socket.bind(dram.port);
  sc_core::sc_start();
  constexpr auto kError = tlm::TLM_ADDRESS_ERROR_RESPONSE;
  EXPECT_THAT(found, testing::ElementsAre(tlm::TLM_OK_RESPONSE, kError, kError, kError));
}

}  // namespace
}  // namespace systerm
