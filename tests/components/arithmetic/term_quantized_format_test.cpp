// SPDX-License-Identifier: Apache-2.0
#include <random>
#include <stdexcept>
#include <string>

#include "components/arithmetic/format.h"
#include "components/arithmetic/term_quantization.h"
#include "gtest/gtest.h"

namespace systerm {
namespace {

std::unique_ptr<const Format> term_quantized(const FormatParameters& parameters) {
  return make_format("term_quantized", parameters);
}

std::string describe(const FormatParameters& p) {
  return std::string(to_string(p.encoding)) + ", weight bits " + std::to_string(p.weight_bits) +
         ", g " + std::to_string(p.group_size) + ", k " + std::to_string(p.group_budget) +
         (p.term_layout == TermLayout::kIndexed ? ", indexed" : ", end of value");
}

std::vector<std::int16_t> random_codes(std::mt19937& random, std::size_t count, int bits) {
  const int limit = 1 << (bits - 1);  // the largest weight reaches it
  std::vector<std::int16_t> codes(count);
  for (auto& code : codes) {
    // Half of the groups hold extremes, which share terms and so exercise ties.
    code = static_cast<std::int16_t>(random() % 4 == 0
                                         ? (random() % 2 == 0 ? limit : -limit)
                                         : static_cast<int>(random() % (2U * limit + 1)) - limit);
  }
  return codes;
}

struct Encoded {
  std::vector<std::int16_t> values;
  std::vector<std::uint8_t> terms;
  friend bool operator==(const Encoded&, const Encoded&) = default;
};

Encoded oracle(const std::vector<std::int16_t>& codes, const FormatParameters& parameters) {
  const std::vector<int> values(codes.begin(), codes.end());
  Encoded encoded{std::vector<std::int16_t>(codes.size()), std::vector<std::uint8_t>(codes.size())};
  for (const KeptTerm& kept :
       keep_group_terms(values, parameters.encoding, parameters.group_budget)) {
    const auto i = static_cast<std::size_t>(kept.index);
    encoded.values[i] = static_cast<std::int16_t>(encoded.values[i] + kept.term.value());
    ++encoded.terms[i];
  }
  return encoded;
}

Encoded encode_with(const Format& format, const std::vector<std::int16_t>& codes) {
  Encoded encoded{codes, std::vector<std::uint8_t>(codes.size())};
  format.encode_weights(encoded.values, encoded.terms);
  return encoded;
}

class EveryTermFormat : public testing::TestWithParam<std::tuple<Encoding, TermLayout, int>> {
 protected:
  FormatParameters parameters(int group_size, int budget) const {
    FormatParameters result;
    std::tie(result.encoding, result.term_layout, result.weight_bits) = GetParam();
    result.group_size = group_size;
    result.group_budget = budget;
    return result;
  }
};

TEST_P(EveryTermFormat, EncodesByBudgetAndReadsBackFromItsSlots) {
  std::mt19937 random(7);
  for (int group_size = 1; group_size <= 32; ++group_size) {
    for (const int budget : {1, 2, 3, 7, 12, 24, 63, 64, 127}) {
      const FormatParameters p = parameters(group_size, budget);
      SCOPED_TRACE(describe(p));
      const auto format = term_quantized(p);
      std::vector<std::vector<std::int16_t>> groups;
      std::vector<std::uint8_t> bytes;
      BitWriter writer(bytes);
      writer.write(1, 1);  // slots need not start at a byte
      for (int i = 0; i < 12; ++i) {
        const std::size_t size = i < 6 ? static_cast<std::size_t>(group_size)
                                       : 1 + random() % static_cast<unsigned>(group_size);
        groups.push_back(random_codes(random, size, p.weight_bits));
        if (i == 0) std::fill(groups[0].begin(), groups[0].end(), std::int16_t{0});
        format->pack_weights(groups.back(), writer);
      }
      writer.align();
      ASSERT_EQ(bytes.size(), (1 + 12 * format->weight_group_bits() + 7) / 8);

      BitReader reader(bytes);
      reader.read(1);
      for (const std::vector<std::int16_t>& group : groups) {
        const Encoded expected = oracle(group, p);
        ASSERT_EQ(encode_with(*format, group), expected);
        Encoded unpacked{std::vector<std::int16_t>(group.size(), 99),
                         std::vector<std::uint8_t>(group.size(), 99)};
        format->unpack_weights(reader, unpacked.values, unpacked.terms);
        ASSERT_EQ(unpacked, expected);
      }
    }
  }
}

TEST(StoredTerms, EverySmallerBudgetReadsAPrefixOfTheSameSlots) {
  std::mt19937 random(17);
  for (const int group_size : {1, 5, 8, 16, 32}) {
    FormatParameters stored;
    stored.term_layout = TermLayout::kIndexed;
    stored.group_size = group_size;
    stored.group_budget = 20;
    std::vector<std::vector<std::int16_t>> groups;
    std::vector<std::uint8_t> bytes;
    BitWriter writer(bytes);
    for (int i = 0; i < 20; ++i) {
      groups.push_back(random_codes(random, static_cast<std::size_t>(group_size), 8));
      term_quantized(stored)->pack_weights(groups.back(), writer);
    }
    writer.align();
    for (int budget = 1; budget <= 20; ++budget) {
      FormatParameters used = stored;
      used.group_budget = budget;
      used.stored_budget = 20;
      SCOPED_TRACE(describe(used));
      const auto format = term_quantized(used);
      EXPECT_EQ(format->weight_group_bits(), term_quantized(stored)->weight_group_bits());
      EXPECT_EQ(format->weight_term_bound(), budget);
      std::vector<std::uint8_t> again;
      BitWriter second(again);
      BitReader reader(bytes);
      for (const std::vector<std::int16_t>& group : groups) {
        format->pack_weights(group, second);
        Encoded unpacked{std::vector<std::int16_t>(group.size(), 99),
                         std::vector<std::uint8_t>(group.size(), 99)};
        format->unpack_weights(reader, unpacked.values, unpacked.terms);
        ASSERT_EQ(unpacked, oracle(group, used));
        ASSERT_EQ(unpacked, encode_with(*format, group));
      }
      second.align();
      EXPECT_EQ(again, bytes);
    }
  }
}

TEST(StoredTerms, NeedAnIndexedLayoutAndNoSmallerStore) {
  FormatParameters p;
  p.stored_budget = 20;
  EXPECT_THROW(term_quantized(p), std::invalid_argument);
  p.term_layout = TermLayout::kIndexed;
  p.group_budget = 21;
  EXPECT_THROW(term_quantized(p), std::invalid_argument);
}

TEST_P(EveryTermFormat, NeverChangesASignAndKeepsAtMostTheBudget) {
  std::mt19937 random(8);
  for (int budget = 1; budget <= 40; ++budget) {
    const FormatParameters p = parameters(8, budget);
    const auto format = term_quantized(p);
    EXPECT_EQ(format->weight_term_bound(), budget);
    for (int round = 0; round < 20; ++round) {
      const std::vector<std::int16_t> codes = random_codes(random, 8, p.weight_bits);
      const Encoded encoded = encode_with(*format, codes);
      int terms = 0;
      for (std::size_t i = 0; i < codes.size(); ++i) {
        ASSERT_GE(encoded.values[i] * codes[i], 0) << describe(p);
        ASSERT_LE(std::abs(encoded.values[i]), 256);
        terms += encoded.terms[i];
      }
      ASSERT_LE(terms, budget);
    }
  }
}

TEST_P(EveryTermFormat, RandomBytesAreRefusedOrSmall) {
  std::mt19937 random(9);
  const auto format = term_quantized(parameters(8, 12));
  int refused = 0;
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::uint8_t> bytes((format->weight_group_bits() + 7) / 8);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    BitReader reader(bytes);
    std::int16_t values[8];
    std::uint8_t terms[8];
    try {
      format->unpack_weights(reader, values, terms);
      for (int i = 0; i < 8; ++i) ASSERT_LT(std::abs(values[i]), 512);
    } catch (const std::runtime_error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1900);
}

INSTANTIATE_TEST_SUITE_P(Formats, EveryTermFormat,
                         testing::Combine(testing::ValuesIn(kEncodings),
                                          testing::Values(TermLayout::kEndOfValue,
                                                          TermLayout::kIndexed),
                                          testing::Range(2, 9)),
                         [](const auto& instance) {
                           return std::string(to_string(std::get<0>(instance.param))) +
                                  (std::get<1>(instance.param) == TermLayout::kIndexed
                                       ? "_indexed_"
                                       : "_end_of_value_") +
                                  std::to_string(std::get<2>(instance.param)) + "_bits";
                         });

TEST(TermQuantizedFormat, WeightsSaturateAtTheLargestPublishedMagnitude) {
  FormatParameters p;
  p.group_size = 2;
  const Encoded encoded = encode_with(*term_quantized(p), {255, -129});
  EXPECT_EQ(encoded.values, (std::vector<std::int16_t>{128, -128}));
}

TEST(TermQuantizedFormat, DataKeepTheirLargestTerms) {
  for (const Encoding encoding : kEncodings) {
    for (int data_terms = 1; data_terms <= 9; ++data_terms) {
      for (const DataRange range : {DataRange::kSigned, DataRange::kUnsigned}) {
        FormatParameters p;
        p.encoding = encoding;
        p.data_terms = data_terms;
        p.data_range = range;
        const auto format = term_quantized(p);
        EXPECT_EQ(format->data_term_bound(), data_terms);
        const int limit = format->data_limit(false);
        for (int code = -limit; code <= limit; ++code) {
          const TermList kept = keep_largest_terms(encoding, code, data_terms);
          const EncodedValue encoded = format->encode_data(static_cast<std::int16_t>(code));
          ASSERT_EQ(encoded.value, kept.value());
          ASSERT_EQ(encoded.terms, kept.size());
          ASSERT_LE(std::abs(encoded.value), 256);
        }
        EXPECT_THROW(format->encode_data(static_cast<std::int16_t>(limit + 1)), std::out_of_range);
        EXPECT_THROW(format->encode_data(static_cast<std::int16_t>(-limit - 1)), std::out_of_range);
      }
    }
  }
}

// A record is ceil(log2(8)) + 2 = 5 bits beside the presence mask, as published; 3 + 1 + 3 bits
// beside the count if it carries an index.
TEST(TermQuantizedFormat, StatesItsStorage) {
  FormatParameters p;
  EXPECT_EQ(term_quantized(p)->weight_group_bits(), 8U + 12 * 5);
  p.term_layout = TermLayout::kIndexed;
  EXPECT_EQ(term_quantized(p)->weight_group_bits(), 4U + 12 * 7);
  p.encoding = Encoding::kBooth2;  // 128 = 256 - 128 needs a fourth exponent bit
  EXPECT_EQ(term_quantized(p)->weight_group_bits(), 4U + 12 * 8);
}

// Multi-resolution inference stores the terms once and reads as many as a run's budget allows.
TEST(TermQuantizedFormat, ASmallerBudgetReadsAPrefixOfIndexedRecords) {
  std::mt19937 random(10);
  FormatParameters p;
  p.term_layout = TermLayout::kIndexed;
  p.group_budget = 24;
  const auto stored = term_quantized(p);
  for (int round = 0; round < 200; ++round) {
    const std::vector<std::int16_t> codes = random_codes(random, 8, 8);
    std::vector<std::uint8_t> bytes;
    BitWriter writer(bytes);
    stored->pack_weights(codes, writer);
    writer.align();
    for (int budget = 1; budget <= 24; ++budget) {
      BitReader reader(bytes);
      const auto used = static_cast<int>(reader.read(5));
      std::vector<std::int16_t> values(8, 0);
      for (int t = 0; t < std::min(used, budget); ++t) {
        const auto exponent = static_cast<unsigned>(reader.read(3));
        const int sign = reader.read(1) != 0 ? -1 : 1;
        const auto index = static_cast<std::size_t>(reader.read(3));
        values[index] = static_cast<std::int16_t>(values[index] + sign * (1 << exponent));
      }
      p.group_budget = budget;
      ASSERT_EQ(values, encode_with(*term_quantized(p), codes).values);
    }
  }
}

TEST(TermQuantizedFormat, RefusesParametersItCannotHonour) {
  const auto message = [](void (*change)(FormatParameters&)) -> std::string {
    FormatParameters p;
    change(p);
    try {
      term_quantized(p);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(message([](FormatParameters& p) { p.weight_bits = 9; }),
            "format 'term_quantized': weight_bits must be 2 to 8, not 9");
  EXPECT_EQ(message([](FormatParameters& p) { p.data_bits = 1; }),
            "format 'term_quantized': data_bits must be 2 to 8, not 1");
  EXPECT_EQ(message([](FormatParameters& p) { p.group_size = 33; }),
            "format 'term_quantized': group_size must be 1 to 32, not 33");
  EXPECT_EQ(message([](FormatParameters& p) { p.group_budget = 0; }),
            "format 'term_quantized': group_budget must be 1 to 127, not 0");
  EXPECT_EQ(message([](FormatParameters& p) { p.data_terms = 10; }),
            "format 'term_quantized': data_terms must be 1 to 9, not 10");
}

}  // namespace
}  // namespace systerm
