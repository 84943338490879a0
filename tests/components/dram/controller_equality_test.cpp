// SPDX-License-Identifier: Apache-2.0
// The controller that batches runs of hits and the one that steps every cycle give the same
// commands at the same times, the same completions and the same counts.
#include <random>

#include <gtest/gtest.h>

#include "components/dram/scheduler.h"
#include "components/dram/trace_replay.h"
#include "components/dram/write_batching.h"
#include "tests/components/dram/dram_support.h"

namespace systerm {
namespace {

struct Timed {
  DramAccess access;
  DramCycle arrival = 0;
};

/// Streams, strides, rows that conflict and plain noise, in one direction or mixed.
std::vector<Timed> random_trace(const DramStandard& standard, std::mt19937_64& random) {
  const auto size = static_cast<std::uint64_t>(standard.bytes());
  const auto below = [&](std::uint64_t limit) { return random() % limit; };
  const std::uint64_t write_share = below(3) * 25;
  const bool in_bursts_of_time = below(2) == 0;
  std::vector<Timed> trace;
  DramCycle arrival = 0;
  for (std::uint64_t phases = 2 + below(5); phases > 0; --phases) {
    std::uint64_t address = below(size / 2) / 64 * 64;
    const std::uint64_t bytes = below(3) == 0 ? 2048 : 64;
    const std::uint64_t strides[] = {bytes, bytes, bytes, 8192, std::uint64_t{1} << 18, 320};
    const std::uint64_t stride = strides[below(std::size(strides))];
    const bool noise = below(4) == 0;
    for (std::uint64_t left = 1 + below(1024 / (bytes / 32)); left > 0; --left) {
      if (noise) address = below(size - 4096);
      trace.push_back({{address, bytes, below(100) < write_share}, arrival});
      address = (address + stride) % (size - 4096);
      if (in_bursts_of_time && below(20) == 0) arrival += static_cast<DramCycle>(below(400));
    }
    if (below(4) == 0) arrival += static_cast<DramCycle>(below(9000));
  }
  return trace;
}

/// Streams of several masters that take turns, as DMA engines do: each in a region of its own, in
/// one direction, now and then at another place.
std::vector<Timed> trace_of_masters(const DramStandard& standard, std::mt19937_64& random) {
  const auto size = static_cast<std::uint64_t>(standard.bytes());
  const auto below = [&](std::uint64_t limit) { return random() % limit; };
  struct Master {
    std::uint64_t address = 0;
    std::uint64_t bytes = 0;
    bool is_write = false;
  };
  std::vector<Master> masters(2 + below(5));
  for (Master& master : masters) {
    master = {below(size / 2) / 64 * 64, std::uint64_t{64} << below(6), below(4) == 0};
  }
  // From more than the memory can take to less.
  const std::uint64_t gap = below(3) * 150;
  std::vector<Timed> trace;
  DramCycle arrival = 0;
  for (std::uint64_t left = 100 + below(300); left > 0; --left) {
    Master& master = masters[below(masters.size())];
    if (below(30) == 0) master.address = below(size / 2) / 64 * 64;
    trace.push_back({{master.address, master.bytes, master.is_write}, arrival});
    master.address += master.bytes;
    if (gap > 0) arrival += static_cast<DramCycle>(below(gap));
  }
  return trace;
}

/// Offers at the arrival times, stopping now and then as a simulation would.
test::Outcome simulate(DramController& controller, const std::vector<Timed>& trace,
                       std::uint64_t stops_seed, bool is_observed) {
  test::Outcome outcome;
  // Unobserved, a controller may also skip over the repetitions of a stream.
  if (is_observed) {
    controller.observe([&](const IssuedDramCommand& each) { outcome.commands.push_back(each); });
  }
  std::mt19937_64 random(stops_seed);
  DramCycle passed = -1;
  for (const Timed& each : trace) {
    if (each.arrival > passed + 1) {
      if (random() % 2 == 0) {
        controller.advance(passed + (each.arrival - 1 - passed) / 2);
      }
      controller.advance(passed = each.arrival - 1);
    }
    controller.offer(each.access, each.arrival);
  }
  outcome.cycles = controller.finish();
  outcome.completions = controller.take_completions();
  outcome.counts = controller.counts(outcome.cycles);
  return outcome;
}

class ControllerEquality : public testing::TestWithParam<std::string> {};

TEST_P(ControllerEquality, OnRandomTraces) {
  const auto standard = test::preset(GetParam());
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    std::mt19937_64 random(seed * 7919 + std::hash<std::string>{}(GetParam()) % 1000);
    const auto pick = [&](const std::vector<std::string>& names) {
      return names[random() % names.size()];
    };
    const std::string mapping = pick(AddressMapping::names());
    DramControllerConfig config;
    do {
      config.scheduler = pick(dram_scheduler_names());
      config.write_batching = pick(write_batching_names());
    } while (!controller_config_error(config).empty());
    config.page_policy = random() % 4 == 0 ? PagePolicy::kClosed : PagePolicy::kOpen;
    config.refresh = random() % 3 != 0;
    config.queue_entries = random() % 4 == 0 ? 1 + static_cast<int>(random() % 12) : 8;
    SCOPED_TRACE(testing::Message()
                 << "seed " << seed << ", mapping " << mapping << ", " << config.scheduler << ", "
                 << config.write_batching << ", closed "
                 << (config.page_policy == PagePolicy::kClosed) << ", refresh " << config.refresh
                 << ", entries " << config.queue_entries);
    const auto trace = random_trace(*standard, random);
    const AddressMapping map(*standard, mapping);
    const auto batched = make_dram_controller(standard, map, config);
    const auto stepped = make_stepped_dram_controller(standard, map, config);
    const test::Outcome fast = simulate(*batched, trace, seed, seed % 2 == 0);
    const test::Outcome slow = simulate(*stepped, trace, seed + 1, seed % 2 == 0);
    test::expect_equal(fast, slow);
    if (HasFailure()) return;
  }
}

TEST_P(ControllerEquality, OnStreamsOfSeveralMasters) {
  const auto standard = test::preset(GetParam());
  for (std::uint64_t seed = 1; seed <= 16; ++seed) {
    std::mt19937_64 random(seed * 104'729 + std::hash<std::string>{}(GetParam()) % 1000);
    const std::string mapping = AddressMapping::names()[seed % AddressMapping::names().size()];
    DramControllerConfig config;
    config.scheduler = seed % 5 == 0 ? "strict" : "frfcfs";
    config.refresh = random() % 2 == 0;
    config.queue_entries = random() % 4 == 0 ? 1 + static_cast<int>(random() % 32) : 8;
    SCOPED_TRACE(testing::Message()
                 << "seed " << seed << ", mapping " << mapping << ", " << config.scheduler
                 << ", refresh " << config.refresh << ", entries " << config.queue_entries);
    const auto trace = trace_of_masters(*standard, random);
    const AddressMapping map(*standard, mapping);
    const auto batched = make_dram_controller(standard, map, config);
    const auto stepped = make_stepped_dram_controller(standard, map, config);
    const bool is_observed = random() % 2 == 0;
    const test::Outcome fast = simulate(*batched, trace, seed, is_observed);
    const test::Outcome slow = simulate(*stepped, trace, seed + 1, is_observed);
    test::expect_equal(fast, slow);
    if (HasFailure()) return;
  }
}

TEST_P(ControllerEquality, OnLongStreams) {
  const auto standard = test::preset(GetParam());
  std::mt19937_64 random(7);
  for (const std::string& mapping : AddressMapping::names()) {
    for (const std::string& scheduler : dram_scheduler_names()) {
      const std::uint64_t bytes = std::uint64_t{1} << (5 + random() % 12);
      SCOPED_TRACE(testing::Message() << mapping << ", " << scheduler << ", accesses of " << bytes);
      std::vector<Timed> trace;
      std::uint64_t address = random() % 4096 * 64;
      for (std::uint64_t sent = 0; sent < 150'000; sent += bytes) {
        if (random() % (100'000 / bytes + 2) == 0) address += random() % 64 * 4096;
        trace.push_back({{address, bytes, random() % 500 == 0}, 0});
        address += bytes;
      }
      DramControllerConfig config;
      config.scheduler = scheduler;
      const AddressMapping map(*standard, mapping);
      const auto batched = make_dram_controller(standard, map, config);
      const auto stepped = make_stepped_dram_controller(standard, map, config);
      test::expect_equal(simulate(*batched, trace, 1, false), simulate(*stepped, trace, 1, false));
      if (HasFailure()) return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Presets, ControllerEquality, testing::ValuesIn(test::presets()),
                         [](const auto& preset) { return preset.param; });

}  // namespace
}  // namespace systerm
