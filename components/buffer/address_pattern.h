// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

namespace systerm {

/// Order in which a buffer's address generator delivers the bytes of a block, repeats and zero
/// padding included. A read that carries a pattern returns `out.size()` bytes.
class AddressPattern {
 public:
  virtual ~AddressPattern() = default;
  virtual void gather(std::span<const unsigned char> block, std::span<unsigned char> out) const = 0;
};

}  // namespace systerm
