// SPDX-License-Identifier: Apache-2.0
// The right to run one point, held by at most one process tree on all machines that share a store.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace systerm {

/// A lock on one byte of the store's claims file. The kernel gives it back when the last process
/// that inherited it ends, however it ends. Processes forked while it is held hold it too.
class PointClaim {
 public:
  /// Nothing if another process has it. Throws StoreError where files cannot be locked.
  static std::optional<PointClaim> take(const std::filesystem::path& claims_file,
                                        std::string_view point_hash);

  PointClaim(PointClaim&& other) noexcept;
  PointClaim& operator=(PointClaim&& other) noexcept;
  ~PointClaim();

 private:
  explicit PointClaim(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

}  // namespace systerm
