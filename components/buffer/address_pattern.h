// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace systerm {

/// Bytes that lie together.
struct AccessRun {
  std::int64_t offset = 0;
  std::int64_t bytes = 0;
};

/// Consecutive requests, each `step` bytes further on than the one before.
struct RequestGroup {
  static constexpr std::int64_t kUnique = -1;

  /// Requests of one shape are equal but for a common shift; kUnique makes no such promise.
  std::int64_t shape = kUnique;
  std::int64_t shift = 0;  ///< bytes, of the first request against others of its shape
  std::int64_t step = 0;
  std::int64_t count = 1;
  std::int64_t first = 0;  ///< number of the first request, for runs()
};

/// Order in which a buffer's address generator delivers the bytes of a block, repeats and zero
/// padding included. The bytes of one request are asked for together, the next request once all of
/// them are granted. A read that carries a pattern returns `out.size()` bytes.
class AddressPattern {
 public:
  virtual ~AddressPattern() = default;

  virtual void gather(std::span<const unsigned char> block, std::span<unsigned char> out) const = 0;
  /// Bytes that one request delivers, padding included.
  virtual std::int64_t request_bytes() const = 0;
  /// Visits every request once, in order.
  virtual void visit_requests(const std::function<void(const RequestGroup&)>& visit) const = 0;
  /// Appends what the first request of a group reads; runs may touch and overlap.
  virtual void runs(const RequestGroup& group, std::vector<AccessRun>& runs) const = 0;
  /// Appends numbers that determine every request: patterns with equal numbers read the same bytes.
  virtual void append_signature(std::vector<std::int64_t>& signature) const = 0;
};

}  // namespace systerm
