// SPDX-License-Identifier: Apache-2.0
#include "components/dram/bank_dram.h"

#include <array>
#include <memory>

#include <gmock/gmock.h>

#include "components/transport/extensions.h"
#include "components/transport/pipelined_socket.h"
#include "tests/components/dram/dram_support.h"
#include "tests/support/kernel_test.h"

namespace systerm {
namespace {

using sc_core::sc_time;
using test::Driver;
using BlockingDriver = Driver<BlockExtension>;  // the memory ignores extensions

class BankDramTest : public test::KernelTest {
 protected:
  static DramConfig config(int queue_depth = 8) {
    DramConfig config;
    config.model = DramModel::kBanks;
    config.preset = "ddr4_2400";
    config.standard = test::preset("ddr4_2400");
    config.bytes = config.standard->bytes();
    config.controller.refresh = false;
    config.queue_depth = queue_depth;
    return config;
  }
  static sc_time cycles(DramCycle count) {
    return sc_time(833, sc_core::SC_PS) * static_cast<double>(count);
  }

  const Clock clock_{1e9};
};

/// Issues reads as fast as the target takes them and keeps them all under way.
class PipelinedReader final : public sc_core::sc_module {
 public:
  PipelinedSocket socket{"socket"};
  std::vector<sc_time> taken;
  std::vector<sc_time> done;

  PipelinedReader(const sc_core::sc_module_name& name, std::vector<std::uint64_t> addresses,
                  std::uint64_t bytes)
      : sc_module(name), addresses_(std::move(addresses)), bytes_(bytes), data_(bytes) {
    SC_HAS_PROCESS(PipelinedReader);
    SC_THREAD(run);
  }

 private:
  void run() {
    for (const std::uint64_t address : addresses_) {
      socket.issue(tlm::TLM_READ_COMMAND, address, data_.data(), bytes_);
      taken.push_back(sc_core::sc_time_stamp());
    }
    while (socket.under_way() > 0) done.push_back(socket.collect_oldest().time);
  }

  const std::vector<std::uint64_t> addresses_;
  const std::uint64_t bytes_;
  std::vector<unsigned char> data_;
};

TEST_F(BankDramTest, ABlockingReadTakesActivationLatencyAndBurst) {
  BankDram dram("dram", clock_, config(), Fidelity::kTiming);
  std::vector<sc_time> done;
  BlockingDriver driver("driver", [&](BlockingDriver& d) {
    for (const std::uint64_t address : {0, 64}) {
      done.push_back(d.access(tlm::TLM_READ_COMMAND, address, nullptr, 64).done_at);
    }
  });
  driver.socket.bind(dram.port);
  sc_core::sc_start();
  // One cycle in the controller, RCD, RL, BL/2; then a row hit.
  EXPECT_EQ(done, (std::vector{cycles(1 + 16 + 16 + 4), cycles(37 + 1 + 16 + 4)}));
  EXPECT_EQ(dram.waiting_for(), "");
}

TEST_F(BankDramTest, SeveralAccessesUnderWayEndWhenTheControllerSaysSo) {
  const std::vector<std::uint64_t> addresses = {0, 1 << 20, 2048, 3 << 20, 4096};
  BankDram dram("dram", clock_, config(), Fidelity::kTiming);
  PipelinedReader reader("reader", addresses, 2048);
  reader.socket.bind(dram.port);
  sc_core::sc_start();

  const auto controller = make_stepped_dram_controller(
      config().standard, AddressMapping(*config().standard, "rbc"), config().controller);
  for (const std::uint64_t address : addresses) controller->offer({address, 2048, false}, 0);
  controller->finish();
  std::vector<sc_time> expected(addresses.size());
  for (const DramCompletion& each : controller->take_completions()) {
    expected[each.access] = cycles(each.done);
  }
  EXPECT_EQ(reader.done, expected);
  EXPECT_THAT(reader.taken, testing::Each(sc_core::SC_ZERO_TIME));
}

TEST_F(BankDramTest, AFullControllerTakesTheNextRequestWhenAnAccessEnds) {
  BankDram dram("dram", clock_, config(2), Fidelity::kTiming);
  PipelinedReader reader("reader", {0, 64, 128}, 64);
  reader.socket.bind(dram.port);
  sc_core::sc_start();
  EXPECT_EQ(reader.taken, (std::vector{cycles(0), cycles(0), cycles(37)}));
}

TEST_F(BankDramTest, CountsCommandsHitsAndStandby) {
  BankDram dram("dram", clock_, config(), Fidelity::kTiming);
  PipelinedReader reader("reader", {0, 2048}, 2048);
  reader.socket.bind(dram.port);
  sc_core::sc_start();
  dram.update_statistics();
  std::map<std::string, std::int64_t> counts;
  for (const Statistic& each : dram.statistics().entries()) counts[each.name] = *each.value;
  EXPECT_EQ(counts["activates"], 1);
  EXPECT_EQ(counts["read_bursts"], 64);
  EXPECT_EQ(counts["row_hits"], 63);
  EXPECT_EQ(counts["bytes_read"], 4096);
  // ACT in cycle 1; the row stays open to the end of the last of 64 bursts.
  const DramCycle end = 1 + 16 + 63 * 6 + 16 + 4;
  EXPECT_EQ(counts["active_standby_cycles"], end - 1);
  EXPECT_EQ(counts["precharge_standby_cycles"], 1);
}

TEST_F(BankDramTest, WhatWasWrittenIsRead) {
  BankDram dram("dram", clock_, config(), Fidelity::kData);
  std::array<unsigned char, 4> out{1, 2, 3, 4};
  std::array<unsigned char, 6> in{};
  BlockingDriver driver("driver", [&](BlockingDriver& d) {
    d.access(tlm::TLM_WRITE_COMMAND, 4091, out.data(), 4);
    d.access(tlm::TLM_READ_COMMAND, 4090, in.data(), 6);
  });
  driver.socket.bind(dram.port);
  sc_core::sc_start();
  EXPECT_THAT(in, testing::ElementsAre(0, 1, 2, 3, 4, 0));
}

TEST_F(BankDramTest, RefusesWhatItCannotServe) {
  BankDram dram("dram", clock_, config(), Fidelity::kTiming);
  std::vector<tlm::tlm_response_status> found;
  BlockingDriver driver("driver", [&](BlockingDriver& d) {
    found.push_back(d.access(tlm::TLM_READ_COMMAND, (4ULL << 30) - 1, nullptr, 2).status);
    found.push_back(d.access(tlm::TLM_READ_COMMAND, 4ULL << 30, nullptr, 1).status);
  });
  driver.socket.bind(dram.port);
  sc_core::sc_start();
  EXPECT_THAT(found, testing::Each(tlm::TLM_ADDRESS_ERROR_RESPONSE));
}

/// Sends three reads and ends every response 1 us after it began.
class SlowInitiator final : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<SlowInitiator> socket{"socket"};
  std::vector<sc_time> responses;
  bool overlapped = false;

  explicit SlowInitiator(const sc_core::sc_module_name& name) : sc_module(name) {
    socket.register_nb_transport_bw(this, &SlowInitiator::receive);
    SC_HAS_PROCESS(SlowInitiator);
    SC_THREAD(send);
    SC_METHOD(end_response);
    sensitive << end_;
    dont_initialize();
  }

 private:
  void send() {
    for (std::uint64_t i = 0; i < 3; ++i) {
      tlm::tlm_generic_payload& payload = pool_.take();
      payload.set_command(tlm::TLM_READ_COMMAND);
      payload.set_address(64 * i);
      payload.set_data_length(64);
      payload.set_streaming_width(64);
      tlm::tlm_phase phase = tlm::BEGIN_REQ;
      sc_time delay;
      ASSERT_EQ(socket->nb_transport_fw(payload, phase, delay), tlm::TLM_UPDATED);
      ASSERT_EQ(phase, tlm::END_REQ);
    }
  }
  tlm::tlm_sync_enum receive(tlm::tlm_generic_payload& payload, tlm::tlm_phase&, sc_time&) {
    overlapped = overlapped || open_ != nullptr;
    open_ = &payload;
    responses.push_back(sc_core::sc_time_stamp());
    end_.notify(sc_time(1, sc_core::SC_US));
    return tlm::TLM_ACCEPTED;
  }
  void end_response() {
    tlm::tlm_generic_payload& payload = *std::exchange(open_, nullptr);
    tlm::tlm_phase phase = tlm::END_RESP;
    sc_time delay;
    socket->nb_transport_fw(payload, phase, delay);
    payload.release();
  }

  PayloadPool pool_;
  tlm::tlm_generic_payload* open_ = nullptr;
  sc_core::sc_event end_;
};

TEST_F(BankDramTest, AResponseWaitsForTheEndOfTheOneBefore) {
  BankDram dram("dram", clock_, config(), Fidelity::kTiming);
  SlowInitiator initiator("initiator");
  initiator.socket.bind(dram.port);
  sc_core::sc_start();
  EXPECT_FALSE(initiator.overlapped);
  const sc_time us(1, sc_core::SC_US);
  EXPECT_EQ(initiator.responses, (std::vector{cycles(37), cycles(37) + us, cycles(37) + us + us}));
}

}  // namespace
}  // namespace systerm
