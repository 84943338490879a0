// SPDX-License-Identifier: Apache-2.0
#include "model/cli/timeline_arguments.h"

#include <charconv>
#include <cstdio>
#include <optional>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "model/cli/output_file.h"

namespace systerm {

namespace {

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

const CLI::Validator kAtLeastOne(
    [](std::string& text) {
      const auto number = whole_number(text);
      return number && *number > 0 ? std::string()
                                   : fmt::format("'{}' is not a whole number from 1 on", text);
    },
    "");

/// "100:200", "100:" or ":200".
void parse_window(const std::string& text, TimelineOptions& options) {
  const std::size_t colon = text.find(':');
  const TimelineOptions defaults;
  std::optional<std::int64_t> from;
  std::optional<std::int64_t> to;
  if (colon != std::string::npos) {
    from = colon == 0 ? defaults.from_cycle : whole_number(text.substr(0, colon));
    to = colon + 1 == text.size() ? defaults.to_cycle : whole_number(text.substr(colon + 1));
  }
  if (!from || !to || *from >= *to) {
    throw CLI::ValidationError(
        "--timeline-window",
        fmt::format("'{}' is not FROM:TO in cycles with FROM before TO", text));
  }
  options.from_cycle = *from;
  options.to_cycle = *to;
}

}  // namespace

std::shared_ptr<TimelineArguments> add_timeline_options(CLI::App& command) {
  auto arguments = std::make_shared<TimelineArguments>();
  CLI::Option* file = command.add_option(
      "--timeline", arguments->file,
      "Write when every unit worked, as trace events for Perfetto or chrome://tracing; the main "
      "run, without the baseline");
  command
      .add_option_function<std::string>(
          "--timeline-window",
          [arguments](const std::string& text) { parse_window(text, arguments->options); },
          "Cycles FROM:TO to keep; either may be left out")
      ->needs(file);
  command
      .add_option("--timeline-sample", arguments->options.sample,
                  "Keep one of N intervals of each part of a unit")
      ->check(kAtLeastOne)
      ->needs(file);
  command
      .add_option("--timeline-limit", arguments->options.maximum_events,
                  fmt::format("Keep at most so many intervals, the first ones ({})",
                              TimelineOptions().maximum_events))
      ->check(kAtLeastOne)
      ->needs(file);
  return arguments;
}

void write_timeline(const Timeline& timeline, const TimelineArguments& arguments) {
  write_file(arguments.file, timeline.trace_events());
  if (timeline.dropped() == 0) return;
  fmt::print(stderr,
             "systerm: {} holds the first {} intervals; {} more are left out: choose a "
             "--timeline-window, a --timeline-sample or a larger --timeline-limit\n",
             arguments.file, timeline.kept(), timeline.dropped());
}

}  // namespace systerm
