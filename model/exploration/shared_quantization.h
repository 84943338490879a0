// SPDX-License-Identifier: Apache-2.0
// Quantized networks beside the results, shared by the points of an arithmetic setting: array size,
// buffers and memory have no part in them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "model/simulation/prepared_workload.h"

namespace systerm {

/// One file for a key. A damaged one counts as absent; any process may remove any file at any time.
/// The ones used least recently go when all together exceed the limit.
class SharedQuantization final : public QuantizationCache {
 public:
  static constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;

  /// `key` says everything that determines the content. Nothing is read or written yet.
  SharedQuantization(std::filesystem::path folder, std::string key,
                     std::uint64_t most_bytes = kMostBytes);

  std::shared_ptr<const QuantizedNetwork> find(const std::shared_ptr<const Network>& network,
                                               const PrecisionPlan& plan) const override;
  /// Does nothing where the disk refuses: the next point quantizes again.
  void keep(const QuantizedNetwork& network) const override;

 private:
  std::filesystem::path file() const;
  void remove_excess() const;

  std::filesystem::path folder_;
  std::string key_;
  std::uint64_t most_bytes_;
};

}  // namespace systerm
