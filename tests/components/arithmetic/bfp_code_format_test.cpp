// SPDX-License-Identifier: Apache-2.0
// Block floating point of integer codes against the format of real tensors.
#include <random>
#include <stdexcept>

#include "components/arithmetic/block_floating_point.h"
#include "components/arithmetic/format.h"
#include "gmock/gmock.h"

namespace systerm {
namespace {

std::unique_ptr<const Format> bfp(int group_size, int weight_bits, int data_bits) {
  FormatParameters parameters;
  parameters.group_size = group_size;
  parameters.weight_mantissa_bits = weight_bits;
  parameters.data_mantissa_bits = data_bits;
  return make_format("bfp", parameters);
}

// The same codes as real numbers, with exponents that need no window.
std::vector<std::int16_t> oracle(const std::vector<std::int16_t>& codes, int group_size,
                                 int mantissa_bits) {
  const std::vector<float> values(codes.begin(), codes.end());
  BfpMatrix matrix;
  matrix.assign(matrix_view(values, 1, values.size()), GroupAxis::kColumns,
                {.group_size = group_size, .exponent_bits = 8, .mantissa_bits = mantissa_bits});
  std::vector<float> decoded(values.size());
  matrix.decode(GroupAxis::kColumns, decoded);
  return {decoded.begin(), decoded.end()};
}

class BfpCodeFormatTest : public testing::Test {
 protected:
  std::mt19937 random_{13};

  std::vector<std::int16_t> some_codes(std::size_t count) {
    const int limit = 1 << (1 + random_() % 7);
    std::vector<std::int16_t> codes(count);
    for (auto& code : codes) {
      code = static_cast<std::int16_t>(static_cast<int>(random_() % (2U * limit + 1)) - limit);
      if (random_() % 5 == 0) code = 0;
    }
    return codes;
  }
};

TEST_F(BfpCodeFormatTest, GroupsEqualTheFormatOfRealTensors) {
  for (int round = 0; round < 3000; ++round) {
    const int group_size = 1 + static_cast<int>(random_() % 32);
    const int weight_bits = 1 + static_cast<int>(random_() % 7);
    const int data_bits = 1 + static_cast<int>(random_() % 7);
    const auto format = bfp(group_size, weight_bits, data_bits);
    const auto codes = some_codes(1 + random_() % static_cast<unsigned>(group_size));
    std::vector<std::uint8_t> terms(codes.size());
    std::vector<std::int16_t> weights = codes;
    format->encode_weights(weights, terms);
    ASSERT_EQ(weights, oracle(codes, group_size, weight_bits));
    std::vector<std::int16_t> data = codes;
    format->encode_data_group(data, terms);
    ASSERT_EQ(data, oracle(codes, group_size, data_bits));
    for (std::size_t i = 0; i < terms.size(); ++i) {
      ASSERT_EQ(terms[i], data[i] == 0 ? 0 : format->data_term_bound());
    }
  }
}

TEST_F(BfpCodeFormatTest, StoredGroupsComeBackAsEncoded) {
  for (int round = 0; round < 1000; ++round) {
    const auto format = bfp(16, 1 + static_cast<int>(random_() % 7), 4);
    const auto codes = some_codes(1 + random_() % 16);
    std::vector<std::uint8_t> bytes;
    BitWriter writer(bytes);
    format->pack_weights(codes, writer);
    writer.align();
    ASSERT_EQ(bytes.size(), (format->weight_group_bits() + 7) / 8);
    std::vector<std::int16_t> expected = codes;
    std::vector<std::uint8_t> expected_terms(codes.size());
    format->encode_weights(expected, expected_terms);
    std::vector<std::int16_t> values(codes.size());
    std::vector<std::uint8_t> terms(codes.size());
    BitReader reader(bytes);
    format->unpack_weights(reader, values, terms);
    ASSERT_EQ(values, expected);
    ASSERT_EQ(terms, expected_terms);
  }
}

TEST_F(BfpCodeFormatTest, AGroupTakesItsExponentAndThreeBitsAChunk) {
  EXPECT_EQ(bfp(16, 2, 2)->weight_group_bits(), 3U + 16 * 3);
  EXPECT_EQ(bfp(16, 4, 2)->weight_group_bits(), 3U + 16 * 6);
  EXPECT_EQ(bfp(16, 4, 2)->weight_term_bound(), 32);
  EXPECT_EQ(bfp(16, 4, 2)->data_term_bound(), 1);
}

TEST_F(BfpCodeFormatTest, SlotsThatNoEncoderWritesAreRefused) {
  const auto format = bfp(1, 4, 4);
  const auto unpack = [&](unsigned slot) {
    std::vector<std::uint8_t> bytes;
    BitWriter writer(bytes);
    writer.write(slot, 9);
    writer.align();
    std::int16_t value = 0;
    std::uint8_t terms = 0;
    BitReader reader(bytes);
    format->unpack_weights(reader, std::span(&value, 1), std::span(&terms, 1));
  };
  EXPECT_NO_THROW(unpack(0b001'001'000));
  EXPECT_THROW(unpack(0b001'101'000), std::runtime_error);  // chunks of two signs
  EXPECT_THROW(unpack(0b100'100'000), std::runtime_error);  // minus zero
}

TEST_F(BfpCodeFormatTest, ParametersOutOfRangeAreRefused) {
  EXPECT_THROW(bfp(33, 4, 4), std::invalid_argument);
  EXPECT_THROW(bfp(16, 8, 4), std::invalid_argument);
  EXPECT_THROW(bfp(16, 4, 0), std::invalid_argument);
}

}  // namespace
}  // namespace systerm
