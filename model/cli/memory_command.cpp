// SPDX-License-Identifier: Apache-2.0
// systerm memory: what one iteration of training keeps in memory under each schedule.
#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/cli/commands.h"
#include "model/cli/extents_option.h"
#include "model/cli/picture_file.h"
#include "model/cli/table.h"
#include "model/training/memory_picture.h"
#include "model/training/memory_report.h"
#include "model/training/training_network.h"
#include "workloads/document/quantity.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

struct MemoryArguments {
  std::string network;
  std::int64_t batch = 1;
  std::vector<std::string> extents;
  std::vector<std::string> reversible;
  std::string schedule;
  std::vector<std::string> depths;
  std::vector<std::string> bits;
  std::string capacity;
  std::string plot;
  bool steps = false;
  bool json = false;
};

std::optional<TrainingSchedule> schedule_of(const std::string& name) {
  for (const TrainingSchedule schedule : kAllTrainingSchedules) {
    if (to_string(schedule) == name) return schedule;
  }
  return std::nullopt;
}

/// From CLASS=BITS, 32 for the others.
ClassBits class_bits(const std::vector<std::string>& texts) {
  ClassBits bits;
  bits.fill(32);
  for (const std::string& text : texts) {
    const auto named = named_number(text);
    const auto which = std::ranges::find_if(kAllMemoryClasses, [&](MemoryClass each) {
      return named && to_string(each) == named->first;
    });
    const bool is_right = which != kAllMemoryClasses.end() && named->second <= 64;
    if (!is_right) {
      throw CLI::ValidationError(
          "--bits", fmt::format("'{}' is not CLASS=BITS of 1 to 64; classes are streams, "
                                "boundaries, internals, gradients, statistics, outside and "
                                "weight_gradients",
                                text));
    }
    bits[index(*which)] = named->second;
  }
  return bits;
}

std::optional<std::int64_t> capacity_of(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto bytes = parse_bytes(text);
  if (!bytes || *bytes < 1) {
    throw CLI::ValidationError("--capacity",
                               fmt::format("'{}' is no number of bytes, such as 256 KiB", text));
  }
  return bytes;
}

/// The schedules that suit the network, or the one that was asked for.
std::vector<TrainingSchedule> schedules_for(const MemoryArguments& arguments, const Graph& graph) {
  if (!arguments.schedule.empty()) return {*schedule_of(arguments.schedule)};
  const ReversibleStructure structure = find_reversible(graph);
  std::vector<TrainingSchedule> schedules;
  for (const TrainingSchedule schedule : kAllTrainingSchedules) {
    if (is_reversing(schedule) && structure.is_empty()) continue;
    schedules.push_back(schedule);
  }
  return schedules;
}

Json questions_answered(const MemoryArguments& arguments, const MemoryQuestion& question) {
  Json document = {{"network", arguments.network}, {"batch", arguments.batch}};
  document["schedules"] = Json::array();
  const std::vector<std::string> depths =
      arguments.depths.empty() ? std::vector<std::string>{""} : arguments.depths;
  for (const std::string& depth : depths) {
    std::vector<std::string> extents = arguments.extents;
    if (!depth.empty()) extents.push_back(depth);
    const Graph graph = load_training_network(arguments.network, arguments.batch,
                                              extents_of(extents), arguments.reversible);
    for (const TrainingSchedule schedule : schedules_for(arguments, graph)) {
      const ScheduledMemory scheduled = schedule_with_memory(graph, schedule);
      Json json = memory_json(graph, schedule, scheduled, question);
      if (!depth.empty()) json["depth"] = depth;
      document["schedules"].push_back(std::move(json));
      if (!arguments.plot.empty()) {
        const std::string title = fmt::format("{}, batch {}, schedule {}", arguments.network,
                                              arguments.batch, to_string(schedule));
        write_picture(arguments.plot, memory_picture(title, scheduled));
      }
    }
  }
  return document;
}

std::string memory_text(const Json& document) {
  std::vector<TableColumn> columns{{"schedule"}, {"activations", true}, {"bytes", true}};
  for (const MemoryClass each : kAllMemoryClasses) {
    columns.push_back({std::string(to_string(each)), true});
  }
  columns.push_back({"one memory", true});
  columns.push_back({"MACs", true});
  Table table(columns);
  std::string text =
      fmt::format("{}, batch {}: elements\n\n", document["network"].get<std::string>(),
                  document["batch"].get<std::int64_t>());
  std::string notes;
  for (const Json& row : document["schedules"]) {
    const auto number = [](const Json& value) { return grouped(value.get<long long>()); };
    std::string name = row["schedule"].get<std::string>();
    if (row.contains("depth")) name += " " + row["depth"].get<std::string>();
    std::vector<std::string> cells{name, number(row["activation_elements"]),
                                   number(row["activation_bytes"])};
    for (const auto& [key, value] : row["classes"].items()) {
      cells.push_back(number(value["elements"]));
    }
    cells.push_back(number(row["elements"]));
    cells.push_back(number(row["macs"]["total"]));
    table.add_row(std::move(cells));
    if (!row.contains("spill")) continue;
    const Json& spill = row["spill"];
    notes += fmt::format("{}: {} bytes to DRAM and {} back, {} tensors leave a memory of {}\n",
                         name, number(spill["written_bytes"]), number(spill["read_bytes"]),
                         spill["tensors"].size(),
                         format_bytes(spill["capacity_bytes"].get<std::int64_t>()));
  }
  return text + table.text() +
         "\nactivations: streams, boundaries and internals, each in a memory of its own\n" + notes;
}

void run_memory(const MemoryArguments& arguments) {
  if (!arguments.plot.empty() && (arguments.schedule.empty() || arguments.depths.size() > 1)) {
    throw CLI::ValidationError("--plot", "needs one --schedule and at most one --depth");
  }
  const MemoryQuestion question{.bits = class_bits(arguments.bits),
                                .capacity = capacity_of(arguments.capacity),
                                .lists_steps = arguments.steps};
  const Json document = questions_answered(arguments, question);
  fmt::print("{}", arguments.json ? document.dump(2) + "\n" : memory_text(document));
}

}  // namespace

void add_memory_command(CLI::App& app) {
  auto arguments = std::make_shared<MemoryArguments>();
  CLI::App* verb = app.add_subcommand(
      "memory", "Show what an iteration of training keeps in memory, by schedule");
  verb->add_option("network", arguments->network, "Zoo name or .onnx file")->required();
  verb->add_option("--batch", arguments->batch, "Images an iteration")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  verb->add_option("--extent", arguments->extents,
                   "Extent of a symbolic dimension or parameter, NAME=EXTENT; repeatable");
  verb->add_option("--depth", arguments->depths,
                   "As --extent, but one network after the other; repeatable");
  verb->add_option("--reversible", arguments->reversible,
                   "Shell pattern: additions that end residual blocks to be made reversible")
      ->allow_extra_args(false);
  std::vector<std::string> names;
  for (const TrainingSchedule schedule : kAllTrainingSchedules) {
    names.emplace_back(to_string(schedule));
  }
  verb->add_option("--schedule", arguments->schedule, "One schedule; all that suit if not given")
      ->check(CLI::IsMember(names));
  verb->add_option("--bits", arguments->bits, "Bits of a value, CLASS=BITS; 32 if not given")
      ->allow_extra_args(false);
  verb->add_option("--capacity", arguments->capacity,
                   "Bytes of one memory: what does not fit is spilled to DRAM");
  verb->add_option("--plot", arguments->plot, "Live elements over the steps, .svg or .png")
      ->check(picture_name());
  verb->add_flag("--steps", arguments->steps, "List the steps in the JSON");
  verb->add_flag("--json", arguments->json, "Print JSON");
  verb->footer(
      "Examples:\n"
      "  systerm memory revnet38\n"
      "  systerm memory resnet110 --schedule stored --depth units=18 --depth units=72\n"
      "  systerm memory revnet38 --schedule merged --capacity '256 KiB' --plot memory.svg\n"
      "JSON: schedules[]: schedule, depth, chains, couplings, activation_elements,\n"
      "activation_bytes, elements, classes, macs, coupling_macs, lifetimes, spill, steps; see\n"
      "docs/reversible.md.");
  verb->callback([arguments] { run_memory(*arguments); });
}

}  // namespace systerm
