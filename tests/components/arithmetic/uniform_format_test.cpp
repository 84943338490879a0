// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <random>
#include <stdexcept>

#include "components/arithmetic/format.h"
#include "gtest/gtest.h"

namespace systerm {
namespace {

std::unique_ptr<const Format> uniform(int bits, int group_size = 8,
                                      DataRange range = DataRange::kSigned) {
  FormatParameters parameters;
  parameters.weight_bits = bits;
  parameters.data_bits = bits;
  parameters.group_size = group_size;
  parameters.data_range = range;
  return make_format("uniform", parameters);
}

TEST(UniformFormat, WeightsSaturateToSignAndMagnitude) {
  for (int bits = 2; bits <= 8; ++bits) {
    const auto format = uniform(bits);
    const int limit = (1 << (bits - 1)) - 1;
    for (int code = -256; code <= 256; ++code) {
      std::int16_t value[] = {static_cast<std::int16_t>(code)};
      std::uint8_t terms[1];
      format->encode_weights(value, terms);
      ASSERT_EQ(value[0], std::clamp(code, -limit, limit));
      ASSERT_EQ(terms[0], std::popcount(static_cast<unsigned>(std::abs(value[0]))));
    }
  }
}

TEST(UniformFormat, ReadsBackWhatItEncoded) {
  std::mt19937 random(6);
  for (int bits = 2; bits <= 8; ++bits) {
    for (int group_size = 1; group_size <= 32; ++group_size) {
      const auto format = uniform(bits, group_size);
      std::vector<std::uint8_t> bytes;
      BitWriter writer(bytes);
      std::vector<std::vector<std::int16_t>> groups;
      for (int i = 0; i < 20; ++i) {
        groups.emplace_back(1 + random() % static_cast<unsigned>(group_size));
        for (auto& code : groups.back()) code = static_cast<std::int16_t>(random() % 513) - 256;
        format->pack_weights(groups.back(), writer);
      }
      writer.align();
      ASSERT_EQ(bytes.size(), (20 * format->weight_group_bits() + 7) / 8);
      BitReader reader(bytes);
      for (std::vector<std::int16_t>& group : groups) {
        std::vector<std::int16_t> values(group.size());
        std::vector<std::uint8_t> terms(group.size());
        format->unpack_weights(reader, values, terms);
        std::vector<std::uint8_t> expected(group.size());
        format->encode_weights(group, expected);
        ASSERT_EQ(values, group);
        ASSERT_EQ(terms, expected);
      }
    }
  }
}

TEST(UniformFormat, StatesBoundsAndStorage) {
  EXPECT_EQ(uniform(8)->weight_term_bound(), 8 * 7);
  EXPECT_EQ(uniform(8)->data_term_bound(), 7);
  EXPECT_EQ(uniform(8, 8, DataRange::kUnsigned)->data_term_bound(), 8);
  EXPECT_EQ(uniform(8)->weight_group_bits(), 64U);
  EXPECT_EQ(uniform(5, 3)->weight_group_bits(), 15U);
}

TEST(UniformFormat, DataStayWithinTheTermBound) {
  for (int bits = 2; bits <= 8; ++bits) {
    for (const DataRange range : {DataRange::kSigned, DataRange::kUnsigned}) {
      const auto format = uniform(bits, 8, range);
      const int limit = format->data_limit(false);
      EXPECT_EQ(limit, (1 << (range == DataRange::kSigned ? bits - 1 : bits)) - 1);
      EXPECT_EQ(format->data_limit(true), (1 << (bits - 1)) - 1);
      int most = 0;
      for (int code = -limit; code <= limit; ++code) {
        const EncodedValue encoded = format->encode_data(static_cast<std::int16_t>(code));
        ASSERT_EQ(encoded.value, code);
        ASSERT_EQ(encoded.terms, std::popcount(static_cast<unsigned>(std::abs(code))));
        most = std::max<int>(most, encoded.terms);
      }
      EXPECT_EQ(most, format->data_term_bound());
      EXPECT_THROW(format->encode_data(static_cast<std::int16_t>(limit + 1)), std::out_of_range);
      EXPECT_THROW(format->encode_data(static_cast<std::int16_t>(-limit - 1)), std::out_of_range);
    }
  }
}

TEST(UniformFormat, RefusesSlotsThatNoEncoderWrites) {
  const auto format = uniform(8, 2);
  std::int16_t values[2];
  std::uint8_t terms[2];
  const std::vector<std::uint8_t> most_negative = {0x80, 0};
  BitReader first(most_negative);
  EXPECT_THROW(format->unpack_weights(first, values, terms), std::runtime_error);
  const std::vector<std::uint8_t> padding_not_zero = {1, 1};
  BitReader second(padding_not_zero);
  EXPECT_THROW(format->unpack_weights(second, {values, 1}, {terms, 1}), std::runtime_error);
}

TEST(Format, DotProductIsExact) {
  const std::vector<std::int16_t> weights(32, -32768);
  const std::vector<std::int16_t> data(32, 32767);
  EXPECT_EQ(Format::dot(weights, data), std::int64_t{32} * -32768 * 32767);
  EXPECT_THROW(Format::dot(weights, {data.data(), 3}), std::invalid_argument);
}

}  // namespace
}  // namespace systerm
