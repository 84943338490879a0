// SPDX-License-Identifier: Apache-2.0
// `dram`: a memory trace replayed on a DRAM.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "components/dram/scheduler.h"
#include "components/dram/trace_replay.h"
#include "components/dram/write_batching.h"
#include "model/cli/access_trace.h"
#include "model/cli/commands.h"
#include "model/cli/table.h"
#include "model/design/dram_preset.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

struct DramOptions {
  std::string trace;
  std::string preset = "ddr4_2400";
  std::string mapping = "rbc";
  std::string page_policy = "open";
  std::string outstanding = "unlimited";
  std::string commands_file;
  std::uint64_t access_bytes = 64;
  bool no_refresh = false;
  bool stepped = false;
  bool json = false;
  DramControllerConfig controller;
};

/// Writes commands while they are issued; the file appears whole or not at all.
class CommandFile {
 public:
  CommandFile(const std::string& name, const DramStandard& standard, const AddressMapping& mapping)
      : name_(name), partial_(name + ".partial"), standard_(standard), mapping_(mapping) {
    file_ = std::fopen(partial_.c_str(), "w");
    if (file_ == nullptr) throw std::runtime_error(fmt::format("cannot write {}", partial_));
    fmt::print(file_, "cycle,command,channel,pseudo_channel,rank,bank_group,bank,row,column\n");
  }
  ~CommandFile() {
    if (file_ == nullptr) return;
    std::fclose(file_);
    std::remove(partial_.c_str());
  }
  CommandFile(const CommandFile&) = delete;
  CommandFile& operator=(const CommandFile&) = delete;

  void write(const IssuedDramCommand& each) {
    fmt::print(file_, "{},{}", each.cycle, kDramCommandNames[ordinal(each.command)]);
    const std::size_t levels = acts_on_rank(each.command) ? 3 : kDramLevels;
    for (std::size_t level = 0; level < kDramLevels; ++level) {
      const auto node = node_of_bank(standard_, static_cast<DramLevel>(level),
                                     static_cast<std::int64_t>(each.bank));
      fmt::print(file_, ",{}",
                 level < levels ? fmt::format("{}", node % standard_.counts[level]) : "");
    }
    const bool has_column = is_column_command(each.command);
    fmt::print(file_, ",{},{}\n", acts_on_rank(each.command) ? "" : fmt::format("{}", each.row),
               has_column ? fmt::format("{}", mapping_.column(each.burst)) : "");
  }
  void finish() {
    const bool written = std::ferror(file_) == 0;
    const bool closed = std::fclose(std::exchange(file_, nullptr)) == 0;
    if (!written || !closed) {
      std::remove(partial_.c_str());
      throw std::runtime_error(fmt::format("cannot write {}", partial_));
    }
    std::filesystem::rename(partial_, name_);
  }

 private:
  std::string name_;
  std::string partial_;
  const DramStandard& standard_;
  const AddressMapping& mapping_;
  std::FILE* file_ = nullptr;
};

Json result_json(const DramOptions& options, const DramStandard& standard,
                 const ReplayResult& result) {
  const double seconds =
      static_cast<double>(result.cycles) * static_cast<double>(standard.clock_period_fs) * 1e-15;
  const DramCounts& counts = result.counts;
  const auto of = [&](DramCommand command) { return counts.commands[ordinal(command)]; };
  const auto share = [](auto part, auto whole) {
    return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
  };
  Json json;
  json["preset"] = standard.name;
  json["mapping"] = options.mapping;
  json["scheduler"] = options.controller.scheduler;
  json["page_policy"] = options.page_policy;
  json["write_batching"] = options.controller.write_batching;
  json["refresh"] = options.controller.refresh;
  json["outstanding"] = options.outstanding;
  json["accesses"] = result.accesses;
  json["bytes"] = result.bytes;
  json["cycles"] = result.cycles;
  json["seconds"] = seconds;
  json["bytes_per_second"] = result.cycles == 0 ? 0.0 : static_cast<double>(result.bytes) / seconds;
  json["peak_bytes_per_second"] = standard.peak_bytes_per_second();
  json["row_hit_rate"] = share(counts.row_hits, counts.bursts());
  json["mean_latency_cycles"] = share(result.latency_cycles, result.accesses);
  json["commands"] = {{"ACT", of(DramCommand::kActivate)},
                      {"PRE", of(DramCommand::kPrecharge) + of(DramCommand::kPrechargeAll) +
                                  counts.automatic_precharges},
                      {"RD", of(DramCommand::kRead)},
                      {"WR", of(DramCommand::kWrite)},
                      {"REF", of(DramCommand::kRefresh)}};
  json["precharges"] = {{"one_bank", of(DramCommand::kPrecharge)},
                        {"all_banks", of(DramCommand::kPrechargeAll)},
                        {"automatic", counts.automatic_precharges}};
  json["standby_cycles"] = {{"active", counts.active_standby_cycles},
                            {"precharge", counts.precharge_standby_cycles}};
  for (std::size_t i = 0; i < kBusUses; ++i) {
    json["bus_cycles"][std::string(kBusUseNames[i])] = counts.bus_cycles[i];
  }
  return json;
}

std::string result_text(const Json& json) {
  Table table({{"figure"}, {"value", true}});
  const auto add = [&](const char* name, const char* key) {
    table.add_row({name, grouped(json[key].get<long long>())});
  };
  add("accesses", "accesses");
  add("cycles", "cycles");
  table.add_row({"microseconds", fmt::format("{:.3f}", json["seconds"].get<double>() * 1e6)});
  table.add_row({"GB/s", fmt::format("{:.3f}", json["bytes_per_second"].get<double>() * 1e-9)});
  table.add_row(
      {"GB/s at most", fmt::format("{:.3f}", json["peak_bytes_per_second"].get<double>() * 1e-9)});
  table.add_row({"row hits", fmt::format("{:.2f} %", json["row_hit_rate"].get<double>() * 100)});
  table.add_row(
      {"mean latency in cycles", fmt::format("{:.2f}", json["mean_latency_cycles"].get<double>())});
  for (const auto& [name, count] : json["commands"].items()) {
    table.add_row({name, grouped(count.get<long long>())});
  }
  double bus_cycles = 0.0;
  for (const Json& cycles : json["bus_cycles"]) bus_cycles += cycles.get<double>();
  for (const auto& [use, cycles] : json["bus_cycles"].items()) {
    if (cycles == 0) continue;
    table.add_row(
        {"data bus: " + use, fmt::format("{:.2f} %", 100.0 * cycles.get<double>() / bus_cycles)});
  }
  return table.text();
}

void run_dram(DramOptions options) {
  const auto standard = load_dram_preset(options.preset, "--preset");
  const AddressMapping mapping(*standard, options.mapping);
  options.controller.page_policy =
      options.page_policy == "closed" ? PagePolicy::kClosed : PagePolicy::kOpen;
  options.controller.refresh = !options.no_refresh;
  const auto controller = (options.stepped ? make_stepped_dram_controller : make_dram_controller)(
      standard, mapping, options.controller);
  AccessTrace trace(options.trace, options.access_bytes,
                    static_cast<std::uint64_t>(standard->bytes()));
  std::optional<CommandFile> commands;
  if (!options.commands_file.empty()) {
    commands.emplace(options.commands_file, *standard, mapping);
    controller->observe([&](const IssuedDramCommand& each) { commands->write(each); });
  }
  const ReplayResult result = replay(
      *controller, [&] { return trace.next(); },
      options.outstanding == "1" ? Outstanding::kOne : Outstanding::kUnlimited);
  if (commands) commands->finish();
  const Json json = result_json(options, *standard, result);
  fmt::print("{}", options.json ? json.dump(2) + "\n" : result_text(json));
}

}  // namespace

void add_dram_command(CLI::App& app) {
  auto options = std::make_shared<DramOptions>();
  CLI::App* verb = app.add_subcommand("dram", "Replay a memory trace on a DRAM");
  verb->add_option("trace", options->trace, "Lines `cmd,address`, also gzipped")->required();
  verb->add_option("--preset", options->preset, "Name of a DRAM preset, or path of a .yaml file")
      ->capture_default_str();
  verb->add_option("--mapping", options->mapping,
                   "brc, rbc, bgi, pci, or the fields of an address from the highest bit down")
      ->capture_default_str();
  verb->add_option("--scheduler", options->controller.scheduler, "Which burst comes next")
      ->check(CLI::IsMember(dram_scheduler_names()))
      ->capture_default_str();
  verb->add_option("--page-policy", options->page_policy, "Whether rows stay open")
      ->check(CLI::IsMember({"open", "closed"}))
      ->capture_default_str();
  verb->add_option("--write-batching", options->controller.write_batching,
                   "Whether writes wait for each other")
      ->check(CLI::IsMember(write_batching_names()))
      ->capture_default_str();
  verb->add_flag("--no-refresh", options->no_refresh, "Leave refreshes out");
  verb->add_option("--outstanding", options->outstanding, "Accesses under way at once")
      ->check(CLI::IsMember({"1", "unlimited"}))
      ->capture_default_str();
  verb->add_option("--queue-entries", options->controller.queue_entries,
                   "Bursts that wait for a bank")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  verb->add_option("--access-bytes", options->access_bytes, "Bytes of an access")
      ->check(CLI::Range(1, 1 << 24))
      ->capture_default_str();
  verb->add_option("--commands", options->commands_file,
                   "Write the command trace to this file (CSV)");
  verb->add_flag("--stepped", options->stepped,
                 "Step every cycle and every burst: the same results, a thousand times slower");
  verb->add_flag("--json", options->json, "Print JSON");
  verb->footer(
      "A line of a trace is `cmd,address`: cmd is read, rd, r, load or write, wr, w, store, in "
      "any\n"
      "case; the address is hexadecimal, with or without 0x. Empty lines, lines that start with "
      "#,\n"
      "and a first line `cmd,addr_hex` are skipped.\n"
      "Examples:\n"
      "  systerm dram trace.csv --preset ddr4_2400 --mapping bgi --json\n"
      "  systerm dram trace.csv.gz --preset hbm2 --scheduler strict --outstanding 1 --no-refresh\n"
      "JSON keys: docs/units/dram.md.");
  verb->callback([options] { run_dram(*options); });
}

}  // namespace systerm
