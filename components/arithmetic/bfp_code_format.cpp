// SPDX-License-Identifier: Apache-2.0
// Block floating point of integer codes, as a converter at the edge of an array makes it: the
// exponent is that of the largest magnitude of the group, mantissas of m bits round to nearest,
// ties away from zero, and saturate. Codes of up to 8 bits have exponents 0 to 7, which the 3 bits
// of FAST (HPCA'22, arXiv 2110.15456) hold without a window.
#include <algorithm>
#include <bit>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "components/arithmetic/block_floating_point.h"
#include "components/arithmetic/built_in_formats.h"
#include "components/arithmetic/parameter_range.h"

namespace systerm {
namespace {

constexpr unsigned kExponentBits = 3;
constexpr unsigned kChunkBits = 2;

class BfpFormat final : public Format {
 public:
  explicit BfpFormat(const FormatParameters& parameters) : Format(parameters) {}

  std::string_view name() const override { return "bfp"; }
  std::vector<std::string> unused_parameters() const override {
    return {"encoding", "group_budget", "data_terms", "term_layout", "stored_budget"};
  }
  bool encodes_data() const override { return true; }
  bool encodes_data_in_groups() const override { return true; }

  void encode_weights(std::span<std::int16_t> values,
                      std::span<std::uint8_t> terms) const override {
    encode(values, terms, parameters().weight_mantissa_bits);
  }
  void encode_data_group(std::span<std::int16_t> values,
                         std::span<std::uint8_t> terms) const override {
    encode(values, terms, parameters().data_mantissa_bits);
  }
  EncodedValue encode_data(std::int16_t code) const override {
    EncodedValue encoded{code, 0};
    encode_data_group(std::span(&encoded.value, 1), std::span(&encoded.terms, 1));
    return encoded;
  }

  /// Terms are chunks of two bits.
  int weight_term_bound() const override {
    return parameters().group_size * bfp_chunks(parameters().weight_mantissa_bits);
  }
  int data_term_bound() const override { return bfp_chunks(parameters().data_mantissa_bits); }

  std::size_t weight_group_bits() const override {
    return kExponentBits +
           static_cast<std::size_t>(parameters().group_size * weight_chunks()) * (kChunkBits + 1);
  }
  void pack_weights(std::span<const std::int16_t> codes, BitWriter& out) const override {
    const int m = parameters().weight_mantissa_bits;
    const int exponent = exponent_of(codes);
    out.write(static_cast<unsigned>(exponent), kExponentBits);
    for (std::size_t i = 0; i < static_cast<std::size_t>(parameters().group_size); ++i) {
      const int code = i < codes.size() ? codes[i] : 0;
      const int q = rounded(code, exponent, m);
      const unsigned sign = code < 0 && q != 0 ? 1 : 0;
      for (int chunk = weight_chunks() - 1; chunk >= 0; --chunk) {
        const auto bits = static_cast<unsigned>(q >> (2 * chunk) & 3);
        out.write(bits | sign << kChunkBits, kChunkBits + 1);
      }
    }
  }
  void unpack_weights(BitReader& in, std::span<std::int16_t> values,
                      std::span<std::uint8_t> terms) const override {
    const int m = parameters().weight_mantissa_bits;
    const auto exponent = static_cast<int>(in.read(kExponentBits));
    for (std::size_t i = 0; i < static_cast<std::size_t>(parameters().group_size); ++i) {
      int q = 0;
      unsigned signs = 0;
      for (int chunk = 0; chunk < weight_chunks(); ++chunk) {
        const auto bits = static_cast<unsigned>(in.read(kChunkBits + 1));
        q = q << kChunkBits | static_cast<int>(bits & 3);
        signs = signs << 1 | bits >> kChunkBits;
      }
      const unsigned all = (1U << weight_chunks()) - 1;
      const bool is_padding = i >= values.size();
      if ((signs != 0 && signs != all) || (signs != 0 && q == 0) || q >= 1 << m ||
          (is_padding && q != 0)) {
        throw std::runtime_error("no encoder writes this slot of weights in block floating point");
      }
      if (is_padding) continue;
      const int magnitude = scaled(q, exponent, m);
      values[i] = static_cast<std::int16_t>(signs != 0 ? -magnitude : magnitude);
      terms[i] = static_cast<std::uint8_t>(q == 0 ? 0 : weight_chunks());
    }
  }

 private:
  int weight_chunks() const { return bfp_chunks(parameters().weight_mantissa_bits); }

  // floor(log2) of the largest magnitude; 0 for a group of zeros.
  static int exponent_of(std::span<const std::int16_t> codes) {
    unsigned largest = 1;
    for (const int code : codes) largest = std::max(largest, static_cast<unsigned>(std::abs(code)));
    const int exponent = std::bit_width(largest) - 1;
    if (exponent >= 1 << kExponentBits) {
      throw std::out_of_range("code of magnitude " + std::to_string(largest) +
                              " exceeds the exponents of format bfp");
    }
    return exponent;
  }
  // With up to m bits a code is exact, and the mantissa keeps zeros below its point.
  static int rounded(int code, int exponent, int m) {
    const int magnitude = std::abs(code);
    const int shift = exponent - (m - 1);
    if (shift <= 0) return magnitude << -shift;
    return std::min((magnitude + (1 << (shift - 1))) >> shift, (1 << m) - 1);
  }
  static int scaled(int q, int exponent, int m) {
    const int shift = exponent - (m - 1);
    return shift >= 0 ? q << shift : q >> -shift;
  }
  static void encode(std::span<std::int16_t> values, std::span<std::uint8_t> terms, int m) {
    const int exponent = exponent_of(values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const int q = rounded(values[i], exponent, m);
      const int magnitude = scaled(q, exponent, m);
      values[i] = static_cast<std::int16_t>(values[i] < 0 ? -magnitude : magnitude);
      terms[i] = static_cast<std::uint8_t>(q == 0 ? 0 : bfp_chunks(m));
    }
  }
};

}  // namespace

std::unique_ptr<const Format> make_bfp_format(const FormatParameters& parameters) {
  require_parameter_range("bfp", "weight_bits", parameters.weight_bits, 2, 8);
  require_parameter_range("bfp", "data_bits", parameters.data_bits, 2, 8);
  require_parameter_range("bfp", "group_size", parameters.group_size, 1, 32);
  require_parameter_range("bfp", "weight_mantissa_bits", parameters.weight_mantissa_bits, 1, 7);
  require_parameter_range("bfp", "data_mantissa_bits", parameters.data_mantissa_bits, 1, 7);
  return std::make_unique<BfpFormat>(parameters);
}

}  // namespace systerm
