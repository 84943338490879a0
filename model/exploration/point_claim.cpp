// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/point_claim.h"

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "model/exploration/durable_file.h"

namespace systerm {
namespace {

/// Fifteen digits fit an offset. Two points that share them only wait for each other.
std::uint64_t lock_offset(std::string_view hash) {
  std::uint64_t offset = 0;
  const std::string_view digits = hash.substr(0, 15);
  std::from_chars(digits.data(), digits.data() + digits.size(), offset, 16);
  return offset;
}

}  // namespace

std::optional<PointClaim> PointClaim::take(const std::filesystem::path& claims_file,
                                           std::string_view point_hash) {
  const int descriptor = open(claims_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    throw StoreError(
        fmt::format("cannot write {}: {}", claims_file.string(), std::strerror(errno)));
  }
  PointClaim claim(descriptor);
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(lock_offset(point_hash));
  lock.l_len = 1;
  // Locks of the open file, not of the process: children share them.
  if (fcntl(descriptor, F_OFD_SETLK, &lock) == 0) return claim;
  if (errno == EAGAIN || errno == EACCES) return std::nullopt;
  throw StoreError(
      fmt::format("cannot lock {}: {}; the store must lie on a file system with "
                  "record locks",
                  claims_file.string(), std::strerror(errno)));
}

PointClaim::PointClaim(PointClaim&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

PointClaim& PointClaim::operator=(PointClaim&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

PointClaim::~PointClaim() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace systerm
