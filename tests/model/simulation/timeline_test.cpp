// SPDX-License-Identifier: Apache-2.0
// The timeline of whole runs, read back as a trace viewer reads it.
#include "model/simulation/timeline.h"

#include <cmath>
#include <map>
#include <set>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/simulation/experiment_run.h"
#include "model/simulation/isolated_run.h"
#include "tests/model/simulation/program_vocabulary.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;
using testing::IsSupersetOf;

std::string two_gemms(const std::string& design = "", const std::string& name = "first") {
  return fmt::format(R"(systerm: 1
name: timeline
design: {{base: tq_64x128{}{}}}
workload: {{gemms: [{{name: '{}', m: 300, k: 700, n: 200}}, {{name: second, m: 64, k: 512, n: 128}}]}}
precision:
  default: {{format: term_quantized, group_size: 8, group_budget: 12, data_terms: 3}}
  layers: [{{match: second, format: uniform}}]
run: {{fidelity: timing}}
)",
                     design.empty() ? "" : ", ", design, name);
}

struct Recorded {
  Json result;
  Json trace;
};

Recorded record(const std::string& text, const TimelineOptions& options = {}) {
  const Json both =
      IsolatedRun([&] {
        const Experiment parsed = experiment(text);
        Timeline timeline(parsed.design.clock_hz, options);
        Json result = run_plan(parsed, parsed.precision, {}, {}, &timeline);
        return Json{{"result", std::move(result)}, {"trace", timeline.trace_events()}};
      }).wait();
  return {both["result"], Json::parse(both["trace"].get<std::string>())};
}

struct Interval {
  std::int64_t begin_fs = 0;
  std::int64_t end_fs = 0;
  std::string name;
  Json arguments;
};
struct Thread {
  std::string unit;
  std::string part;
  std::vector<Interval> intervals;
};

std::int64_t femtoseconds(const Json& microseconds) {
  return std::llround(microseconds.get<double>() * 1e9);
}

/// Checks what the trace-event format asks of every event, and gives the threads.
std::map<std::pair<int, int>, Thread> threads_of(const Json& trace) {
  std::map<int, std::string> processes;
  std::map<std::pair<int, int>, Thread> threads;
  for (const Json& event : trace.at("traceEvents")) {
    const std::pair<int, int> thread{event.at("pid"), event.at("tid")};
    const std::string phase = event.at("ph");
    if (phase == "M" && event.at("name") == "process_name") {
      processes[thread.first] = event.at("args").at("name");
    } else if (phase == "M" && event.at("name") == "thread_name") {
      threads[thread].part = event.at("args").at("name");
    } else if (phase == "X") {
      const std::int64_t begin = femtoseconds(event.at("ts"));
      threads[thread].intervals.push_back(
          {begin, begin + femtoseconds(event.at("dur")), event.at("name"), event.at("args")});
      EXPECT_FALSE(event.at("cat").get<std::string>().empty());
    } else {
      EXPECT_EQ(phase, "M") << event;
    }
  }
  for (auto& [id, thread] : threads) thread.unit = processes.at(id.first);
  return threads;
}

void expect_well_formed(const std::map<std::pair<int, int>, Thread>& threads) {
  for (const auto& [id, thread] : threads) {
    EXPECT_FALSE(thread.intervals.empty()) << thread.unit << ' ' << thread.part;
    std::int64_t free_at = 0;
    for (const Interval& interval : thread.intervals) {
      EXPECT_GE(interval.begin_fs, free_at)
          << thread.unit << ' ' << thread.part << ' ' << interval.name;
      EXPECT_GT(interval.end_fs, interval.begin_fs) << thread.unit << ' ' << interval.name;
      free_at = interval.end_fs;
    }
  }
}

std::int64_t total_fs(const std::map<std::pair<int, int>, Thread>& threads, const std::string& unit,
                      const std::string& activity) {
  std::int64_t total = 0;
  for (const auto& [id, thread] : threads) {
    if (thread.unit != unit) continue;
    for (const Interval& interval : thread.intervals) {
      if (interval.name.starts_with(activity)) total += interval.end_fs - interval.begin_fs;
    }
  }
  return total;
}

std::int64_t counter(const Json& result, const std::string& unit, const std::string& name) {
  for (const Json& each : result.at("units")) {
    if (each.at("unit") == unit && each.at("name") == name) return each.at("value");
  }
  ADD_FAILURE() << unit << '.' << name;
  return -1;
}

constexpr std::int64_t kCycleFs = 2'000'000;  // 500 MHz

TEST(Timeline, ShowsEveryUnitInOrderAndWithoutOverlap) {
  const auto threads = threads_of(record(two_gemms()).trace);
  expect_well_formed(threads);
  std::set<std::string> units;
  for (const auto& [id, thread] : threads) units.insert(thread.unit);
  EXPECT_THAT(units, IsSupersetOf({"command_processor", "precision_controller", "interconnect",
                                   "weight_dma", "data_dma", "store_dma", "weight_buffer",
                                   "data_buffer", "result_buffer", "weight_loader", "encoder",
                                   "array", "accumulators", "vector_unit", "dram"}));
}

TEST(Timeline, StaysOrderedWithOneSlotManyBurstsAndAWavefrontBeat) {
  for (const char* design :
       {"dma: {outstanding: 1}", "dma: {outstanding: 16, burst: 512 B}", "accumulators: {slots: 1}",
        "array: {beat_sync: wavefront_maximum, weight_sets: 1}",
        "array: {dataflow: output_stationary}", "data_buffer: {slots: 4, ports: 1}"}) {
    SCOPED_TRACE(design);
    expect_well_formed(threads_of(record(two_gemms(design)).trace));
  }
}

TEST(Timeline, AgreesWithTheCountersOfTheUnits) {
  const Recorded run = record(two_gemms());
  const auto threads = threads_of(run.trace);
  EXPECT_EQ(total_fs(threads, "weight_loader", "shift"),
            counter(run.result, "weight_loader", "shift_cycles") * kCycleFs);
  EXPECT_EQ(total_fs(threads, "interconnect", ""),
            counter(run.result, "interconnect", "busy_cycles") * kCycleFs);
  EXPECT_EQ(total_fs(threads, "command_processor", "registers"),
            counter(run.result, "command_processor", "switch_cycles") * kCycleFs);
  std::int64_t passes = 0;
  for (const auto& [id, thread] : threads) {
    if (thread.unit == "array") passes += static_cast<std::int64_t>(thread.intervals.size());
  }
  EXPECT_EQ(passes, counter(run.result, "array", "passes"));
}

TEST(Timeline, NamesLayersAndTilesInTheArguments) {
  const auto threads = threads_of(record(two_gemms("", R"(a "quoted" <name>)")).trace);
  std::set<std::string> layers;
  for (const auto& [id, thread] : threads) {
    if (thread.unit != "array") continue;
    std::map<std::string, std::int64_t> next;
    for (const Interval& interval : thread.intervals) {
      const std::string layer = interval.arguments.at("layer");
      layers.insert(layer);
      EXPECT_EQ(interval.arguments.at("step"), next[layer]++);
    }
  }
  EXPECT_EQ(layers, (std::set<std::string>{R"(a "quoted" <name>)", "second"}));
}

TEST(Timeline, AWindowKeepsWhatTouchesIt) {
  TimelineOptions options;
  options.from_cycle = 2000;
  options.to_cycle = 3000;
  const auto all = threads_of(record(two_gemms()).trace);
  const auto some = threads_of(record(two_gemms(), options).trace);
  std::size_t expected = 0;
  std::size_t kept = 0;
  for (const auto& [id, thread] : all) {
    for (const Interval& each : thread.intervals) {
      expected += each.end_fs >= 2000 * kCycleFs && each.begin_fs < 3001 * kCycleFs ? 1 : 0;
    }
  }
  for (const auto& [id, thread] : some) kept += thread.intervals.size();
  EXPECT_GT(kept, 0U);
  EXPECT_EQ(kept, expected);
}

TEST(Timeline, SamplingKeepsOneOfSoManyOfEachPart) {
  TimelineOptions options;
  options.sample = 5;
  const auto all = threads_of(record(two_gemms()).trace);
  const auto some = threads_of(record(two_gemms(), options).trace);
  ASSERT_EQ(all.size(), some.size());
  for (const auto& [id, thread] : all) {
    EXPECT_EQ(some.at(id).intervals.size(), (thread.intervals.size() + 4) / 5) << thread.unit;
  }
}

TEST(Timeline, ALimitBoundsTheSizeAndCountsWhatIsLeftOut) {
  TimelineOptions options;
  options.maximum_events = 40;
  const Json all = record(two_gemms()).trace;
  const Json some = record(two_gemms(), options).trace;
  EXPECT_EQ(some["otherData"]["intervals"], 40);
  EXPECT_EQ(some["otherData"]["dropped_intervals"],
            all["otherData"]["intervals"].get<std::int64_t>() - 40);
}

TEST(Timeline, WatchingChangesNoFigure) {
  const std::string text = two_gemms();
  const Json unwatched = IsolatedRun([&] {
                           const Experiment parsed = experiment(text);
                           return run_plan(parsed, parsed.precision, {});
                         }).wait();
  EXPECT_EQ(record(text).result, unwatched);
}

}  // namespace
}  // namespace systerm
