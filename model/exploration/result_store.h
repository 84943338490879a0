// SPDX-License-Identifier: Apache-2.0
// The results of points on disk, one immutable file a point, shared by sweeps and processes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/exploration/durable_file.h"
#include "model/exploration/point_claim.h"

namespace systerm {

/// What the file of a result holds.
struct StoredPoint {
  std::string configuration;  ///< YAML: `systerm run` of it gives the result again
  std::string result;         ///< JSON
};

enum class FailureReason : std::uint8_t {
  kError,    ///< the model refused, with a message; it would again
  kTimeout,  ///< took longer than allowed
  kMemory,   ///< took more memory than allowed, or than there was
  kSignal,   ///< crashed, or was killed
};
std::string_view to_string(FailureReason reason);

struct PointFailure {
  FailureReason reason = FailureReason::kError;
  std::string message;
  double limit = 0.0;  ///< that was exceeded: seconds or bytes; 0 for none
  std::string log;     ///< the end of what the point printed
};

/// points/ab/HASH.json       {"systerm_point", "hash", "bytes", "crc32", "point":
///                            {"configuration", "result"}}
/// failures/ab/HASH.json     {"systerm_failure", "hash", "bytes", "crc32", "failure":
///                            {"reason", "message", "limit", "log"}}
/// sweeps/NAME-HASH.json     manifests, see sweep_manifest.h
/// claims                    an empty file whose bytes are locked
///
/// A file whose checksum, size or hash is wrong counts as absent.
class ResultStore {
 public:
  /// Nothing is read or written yet.
  explicit ResultStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Makes what is missing of the folder. Throws StoreError if it cannot be written to.
  void prepare_for_writing() const;

  /// Whether there is a result that is whole.
  bool has_result(std::string_view hash) const { return result(hash).has_value(); }
  /// The result document, as JSON text.
  std::optional<std::string> result(std::string_view hash) const;
  /// Under a claim only. `configuration` is the effective one, in YAML. Throws StoreError.
  void save_result(std::string_view hash, const std::string& configuration,
                   std::string_view document) const;

  /// Removes what a killed process has left of a result. Under a claim only.
  void forget_unfinished(std::string_view hash) const;

  std::optional<PointFailure> failure(std::string_view hash) const;
  void save_failure(std::string_view hash, const PointFailure& failure) const;
  void forget_failure(std::string_view hash) const;

  std::optional<PointClaim> claim(std::string_view hash) const;

  /// A file of results, wherever it lies. Nothing if it is no such file, or not whole.
  static std::optional<StoredPoint> read_point(const std::filesystem::path& file);

  std::filesystem::path result_path(std::string_view hash) const;
  std::filesystem::path failure_path(std::string_view hash) const;
  std::filesystem::path sweeps_folder() const { return folder_ / "sweeps"; }
  /// Quantized networks that points share, see shared_quantization.h; may be removed at any time.
  std::filesystem::path shared_folder() const { return folder_ / "shared"; }
  /// Accuracies that points of one arithmetic setting share, by the program that computed them, see
  /// accuracy_cache.h; may be removed when no sweep runs.
  std::filesystem::path evaluations_folder(std::string_view program_digest) const;
  /// Of a cluster's tasks.
  std::filesystem::path logs_folder() const { return folder_ / "logs"; }
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
};

}  // namespace systerm
