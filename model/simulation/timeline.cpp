// SPDX-License-Identifier: Apache-2.0
#include "model/simulation/timeline.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "components/transport/hardware_unit.h"

namespace systerm {

namespace {

constexpr std::uint64_t kFemtosecondsPerMicrosecond = 1'000'000'000;

/// A number of microseconds as JSON, to the femtosecond.
std::string microseconds(std::uint64_t femtoseconds) {
  std::string text = fmt::format("{}.{:09}", femtoseconds / kFemtosecondsPerMicrosecond,
                                 femtoseconds % kFemtosecondsPerMicrosecond);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string json_string(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string metadata(const char* what, std::size_t process, std::size_t thread, const char* key,
                     const std::string& value) {
  return fmt::format(R"({{"ph":"M","name":"{}","pid":{},"tid":{},"args":{{"{}":{}}}}})", what,
                     process, thread, key, value);
}

}  // namespace

Timeline::Timeline(double clock_hz, const TimelineOptions& options)
    : clock_((set_time_resolution(), clock_hz)), options_(options) {}

std::size_t Timeline::track_index(const HardwareUnit& unit, const WorkInterval& interval) {
  const std::string part = interval.part_number < 0
                               ? std::string(interval.part)
                               : fmt::format("{} {}", interval.part, interval.part_number);
  const std::string key = fmt::format("{}/{}", unit.basename(), part);
  const auto [at, is_new] = track_index_.try_emplace(key, tracks_.size());
  if (is_new) tracks_.push_back({unit.basename(), part});
  return at->second;
}

std::size_t Timeline::layer_index(std::string_view name) {
  const auto known = layer_index_.find(name);
  if (known != layer_index_.end()) return known->second;
  layers_.emplace_back(name);
  layer_index_.emplace(name, layers_.size() - 1);
  return layers_.size() - 1;
}

void Timeline::worked(const HardwareUnit& unit, const WorkInterval& interval) {
  if (clock_.cycles(interval.end) < options_.from_cycle ||
      clock_.cycles(interval.begin) > options_.to_cycle || interval.begin == interval.end) {
    return;
  }
  const std::size_t track = track_index(unit, interval);
  if (tracks_[track].seen++ % options_.sample != 0) return;
  if (kept() >= options_.maximum_events) {
    ++dropped_;
    return;
  }
  events_.push_back({track, interval.begin.value(), interval.end.value(), interval.activity,
                     interval.item, interval.number, layer_index(interval.layer)});
}

std::string Timeline::trace_events() const {
  // Viewers want the intervals of a thread in order; units tell of them at their end or before.
  std::vector<std::size_t> order(events_.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(
      order, {}, [&](std::size_t i) { return std::pair(events_[i].track, events_[i].begin_fs); });

  std::map<std::string_view, std::size_t> processes;
  std::string text;
  const auto append = [&](const std::string& event) {
    text += text.empty() ? "\n" : ",\n";
    text += event;
  };
  std::vector<std::size_t> process_of(tracks_.size());
  for (std::size_t i = 0; i < tracks_.size(); ++i) {
    const auto [at, is_new] = processes.try_emplace(tracks_[i].unit, processes.size() + 1);
    process_of[i] = at->second;
    if (is_new) append(metadata("process_name", at->second, i + 1, "name", json_string(at->first)));
    append(metadata("thread_name", at->second, i + 1, "name",
                    json_string(tracks_[i].part.empty() ? tracks_[i].unit : tracks_[i].part)));
    append(metadata("thread_sort_index", at->second, i + 1, "sort_index", std::to_string(i)));
  }
  for (const std::size_t i : order) {
    const Event& event = events_[i];
    const std::string& layer = layers_[event.layer];
    std::string arguments;
    if (!layer.empty()) arguments += fmt::format("\"layer\":{}", json_string(layer));
    if (!event.item.empty()) {
      arguments += fmt::format("{}{}:{}", arguments.empty() ? "" : ",", json_string(event.item),
                               event.number);
    }
    append(fmt::format(
        R"({{"ph":"X","pid":{},"tid":{},"name":{},"cat":"{}","ts":{},"dur":{},"args":{{{}}}}})",
        process_of[event.track], event.track + 1,
        json_string(layer.empty() ? std::string(event.activity)
                                  : fmt::format("{} {}", event.activity, layer)),
        event.activity, microseconds(event.begin_fs), microseconds(event.end_fs - event.begin_fs),
        arguments));
  }
  return fmt::format(
      "{{\"displayTimeUnit\":\"ns\",\"otherData\":{{\"period_ns\":{},\"sample\":{},"
      "\"intervals\":{},\"dropped_intervals\":{}}},\"traceEvents\":[{}\n]}}\n",
      clock_.time(1).to_seconds() * 1e9, options_.sample, kept(), dropped_, text);
}

}  // namespace systerm
