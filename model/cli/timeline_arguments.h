// SPDX-License-Identifier: Apache-2.0
// The options of `run` that write a timeline.
#pragma once

#include <memory>
#include <string>

#include <CLI/App.hpp>

#include "model/simulation/timeline.h"

namespace systerm {

struct TimelineArguments {
  std::string file;  ///< empty for no timeline
  TimelineOptions options;
};

/// Adds --timeline and its companions to `command`.
std::shared_ptr<TimelineArguments> add_timeline_options(CLI::App& command);

/// Writes the file and says on standard error what was left out of it.
void write_timeline(const Timeline& timeline, const TimelineArguments& arguments);

}  // namespace systerm
