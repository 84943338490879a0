// SPDX-License-Identifier: Apache-2.0
#include "model/cli/report_source.h"

#include <fstream>
#include <iterator>
#include <stdexcept>

#include <fmt/format.h>

#include "model/cli/sweep_commands.h"
#include "model/design/load_experiment.h"
#include "model/exploration/load_sweep.h"
#include "model/exploration/sweep_fold.h"
#include "model/exploration/sweep_plan.h"
#include "model/exploration/sweep_source.h"
#include "model/report/result_tables.h"

namespace systerm {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kNoDiagram = "block diagram and roofline are left out";

std::string read_text(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) throw std::runtime_error(fmt::format("{}: cannot be read", file.string()));
  return text;
}

/// `name` is what the text is called in messages.
Json parse_result(const std::string& text, const std::string& name) {
  Json document;
  try {
    document = Json::parse(text);
  } catch (const Json::parse_error& error) {
    throw std::runtime_error(fmt::format("{}: not a result: {}", name, error.what()));
  }
  // A store keeps results in an envelope.
  if (document.is_object() && document.contains("systerm_point") && document.contains("result")) {
    document = Json(document.at("result"));
  }
  const std::string problem = problem_of_result(document);
  if (!problem.empty()) {
    throw std::runtime_error(fmt::format("{}: not a result of `systerm run`: {}", name, problem));
  }
  return document;
}

bool is_sweep_file(const std::string& source) {
  return source.ends_with(".yaml") || source.ends_with(".yml");
}

}  // namespace

void ReportSource::add_to(CLI::App& command) {
  command
      .add_option("source", source,
                  "A result.json or the folder that holds it; or a sweep file, or the name of a "
                  "sweep of the store")
      ->required();
  command.add_option("--store", store, "Folder of a sweep's results")->default_val(kDefaultStore);
}

bool ReportSource::is_result() const {
  if (is_sweep_file(source)) return false;
  // A bare name is a folder with a result, or a sweep of the store.
  return source.ends_with(".json") || source.find('/') != std::string::npos ||
         std::filesystem::exists(std::filesystem::path(source) / "result.json");
}

LoadedResult load_result(const ReportSource& source, const Vocabulary& vocabulary) {
  const std::filesystem::path path = source.source;
  const auto file = std::filesystem::is_directory(path) ? path / "result.json" : path;
  if (!std::filesystem::exists(file)) {
    throw std::runtime_error(
        fmt::format("{}: does not exist; `systerm run EXPERIMENT --out DIR` writes DIR/result.json",
                    file.string()));
  }
  LoadedResult loaded;
  loaded.document = parse_result(read_text(file), file.string());
  const std::filesystem::path beside = file.parent_path() / "experiment.yaml";
  if (!std::filesystem::exists(beside)) {
    loaded.missing = fmt::format("There is no experiment.yaml beside the result: {}.", kNoDiagram);
    return loaded;
  }
  try {
    loaded.experiment = load_experiment(beside, vocabulary);
  } catch (const std::exception& error) {
    loaded.missing = fmt::format("The experiment.yaml beside the result cannot be read: {}. {}",
                                 kNoDiagram, error.what());
  }
  return loaded;
}

LoadedSweep load_sweep_results(const ReportSource& source, const Vocabulary& vocabulary,
                               SweepParts parts) {
  if (!std::filesystem::is_directory(source.store)) {
    throw std::runtime_error(
        is_sweep_file(source.source)
            ? fmt::format("there is no store at '{}'; --store names that of `systerm sweep run {}`",
                          source.store, source.source)
            : fmt::format("'{}' is no result, and there is no store of sweeps at '{}'; --store "
                          "names one",
                          source.source, source.store));
  }
  LoadedSweep loaded{ResultStore(source.store), {}};
  const SweepManifest manifest =
      find_manifest({source.source, source.store}, vocabulary, program_identity());
  loaded.folded = parts == SweepParts::kPoints ? FoldedSweep{fold(loaded.store, manifest), {}}
                                               : fold_with_layers(loaded.store, manifest);
  const SweepTable& table = loaded.folded.points;
  const std::size_t points = table.rows.size();
  if (points > 0 && table.count(SweepRow::Status::kMissing) == points) {
    throw std::runtime_error(fmt::format(
        "{}: the store '{}' has none of the {} points{}", table.name, source.store, points,
        is_sweep_file(source.source)
            ? fmt::format(" as this build of the program would run them; for results of another "
                          "build give the name of the sweep, '{}'",
                          table.name)
            : std::string()));
  }
  return loaded;
}

LoadedResult load_point(const ReportSource& source, std::size_t point,
                        const Vocabulary& vocabulary) {
  const LoadedSweep sweep = load_sweep_results(source, vocabulary, SweepParts::kPoints);
  if (point >= sweep.folded.points.rows.size()) {
    throw std::runtime_error(fmt::format("--point {}: sweep '{}' has points 0 to {}", point,
                                         sweep.folded.points.name,
                                         sweep.folded.points.rows.size() - 1));
  }
  const SweepRow& row = sweep.folded.points.rows[point];
  const auto text = sweep.store.result(row.hash);
  if (!text) {
    throw std::runtime_error(fmt::format(
        "--point {}: {}", point,
        row.status == SweepRow::Status::kFailed ? "failed: " + row.message : "has no result yet"));
  }
  LoadedResult loaded;
  loaded.document = parse_result(*text, fmt::format("point {}", point));
  if (is_sweep_file(source.source)) {
    const SweepPlan plan(load_sweep(source.source), vocabulary, program_identity());
    loaded.experiment = plan.experiment(point);
  } else {
    loaded.missing = fmt::format(
        "The store does not keep the experiment of a point: {}. Give the sweep file to have them.",
        kNoDiagram);
  }
  return loaded;
}

}  // namespace systerm
