// SPDX-License-Identifier: Apache-2.0
// Power-of-two terms and the encodings that turn an integer into a list of them.
// Source: Kung, McDanel, Zhang, "Term Revealing" (arXiv 2007.06389), and the authors' code.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace systerm {

/// ±2^exponent.
struct Term {
  std::int8_t exponent = 0;
  std::int8_t sign = 1;  ///< +1 or -1

  friend bool operator==(const Term&, const Term&) = default;
  int value() const { return sign * (1 << exponent); }
};

enum class Encoding : std::uint8_t {
  kBinary,      ///< the one bits of the magnitude
  kBooth2,      ///< Booth radix 2, no merging
  kBooth4,      ///< Booth radix 4; a digit ±2 is one term
  kHeseHybrid,  ///< 3-bit window, most significant bit first
  kHese,  ///< 2-bit look-ahead plus one state bit, least significant bit first; non-adjacent form
};

inline constexpr std::array kEncodings = {Encoding::kBinary, Encoding::kBooth2, Encoding::kBooth4,
                                          Encoding::kHeseHybrid, Encoding::kHese};

std::string_view to_string(Encoding encoding);
std::optional<Encoding> encoding_from_string(std::string_view name);

/// Largest magnitude that `encode` takes.
inline constexpr int kMaxEncodableMagnitude = (1 << 16) - 1;

/// Terms of one integer, largest magnitude first.
class TermList {
 public:
  static constexpr std::size_t kCapacity = 18;

  void push_back(Term term) { terms_[size_++] = term; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const Term& operator[](std::size_t i) const { return terms_[i]; }
  const Term* begin() const { return terms_.data(); }
  const Term* end() const { return terms_.data() + size_; }
  int value() const;

 private:
  std::array<Term, kCapacity> terms_{};
  std::size_t size_ = 0;
};

/// Encodes the magnitude and gives every term the sign of `value`.
/// Throws std::out_of_range if |value| > kMaxEncodableMagnitude.
TermList encode(Encoding encoding, int value);

}  // namespace systerm
