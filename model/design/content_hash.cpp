// SPDX-License-Identifier: Apache-2.0
#include "model/design/content_hash.h"

#include <cstdint>

#include <fmt/format.h>

namespace systerm {
namespace {

__extension__ using Hash = unsigned __int128;

constexpr Hash from_halves(std::uint64_t high, std::uint64_t low) { return Hash{high} << 64 | low; }

constexpr Hash kOffset = from_halves(0x6c62272e07bb0142, 0x62b821756295c58d);
constexpr Hash kPrime = from_halves(0x0000000001000000, 0x000000000000013b);

}  // namespace

std::string content_hash(std::string_view text) {
  Hash hash = kOffset;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  return fmt::format("{:016x}{:016x}", static_cast<std::uint64_t>(hash >> 64),
                     static_cast<std::uint64_t>(hash));
}

}  // namespace systerm
