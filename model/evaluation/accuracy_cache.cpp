// SPDX-License-Identifier: Apache-2.0
#include "model/evaluation/accuracy_cache.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <unistd.h>

#include "model/design/content_hash.h"
#include "model/design/effective_configuration.h"
#include "model/evaluation/experiment_evaluator.h"
#include "workloads/data/npz.h"
#include "workloads/import/onnx.h"

namespace systerm {

namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw std::runtime_error(fmt::format("cannot read {}", file.string()));
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

/// "content:HASH". A sweep asks for the same few files again and again, so that what is known of an
/// unchanged file is kept.
std::string content_of(const std::filesystem::path& file) {
  using Stamp = std::pair<std::uintmax_t, std::filesystem::file_time_type>;
  static std::mutex mutex;
  static std::map<std::filesystem::path, std::pair<Stamp, std::string>> known;
  std::error_code error;
  const Stamp stamp{std::filesystem::file_size(file, error),
                    std::filesystem::last_write_time(file, error)};
  const std::lock_guard lock(mutex);
  auto& [known_stamp, content] = known[file];
  if (content.empty() || known_stamp != stamp) {
    content = "content:" + content_hash(text_of(file));
    known_stamp = stamp;
  }
  return content;
}

void replace_by_content(std::filesystem::path& file) {
  if (file.empty()) return;
  const auto [archive, member] = split_archive_member(file);
  file = content_of(archive) + ":" + member;
}

/// An exclusive lock on a file, held as long as the object or the process lives.
class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& file)
      : descriptor_(open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644)) {
    int result = -1;
    while (descriptor_ >= 0 && (result = flock(descriptor_, LOCK_EX)) != 0 && errno == EINTR) {
    }
    if (result == 0) return;
    const int cause = errno;
    if (descriptor_ >= 0) close(descriptor_);
    throw std::runtime_error(
        fmt::format("cannot lock {}: {}", file.string(), std::strerror(cause)));
  }
  ~FileLock() { close(descriptor_); }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int descriptor_;
};

Json stored(const std::filesystem::path& file, const std::string& key) {
  if (!std::filesystem::exists(file)) return nullptr;
  const Json json = Json::parse(text_of(file), nullptr, /*allow_exceptions=*/false);
  const bool is_whole = json.is_object() && json.value("arithmetic_key", "") == key;
  return is_whole ? json : Json(nullptr);
}

void store(const std::filesystem::path& file, const Json& json) {
  const std::filesystem::path partial = fmt::format("{}.{}.partial", file.string(), getpid());
  {
    std::ofstream stream(partial, std::ios::binary);
    stream << json.dump(2) << '\n';
    stream.flush();
    if (!stream) throw std::runtime_error(fmt::format("cannot write {}", partial.string()));
  }
  std::filesystem::rename(partial, file);
}

}  // namespace

std::string arithmetic_key(const Experiment& experiment, const Vocabulary& vocabulary) {
  Experiment settled = experiment;
  Workload& workload = settled.workload;
  if (workload.network.ends_with(".onnx")) {
    std::string content = content_of(workload.network);
    for (const auto& part : external_files(workload.network)) content += content_of(part);
    workload.network = std::move(content);
  } else if (workload.network.ends_with(".csv")) {
    workload.network = content_of(workload.network);
  }
  replace_by_content(workload.weight_file);
  replace_by_content(settled.precision.packing.groups);
  replace_by_content(workload.data);
  replace_by_content(workload.labels);
  replace_by_content(settled.calibration.data);
  replace_by_content(settled.calibration.file);
  return content_hash(arithmetic_configuration(settled, vocabulary));
}

Json evaluate_setting(const Experiment& experiment, const Vocabulary& vocabulary,
                      std::size_t threads) {
  ExperimentEvaluator evaluator(experiment, threads);
  const Evaluation evaluation = evaluator.evaluate(experiment.precision, false);
  Json json = evaluation_json(evaluation, evaluator.network(), experiment);
  // Names may differ between experiments of one setting.
  json.erase("experiment");
  json.erase("network");
  json["arithmetic_key"] = arithmetic_key(experiment, vocabulary);
  return json;
}

Json evaluate_once(const Experiment& experiment, const Vocabulary& vocabulary,
                   const std::filesystem::path& folder, std::size_t threads) {
  const std::string key = arithmetic_key(experiment, vocabulary);
  const std::filesystem::path file = folder / (key + ".json");
  if (Json known = stored(file, key); !known.is_null()) return known;
  std::filesystem::create_directories(folder);
  const FileLock lock(folder / (key + ".lock"));
  if (Json known = stored(file, key); !known.is_null()) return known;
  Json json = evaluate_setting(experiment, vocabulary, threads);
  store(file, json);
  return json;
}

}  // namespace systerm
