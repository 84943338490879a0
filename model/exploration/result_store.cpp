// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/result_store.h"

#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <zlib.h>

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kResultKind = "point";
constexpr std::string_view kResultKey = "result";
constexpr std::string_view kFailureKind = "failure";
constexpr std::array<std::string_view, 4> kReasonNames = {"error", "timeout", "memory", "signal"};

std::uint32_t checksum(std::string_view text) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const unsigned char*>(text.data()), text.size()));
}

/// What stands before the content. The whole file is one JSON document.
std::string envelope(std::string_view kind, std::string_view key, std::string_view hash,
                     std::string_view content) {
  return fmt::format(R"({{"systerm_{}":1,"hash":"{}","bytes":{},"crc32":"{:08x}","{}":)", kind,
                     hash, content.size(), checksum(content), key);
}

constexpr std::string_view kEnd = "}\n";

/// The content of a file, if it is what was written.
std::optional<std::string> opened(std::optional<std::string> file, std::string_view kind,
                                  std::string_view key, std::string_view hash) {
  if (!file) return std::nullopt;
  const std::string mark = fmt::format("\"{}\":", key);
  const std::size_t begin = file->find(mark);
  if (begin == std::string::npos || !file->ends_with(kEnd)) return std::nullopt;
  const std::size_t head = begin + mark.size();
  if (head + kEnd.size() > file->size()) return std::nullopt;
  const std::string_view content =
      std::string_view(*file).substr(head, file->size() - head - kEnd.size());
  if (file->substr(0, head) != envelope(kind, key, hash, content)) return std::nullopt;
  file->resize(file->size() - kEnd.size());
  file->erase(0, head);
  return file;
}

std::string closed(std::string_view kind, std::string_view key, std::string_view hash,
                   std::string_view content) {
  std::string text = envelope(kind, key, hash, content);
  text += content;
  text += kEnd;
  return text;
}

std::filesystem::path fanned(const std::filesystem::path& folder, std::string_view hash) {
  return folder / hash.substr(0, 2) / fmt::format("{}.json", hash);
}

}  // namespace

std::string_view to_string(FailureReason reason) {
  return kReasonNames[static_cast<std::size_t>(reason)];
}

void ResultStore::prepare_for_writing() const {
  for (const char* below : {"points", "failures"}) {
    for (unsigned i = 0; i < 256; ++i) make_folder(folder_ / below / fmt::format("{:02x}", i));
  }
  make_folder(sweeps_folder());
  // Also tells a store that cannot be written to, or locked, before anything has been run.
  claim("0");
}

std::filesystem::path ResultStore::result_path(std::string_view hash) const {
  return fanned(folder_ / "points", hash);
}

std::filesystem::path ResultStore::failure_path(std::string_view hash) const {
  return fanned(folder_ / "failures", hash);
}

std::optional<std::string> ResultStore::result(std::string_view hash) const {
  return opened(read_whole(result_path(hash)), kResultKind, kResultKey, hash);
}

void ResultStore::save_result(std::string_view hash, std::string_view document) const {
  write_durably(result_path(hash), closed(kResultKind, kResultKey, hash, document));
}

std::optional<PointFailure> ResultStore::failure(std::string_view hash) const {
  const auto text = opened(read_whole(failure_path(hash)), kFailureKind, kFailureKind, hash);
  if (!text) return std::nullopt;
  const Json json = Json::parse(*text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  PointFailure failure;
  const std::string reason = json.value("reason", "");
  for (std::size_t i = 0; i < kReasonNames.size(); ++i) {
    if (reason == kReasonNames[i]) failure.reason = static_cast<FailureReason>(i);
  }
  failure.message = json.value("message", "");
  failure.limit = json.value("limit", 0.0);
  failure.log = json.value("log", "");
  return failure;
}

void ResultStore::save_failure(std::string_view hash, const PointFailure& failure) const {
  const Json json = {{"reason", to_string(failure.reason)},
                     {"message", failure.message},
                     {"limit", failure.limit},
                     {"log", failure.log}};
  write_durably(failure_path(hash),
                closed(kFailureKind, kFailureKind, hash,
                       json.dump(-1, ' ', false, Json::error_handler_t::replace)));
}

std::optional<PointClaim> ResultStore::claim(std::string_view hash) const {
  return PointClaim::take(folder_ / "claims", hash);
}

}  // namespace systerm
