// SPDX-License-Identifier: Apache-2.0
#include "model/cli/report_source.h"

#include <fstream>
#include <iterator>
#include <stdexcept>

#include <fmt/format.h>

#include "model/design/load_experiment.h"
#include "model/report/result_tables.h"

namespace systerm {

namespace {

using Json = nlohmann::ordered_json;

std::string read_text(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) throw std::runtime_error(fmt::format("{}: cannot be read", file.string()));
  return text;
}

Json parse_result(const std::filesystem::path& file) {
  const std::string text = read_text(file);
  Json document;
  try {
    document = Json::parse(text);
  } catch (const Json::parse_error& error) {
    throw std::runtime_error(fmt::format("{}: not a result: {}", file.string(), error.what()));
  }
  const std::string problem = problem_of_result(document);
  if (!problem.empty()) {
    throw std::runtime_error(
        fmt::format("{}: not a result of `systerm run`: {}", file.string(), problem));
  }
  return document;
}

}  // namespace

ResultSource load_result(const std::filesystem::path& path, const Vocabulary& vocabulary) {
  ResultSource source;
  source.file = std::filesystem::is_directory(path) ? path / "result.json" : path;
  if (!std::filesystem::exists(source.file)) {
    throw std::runtime_error(
        fmt::format("{}: does not exist; `systerm run EXPERIMENT --out DIR` "
                    "writes DIR/result.json",
                    source.file.string()));
  }
  source.document = parse_result(source.file);
  const std::filesystem::path beside = source.file.parent_path() / "experiment.yaml";
  if (!std::filesystem::exists(beside)) {
    source.missing =
        "There is no experiment.yaml beside the result: block diagram and roofline are left out.";
    return source;
  }
  try {
    source.experiment = load_experiment(beside, vocabulary);
  } catch (const std::exception& error) {
    source.missing = fmt::format(
        "The experiment.yaml beside the result cannot be read: block diagram and roofline are left "
        "out. {}",
        error.what());
  }
  return source;
}

}  // namespace systerm
