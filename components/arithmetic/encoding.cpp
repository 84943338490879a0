// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/encoding.h"

#include <bit>
#include <stdexcept>
#include <string>

namespace systerm {
namespace {

// Digits 0, +1 and -1 at 2^0 .. 2^17.
using Digits = std::array<std::int8_t, TermList::kCapacity>;

constexpr int kTopDigit = static_cast<int>(TermList::kCapacity) - 1;

unsigned bit(unsigned magnitude, int i) { return i < 0 ? 0U : (magnitude >> i) & 1U; }

Digits binary_digits(unsigned magnitude) {
  Digits digits{};
  for (int i = 0; i <= kTopDigit; ++i) digits[i] = static_cast<std::int8_t>(bit(magnitude, i));
  return digits;
}

Digits booth2_digits(unsigned magnitude) {
  Digits digits{};
  for (int i = 0; i <= kTopDigit; ++i) {
    digits[i] = static_cast<std::int8_t>(static_cast<int>(bit(magnitude, i - 1)) -
                                         static_cast<int>(bit(magnitude, i)));
  }
  return digits;
}

Digits booth4_digits(unsigned magnitude) {
  Digits digits{};
  for (int i = 0; i < kTopDigit; i += 2) {
    const int digit = static_cast<int>(bit(magnitude, i) + bit(magnitude, i - 1)) -
                      2 * static_cast<int>(bit(magnitude, i + 1));
    const int exponent = digit == 2 || digit == -2 ? i + 1 : i;
    if (digit != 0) digits[exponent] = digit > 0 ? 1 : -1;
  }
  return digits;
}

Digits hese_hybrid_digits(unsigned magnitude) {
  Digits digits{};
  for (int i = kTopDigit - 1; i >= 0; --i) {
    const unsigned window =
        bit(magnitude, i + 1) << 2 | bit(magnitude, i) << 1 | bit(magnitude, i - 1);
    if (window == 0b010) {
      digits[i] = 1;
      --i;
    } else if (window == 0b011) {
      digits[i + 1] = 1;
    } else if (window == 0b110) {
      digits[i] = -1;
    }
  }
  return digits;
}

Digits hese_digits(unsigned magnitude) {
  Digits digits{};
  unsigned state = 0;
  for (int i = 0; i <= kTopDigit; ++i) {
    const unsigned b0 = bit(magnitude, i);
    const unsigned b1 = bit(magnitude, i + 1);
    if (state != b0) digits[i] = b1 == 1 ? -1 : 1;
    // The table's next state is the carry: the majority of the three.
    state = (state & b0) | (state & b1) | (b0 & b1);
  }
  return digits;
}

Digits digits_of(Encoding encoding, unsigned magnitude) {
  switch (encoding) {
    case Encoding::kBinary:
      return binary_digits(magnitude);
    case Encoding::kBooth2:
      return booth2_digits(magnitude);
    case Encoding::kBooth4:
      return booth4_digits(magnitude);
    case Encoding::kHeseHybrid:
      return hese_hybrid_digits(magnitude);
    case Encoding::kHese:
      return hese_digits(magnitude);
  }
  throw std::invalid_argument("unknown term encoding");
}

}  // namespace

std::string_view to_string(Encoding encoding) {
  switch (encoding) {
    case Encoding::kBinary:
      return "binary";
    case Encoding::kBooth2:
      return "booth2";
    case Encoding::kBooth4:
      return "booth4";
    case Encoding::kHeseHybrid:
      return "hese_hybrid";
    case Encoding::kHese:
      return "hese";
  }
  throw std::invalid_argument("unknown term encoding");
}

std::optional<Encoding> encoding_from_string(std::string_view name) {
  for (const Encoding encoding : kEncodings) {
    if (name == to_string(encoding)) return encoding;
  }
  return std::nullopt;
}

int TermList::value() const {
  int sum = 0;
  for (const Term& term : *this) sum += term.value();
  return sum;
}

TermList encode(Encoding encoding, int value) {
  if (value < -kMaxEncodableMagnitude || value > kMaxEncodableMagnitude) {
    throw std::out_of_range("cannot encode " + std::to_string(value) + ": the magnitude exceeds " +
                            std::to_string(kMaxEncodableMagnitude));
  }
  const int sign = value < 0 ? -1 : 1;
  const Digits digits = digits_of(encoding, static_cast<unsigned>(value < 0 ? -value : value));
  TermList terms;
  for (int i = kTopDigit; i >= 0; --i) {
    if (digits[i] != 0) {
      terms.push_back({static_cast<std::int8_t>(i), static_cast<std::int8_t>(sign * digits[i])});
    }
  }
  return terms;
}

}  // namespace systerm
