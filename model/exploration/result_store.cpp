// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/result_store.h"

#include <array>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <zlib.h>

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kPointKind = "point";
constexpr std::string_view kFailureKind = "failure";
constexpr std::array<std::string_view, 4> kReasonNames = {"error", "timeout", "memory", "signal"};

std::uint32_t checksum(std::string_view text) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const unsigned char*>(text.data()), text.size()));
}

/// What stands before the content. The whole file is one JSON document.
std::string envelope(std::string_view kind, std::string_view hash, std::string_view content) {
  return fmt::format(R"({{"systerm_{0}":1,"hash":"{1}","bytes":{2},"crc32":"{3:08x}","{0}":)", kind,
                     hash, content.size(), checksum(content));
}

constexpr std::string_view kEnd = "}\n";

/// The content of a file, if it is what was written.
std::optional<std::string_view> opened(std::string_view file, std::string_view kind,
                                       std::string_view hash) {
  const std::string mark = fmt::format("\"{}\":", kind);
  const std::size_t begin = file.find(mark);
  const std::size_t head = begin + mark.size();
  if (begin == std::string_view::npos || !file.ends_with(kEnd)) return std::nullopt;
  if (head + kEnd.size() > file.size()) return std::nullopt;
  const std::string_view content = file.substr(head, file.size() - head - kEnd.size());
  if (file.substr(0, head) != envelope(kind, hash, content)) return std::nullopt;
  return content;
}

std::string closed(std::string_view kind, std::string_view hash, std::string_view content) {
  std::string text = envelope(kind, hash, content);
  text += content;
  text += kEnd;
  return text;
}

// Quotes within the configuration are escaped, so that the mark cannot occur in it.
constexpr std::string_view kPointBegin = R"({"configuration":)";
constexpr std::string_view kPointMiddle = R"(","result":)";

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

std::filesystem::path ResultStore::evaluations_folder(std::string_view program_digest) const {
  return folder_ / "evaluations" / program_digest;
}

std::optional<std::string> ResultStore::result(std::string_view hash) const {
  const auto file = read_whole(result_path(hash));
  const auto content = file ? opened(*file, kPointKind, hash) : std::nullopt;
  if (!content) return std::nullopt;
  const std::size_t begin = content->find(kPointMiddle) + kPointMiddle.size();
  return std::string(content->substr(begin, content->size() - begin - 1));
}

void ResultStore::save_result(std::string_view hash, const std::string& configuration,
                              std::string_view document) const {
  std::string content(kPointBegin);
  content += Json(configuration).dump(-1, ' ', false, Json::error_handler_t::replace);
  content += kPointMiddle.substr(1);
  content += document;
  content += '}';
  write_durably(result_path(hash), closed(kPointKind, hash, content));
}

std::optional<StoredPoint> ResultStore::read_point(const std::filesystem::path& file) {
  const auto text = read_whole(file);
  const auto content = text ? opened(*text, kPointKind, file.stem().string()) : std::nullopt;
  if (!content) return std::nullopt;
  const std::size_t middle = content->find(kPointMiddle);
  const std::size_t begin = middle + kPointMiddle.size();
  return StoredPoint{
      Json::parse(content->substr(kPointBegin.size(), middle + 1 - kPointBegin.size())),
      std::string(content->substr(begin, content->size() - begin - 1))};
}

std::optional<PointFailure> ResultStore::failure(std::string_view hash) const {
  const auto file = read_whole(failure_path(hash));
  const auto text = file ? opened(*file, kFailureKind, hash) : std::nullopt;
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
  write_durably(
      failure_path(hash),
      closed(kFailureKind, hash, json.dump(-1, ' ', false, Json::error_handler_t::replace)));
}

void ResultStore::forget_failure(std::string_view hash) const {
  std::error_code ignored;  // if it stays, it is overwritten
  std::filesystem::remove(failure_path(hash), ignored);
}

void ResultStore::forget_unfinished(std::string_view hash) const {
  remove_unfinished(result_path(hash));
  remove_unfinished(failure_path(hash));
}

std::optional<PointClaim> ResultStore::claim(std::string_view hash) const {
  return PointClaim::take(folder_ / "claims", hash);
}

}  // namespace systerm
