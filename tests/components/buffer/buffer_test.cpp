// SPDX-License-Identifier: Apache-2.0
#include "components/buffer/buffer.h"

#include <array>

#include <gmock/gmock.h>

#include "tests/support/kernel_test.h"

namespace systerm {
namespace {

using BufferDriver = test::Driver<BlockExtension>;
using Action = BlockExtension::Action;

class BufferTest : public test::KernelTest {
 protected:
  static BufferConfig config() {
    BufferConfig config;
    config.bytes = 512;
    config.banks = 2;
    config.bank_width_bytes = 8;  // 16 bytes a cycle
    config.latency_cycles = 2;
    config.slots = 2;
    return config;
  }
  static void act(BufferDriver& d, tlm::tlm_command command, std::uint64_t sequence,
                  Action action) {
    d.extension().sequence = sequence;
    d.extension().action = action;
    ASSERT_EQ(d.access(command, 0, nullptr, 0).status, tlm::TLM_OK_RESPONSE);
  }

  const Clock clock_{1e9};
};

TEST_F(BufferTest, AReaderWaitsUntilTheBlockIsComplete) {
  Buffer buffer("buffer", clock_, config(), Fidelity::kData);
  std::array<unsigned char, 32> out{};
  out.fill(42);
  std::array<unsigned char, 32> in{};
  sc_core::sc_time completed_at;
  sc_core::sc_time done;
  BufferDriver writer("writer", [&](BufferDriver& d) {
    d.access(tlm::TLM_WRITE_COMMAND, 0, out.data(), out.size());
    sc_core::wait(clock_.time(10));
    act(d, tlm::TLM_WRITE_COMMAND, 0, Action::kComplete);
  });
  BufferDriver reader("reader", [&](BufferDriver& d) {
    done = d.access(tlm::TLM_READ_COMMAND, 0, in.data(), in.size()).done_at;
    completed_at = d.extension().completed_at;
  });
  writer.socket.bind(buffer.write_port);
  reader.socket.bind(buffer.read_port);
  sc_core::sc_start(clock_.time(9));
  EXPECT_EQ(buffer.waiting_for(), "a block to be filled");
  sc_core::sc_start();
  EXPECT_EQ(completed_at, clock_.time(10));
  EXPECT_EQ(done, clock_.time(10 + 2 + 2));  // 32 bytes at 16 a cycle, then the latency
  EXPECT_EQ(in, out);
  EXPECT_EQ(buffer.waiting_for(), "");
}

TEST_F(BufferTest, AWriterWaitsUntilItsSlotIsReleased) {
  Buffer buffer("buffer", clock_, config(), Fidelity::kTiming);
  std::vector<sc_core::sc_time> accepted;
  BufferDriver writer("writer", [&](BufferDriver& d) {
    for (std::uint64_t block = 0; block < 4; ++block) {
      d.extension().sequence = block;
      d.extension().action = Action::kAccess;
      d.access(tlm::TLM_WRITE_COMMAND, 0, nullptr, 16);
      accepted.push_back(sc_core::sc_time_stamp());
      act(d, tlm::TLM_WRITE_COMMAND, block, Action::kComplete);
    }
  });
  BufferDriver reader("reader", [&](BufferDriver& d) {
    for (std::uint64_t block = 0; block < 2; ++block) {
      sc_core::wait(clock_.time(20));
      act(d, tlm::TLM_READ_COMMAND, block, Action::kRelease);
    }
  });
  writer.socket.bind(buffer.write_port);
  reader.socket.bind(buffer.read_port);
  sc_core::sc_start();
  EXPECT_EQ(accepted,
            (std::vector{clock_.time(0), clock_.time(0), clock_.time(20), clock_.time(40)}));
}

TEST_F(BufferTest, RefusesBytesBeyondASlot) {
  Buffer buffer("buffer", clock_, config(), Fidelity::kTiming);
  std::vector<tlm::tlm_response_status> found;
  BufferDriver writer("writer", [&](BufferDriver& d) {
    found.push_back(d.access(tlm::TLM_WRITE_COMMAND, 240, nullptr, 16).status);
    found.push_back(d.access(tlm::TLM_WRITE_COMMAND, 241, nullptr, 16).status);
  });
  BufferDriver reader("reader", [&](BufferDriver& d) {
    found.push_back(d.access(tlm::TLM_READ_COMMAND, 256, nullptr, 1).status);
  });
  writer.socket.bind(buffer.write_port);
  reader.socket.bind(buffer.read_port);
  sc_core::sc_start();
  constexpr auto kError = tlm::TLM_ADDRESS_ERROR_RESPONSE;
  EXPECT_THAT(found, testing::UnorderedElementsAre(tlm::TLM_OK_RESPONSE, kError, kError));
}

class SharedPort : public BufferTest {
 protected:
  /// When two writes and two reads of 10 cycles each, all asked for at cycle 0, are done.
  std::vector<std::pair<char, std::int64_t>> order(PortArbitration arbitration) {
    BufferConfig shared = config();
    shared.ports = 1;
    shared.arbitration = arbitration;
    shared.latency_cycles = 0;
    Buffer buffer("buffer", clock_, shared, Fidelity::kTiming);
    std::vector<std::pair<char, std::int64_t>> done;
    BufferDriver writer("writer", [&](BufferDriver& d) {
      d.access(tlm::TLM_WRITE_COMMAND, 0, nullptr, 160);
      act(d, tlm::TLM_WRITE_COMMAND, 0, Action::kComplete);
      d.extension().sequence = 1;
      d.extension().action = Action::kAccess;
      for (int i = 0; i < 2; ++i) {
        done.emplace_back('w',
                          clock_.cycles(d.access(tlm::TLM_WRITE_COMMAND, 0, nullptr, 160).done_at));
      }
    });
    BufferDriver reader("reader", [&](BufferDriver& d) {
      for (int i = 0; i < 2; ++i) {
        done.emplace_back('r',
                          clock_.cycles(d.access(tlm::TLM_READ_COMMAND, 0, nullptr, 160).done_at));
      }
    });
    writer.socket.bind(buffer.write_port);
    reader.socket.bind(buffer.read_port);
    sc_core::sc_start();
    return done;
  }
};

// The first write holds the port until cycle 10; then both sides want it twice.
TEST_F(SharedPort, ServesBothSidesInTurns) {
  EXPECT_THAT(order(PortArbitration::kRoundRobin),
              testing::ElementsAre(std::pair('r', 20), std::pair('w', 30), std::pair('r', 40),
                                   std::pair('w', 50)));
}

TEST_F(SharedPort, ServesReadsFirst) {
  EXPECT_THAT(order(PortArbitration::kReadFirst),
              testing::ElementsAre(std::pair('r', 20), std::pair('r', 30), std::pair('w', 40),
                                   std::pair('w', 50)));
}

TEST_F(SharedPort, ServesWritesFirst) {
  EXPECT_THAT(order(PortArbitration::kWriteFirst),
              testing::ElementsAre(std::pair('w', 20), std::pair('w', 30), std::pair('r', 40),
                                   std::pair('r', 50)));
}

// 16 bytes from byte 4 on lie in three words of two banks.
TEST_F(BufferTest, BankConflictsDelayUnalignedBytes) {
  Buffer buffer("buffer", clock_, config(), Fidelity::kTiming);
  std::vector<sc_core::sc_time> done;
  BufferDriver writer("writer", [&](BufferDriver& d) {
    done.push_back(d.access(tlm::TLM_WRITE_COMMAND, 0, nullptr, 16).done_at);
    sc_core::wait(clock_.time(10));
    done.push_back(d.access(tlm::TLM_WRITE_COMMAND, 4, nullptr, 16).done_at);
  });
  BufferDriver reader("reader", [](BufferDriver&) {});
  writer.socket.bind(buffer.write_port);
  reader.socket.bind(buffer.read_port);
  sc_core::sc_start();
  EXPECT_EQ(done, (std::vector{clock_.time(1 + 2), clock_.time(10 + 2 + 2)}));
}

}  // namespace
}  // namespace systerm
