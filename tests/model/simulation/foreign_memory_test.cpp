// SPDX-License-Identifier: Apache-2.0
// Memories that know nothing of this project behind the accelerator's memory socket, as
// docs/external_memory.md shows.
#include <deque>
#include <memory>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <tlm_utils/peq_with_cb_and_phase.h>
#include <tlm_utils/simple_target_socket.h>

#include "model/simulation/experiment_run.h"
#include "model/simulation/isolated_run.h"
#include "tests/model/simulation/program_vocabulary.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;
using sc_core::sc_time;

/// Loosely timed: b_transport alone, 50 ns an access.
class LooselyTimedMemory final : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<LooselyTimedMemory> socket{"socket"};
  std::int64_t accesses = 0;

  explicit LooselyTimedMemory(const sc_core::sc_module_name& name) : sc_module(name) {
    socket.register_b_transport(this, &LooselyTimedMemory::b_transport);
  }

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_time& delay) {
    ++accesses;
    delay += sc_time(50, sc_core::SC_NS);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }
};

/// Approximately timed: takes a request every 20 ns and answers 100 ns later, the order kept.
class ApproximatelyTimedMemory final : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<ApproximatelyTimedMemory> socket{"socket"};
  std::int64_t accesses = 0;
  std::size_t most_under_way = 0;

  explicit ApproximatelyTimedMemory(const sc_core::sc_module_name& name)
      : sc_module(name), queue_(this, &ApproximatelyTimedMemory::next_phase) {
    socket.register_nb_transport_fw(this, &ApproximatelyTimedMemory::nb_transport_fw);
  }

 private:
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_time& delay) {
    if (phase == tlm::BEGIN_REQ) {
      payload.acquire();
      queue_.notify(payload, phase, delay);
    }
    return tlm::TLM_ACCEPTED;
  }

  void next_phase(tlm::tlm_generic_payload& payload, const tlm::tlm_phase& phase) {
    sc_time delay;
    tlm::tlm_phase next = phase;
    if (phase == tlm::BEGIN_REQ) {
      ++accesses;
      most_under_way = std::max(most_under_way, ++under_way_);
      queue_.notify(payload, next = tlm::END_REQ, sc_time(20, sc_core::SC_NS));
    } else if (phase == tlm::END_REQ) {
      socket->nb_transport_bw(payload, next, delay);
      queue_.notify(payload, next = tlm::BEGIN_RESP, sc_time(100, sc_core::SC_NS));
    } else if (phase == tlm::BEGIN_RESP) {
      payload.set_response_status(tlm::TLM_OK_RESPONSE);
      --under_way_;
      socket->nb_transport_bw(payload, next, delay);
      payload.release();
    }
  }

  tlm_utils::peq_with_cb_and_phase<ApproximatelyTimedMemory> queue_;
  std::size_t under_way_ = 0;
};

Json run(const std::string& interconnect, const Simulation::MemoryBinding& bind = {}) {
  const Experiment parsed = experiment(R"(systerm: 1
name: foreign
design: {base: tq_64x128, interconnect: {)" +
                                       interconnect + R"(}}
workload: {gemms: [{name: a, m: 64, k: 1024, n: 512}]}
precision: {default: {format: term_quantized, group_size: 8, group_budget: 12, data_terms: 3}}
run: {fidelity: timing}
)");
  return run_plan(parsed, parsed.precision, {}, bind);
}

template <typename Memory>
Json run_with(const std::string& interconnect) {
  return IsolatedRun([&] {
           std::unique_ptr<Memory> memory;
           Json result = run(interconnect, [&](Accelerator& accelerator, Dram&) {
             memory = std::make_unique<Memory>("memory");
             accelerator.memory_socket().bind(memory->socket);
           });
           result["accesses"] = memory->accesses;
           if constexpr (requires { memory->most_under_way; }) {
             result["most_under_way"] = memory->most_under_way;
           }
           return result;
         })
      .wait();
}

std::int64_t transactions(const Json& result) {
  for (const Json& each : result["units"]) {
    if (each["name"] == "transactions") return each["value"];
  }
  return -1;
}

TEST(ForeignMemory, LooselyTimedBehindEitherTransport) {
  const Json own = IsolatedRun([] { return run(""); }).wait();
  for (const std::string transport : {"blocking", "non_blocking"}) {
    const Json result = run_with<LooselyTimedMemory>("memory_transport: " + transport);
    EXPECT_EQ(result["total"]["busy"], own["total"]["busy"]) << transport;
    EXPECT_EQ(result["accesses"], transactions(own)) << transport;
    EXPECT_GT(result["total"]["cycles"], result["total"]["busy"]) << transport;
  }
}

TEST(ForeignMemory, ApproximatelyTimedWithSeveralRequestsUnderWay) {
  const Json own = IsolatedRun([] { return run(""); }).wait();
  // A burst holds the bus for 64 ns and the memory for 120 ns.
  const Json result = run_with<ApproximatelyTimedMemory>("");
  EXPECT_EQ(result["total"]["busy"], own["total"]["busy"]);
  EXPECT_EQ(result["accesses"], transactions(own));
  EXPECT_EQ(result["most_under_way"], 2);
  // With a bus this wide the memory, which takes a request every 20 ns, is the limit.
  const Json wide = run_with<ApproximatelyTimedMemory>("bytes_per_cycle: 1024");
  EXPECT_GT(wide["most_under_way"], 3);
}

}  // namespace
}  // namespace systerm
