// SPDX-License-Identifier: Apache-2.0
// A SystemC kernel of its own for every test, and a module that drives sockets from a thread.
#pragma once

#include <functional>
#include <systemc>
#include <tlm>
#include <utility>

#include <gtest/gtest.h>

#include "components/transport/clock.h"
#include "components/transport/sockets.h"

namespace systerm::test {

/// Swaps in a fresh simulation context; the first of the process must never be deleted.
class KernelTest : public testing::Test {
 protected:
  KernelTest()
      : outer_current_(sc_core::sc_curr_simcontext),
        outer_default_(sc_core::sc_default_global_context) {
    sc_core::sc_curr_simcontext = sc_core::sc_default_global_context = new sc_core::sc_simcontext;
    sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
  }
  ~KernelTest() override {
    delete sc_core::sc_curr_simcontext;
    sc_core::sc_curr_simcontext = outer_current_;
    sc_core::sc_default_global_context = outer_default_;
  }

 private:
  sc_core::sc_simcontext* outer_current_;
  sc_core::sc_simcontext* outer_default_;
};

/// Runs `body` in a thread; `access` is one blocking transaction over its socket.
template <typename Extension>
class Driver final : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<Driver> socket{"socket"};

  Driver(const sc_core::sc_module_name& name, std::function<void(Driver&)> body)
      : sc_module(name), body_(std::move(body)) {
    SC_HAS_PROCESS(Driver);
    SC_THREAD(run);
  }

  Extension& extension() { return payload_.extension(); }
  struct Outcome {
    tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;
    sc_core::sc_time done_at;  ///< annotated delay included
  };
  Outcome access(tlm::tlm_command command, std::uint64_t address, unsigned char* data,
                 std::uint64_t bytes) {
    tlm::tlm_generic_payload& payload = payload_.prepare(command, address, data, bytes);
    sc_core::sc_time delay;
    socket->b_transport(payload, delay);
    return {payload.get_response_status(), sc_core::sc_time_stamp() + delay};
  }

 private:
  void run() { body_(*this); }

  ReusedPayload<Extension> payload_;
  std::function<void(Driver&)> body_;
};

}  // namespace systerm::test
