// SPDX-License-Identifier: Apache-2.0
// What gets lost on the way or in the accounts is found at the end of the run, and named.
#include "model/simulation/conservation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/simulation/experiment_run.h"
#include "tests/model/simulation/program_vocabulary.h"

namespace systerm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A memory that answers the fifth read with half of its bytes.
class LosingTarget final : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<LosingTarget> port{"port"};

  explicit LosingTarget(const sc_core::sc_module_name& name) : sc_module(name) {
    port.register_b_transport(this, &LosingTarget::b_transport);
  }

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    if (payload.is_read() && ++reads_ == 5) payload.set_data_length(payload.get_data_length() / 2);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }

  int reads_ = 0;
};

TEST(Conservation, BytesLostByTheMemoryEndTheRun) {
  const Experiment parsed = experiment(R"(systerm: 1
name: lost
design: tq_64x128
workload: {gemms: [{name: a, m: 1, k: 4096, n: 128}]}
precision: {default: {format: uniform, group_size: 8}}
run: {fidelity: timing}
)");
  std::unique_ptr<LosingTarget> losing;
  try {
    run_plan(parsed, parsed.precision, {}, [&](Accelerator& top, Dram&) {
      losing = std::make_unique<LosingTarget>("losing");
      top.memory_socket().bind(losing->port);
    });
    FAIL() << "lost bytes went unnoticed";
  } catch (const SimulationError& error) {
    // 4096 x 128 weights of a byte each, of which 1024 got lost.
    EXPECT_THAT(error.what(), HasSubstr("accelerator.weight_dma: bytes: 523264 in, 524288 out"));
  }
}

class Unit final : public HardwareUnit {
 public:
  Unit(const sc_core::sc_module_name& name, bool accounts)
      : HardwareUnit(name, Clock(1e9)), accounts_(accounts) {
    SC_HAS_PROCESS(Unit);
    SC_THREAD(run);
  }
  std::string waiting_for() const override { return {}; }
  std::vector<Flow> flows() const override { return {{"tiles", 3, accounts_ ? 3 : 2}}; }
  void settle() override {
    if (accounts_) HardwareUnit::settle();
  }

 private:
  void run() {
    time_.enter(TimeAccount::State::kBusy);
    wait_cycles(10);
    time_.enter(TimeAccount::State::kStalled);
    wait_cycles(20);
  }

  const bool accounts_;
  TimeAccount& time_ = keep_time_account();
};

TEST(Conservation, NamesTheUnitAndBothFigures) {
  set_time_resolution();
  Unit good("good", true);
  Unit bad("bad", false);
  sc_core::sc_start();
  const std::vector<HardwareUnit*> units = {&good, &bad};
  for (HardwareUnit* unit : units) unit->settle();
  EXPECT_THAT(check_conservation(units),
              ElementsAre("bad: tiles: 3 in, 2 out",
                          "bad: busy, stalled and idle time are 10 ns, the run took 30 ns"));
  EXPECT_EQ(good.time_account()->cycles(TimeAccount::State::kStalled), 20);
}

/// Works on for 12 ns while it waits, is idle and waits again.
class Overlapping final : public HardwareUnit {
 public:
  explicit Overlapping(const sc_core::sc_module_name& name) : HardwareUnit(name, Clock(1e9)) {
    SC_HAS_PROCESS(Overlapping);
    SC_THREAD(run);
  }
  std::string waiting_for() const override { return {}; }

 private:
  void run() {
    wait_cycles(5);
    time_.enter(TimeAccount::State::kStalled);
    time_.work_until(sc_core::sc_time(17, sc_core::SC_NS));
    wait_cycles(4);
    time_.enter(TimeAccount::State::kIdle);
    wait_cycles(6);
    time_.enter(TimeAccount::State::kStalled);
    wait_cycles(10);
  }

  TimeAccount& time_ = keep_time_account();
};

TEST(Conservation, WorkThatGoesOnMeanwhileCountsOnce) {
  set_time_resolution();
  Overlapping unit("unit");
  sc_core::sc_start();
  unit.settle();
  HardwareUnit* const units[] = {&unit};
  EXPECT_THAT(check_conservation(units), ElementsAre());
  EXPECT_EQ(unit.time_account()->cycles(TimeAccount::State::kIdle), 5);
  EXPECT_EQ(unit.time_account()->cycles(TimeAccount::State::kBusy), 12);
  EXPECT_EQ(unit.time_account()->cycles(TimeAccount::State::kStalled), 8);
}

TEST(Conservation, ArrayCyclesThatAreMissingAreReported) {
  std::vector<std::string> problems;
  check_cycles("array", {5, 3}, 8, problems);
  EXPECT_THAT(problems, ElementsAre());
  check_cycles("array", {5, 3}, 9, problems);
  EXPECT_THAT(problems, ElementsAre("array: 8 busy and stalled cycles, the run took 9"));
}

}  // namespace
}  // namespace systerm
