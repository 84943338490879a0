// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/bit_stream.h"

#include <random>
#include <utility>

#include "gtest/gtest.h"

namespace systerm {
namespace {

TEST(BitStream, FieldsFillBytesFromTheLeastSignificantBit) {
  std::vector<std::uint8_t> bytes;
  BitWriter writer(bytes);
  writer.write(0b101, 3);
  writer.write(0b11111, 5);
  writer.write(1, 1);
  writer.align();
  EXPECT_EQ(bytes, (std::vector<std::uint8_t>{0b11111101, 1}));
}

TEST(BitStream, ReadsBackFieldsOfEveryLength) {
  std::mt19937_64 random(1);
  std::vector<std::pair<std::uint64_t, unsigned>> fields;
  std::vector<std::uint8_t> bytes;
  BitWriter writer(bytes);
  for (int i = 0; i < 5000; ++i) {
    const auto bits = static_cast<unsigned>(random() % 58);
    fields.emplace_back(random() & ((std::uint64_t{1} << bits) - 1), bits);
    writer.write(fields.back().first, bits);
  }
  writer.align();
  BitReader reader(bytes);
  for (const auto& [value, bits] : fields) ASSERT_EQ(reader.read(bits), value);
  EXPECT_FALSE(reader.exhausted());
}

TEST(BitStream, AlignedFieldsStartAtTheNextByteWhereverTheyLie) {
  std::mt19937_64 random(2);
  std::vector<std::uint64_t> values;
  std::vector<std::uint8_t> bytes;
  BitWriter writer(bytes);
  for (unsigned bits = 0; bits <= 57; ++bits) {
    values.push_back(random() & ((std::uint64_t{1} << bits) - 1));
    writer.write(values.back(), bits);
    writer.align();
  }
  BitReader reader(bytes);
  for (unsigned bits = 0; bits <= 57; ++bits) {
    ASSERT_EQ(reader.read(bits), values[bits]);
    reader.align();
  }
  EXPECT_FALSE(reader.exhausted());
}

TEST(BitStream, WholeBytesAreThereAtOnce) {
  std::vector<std::uint8_t> bytes;
  BitWriter writer(bytes);
  writer.write(0x030201, 25);
  EXPECT_EQ(bytes, (std::vector<std::uint8_t>{1, 2, 3}));
}

TEST(BitStream, TellsWhenItReadPastTheEnd) {
  const std::vector<std::uint8_t> bytes = {0xff};
  BitReader reader(bytes);
  EXPECT_EQ(reader.read(8), 0xffU);
  EXPECT_FALSE(reader.exhausted());
  EXPECT_EQ(reader.read(1), 0U);
  EXPECT_TRUE(reader.exhausted());
}

}  // namespace
}  // namespace systerm
