// SPDX-License-Identifier: Apache-2.0
#include "workloads/document/quantity.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace systerm {
namespace {

TEST(Number, IsAJsonNumberAndNothingElse) {
  for (const char* text : {"0", "-0", "12", "-3.5", "1e3", "1E+3", "2.5e-7"}) {
    EXPECT_TRUE(is_number(text)) << text;
  }
  for (const char* text : {"", "-", "+1", "01", ".5", "5.", "1e", "1_000", "0x10", "nan", "inf",
                           ".inf", "1 ", " 1", "1,5", "1e3x"}) {
    EXPECT_FALSE(is_number(text)) << text;
    EXPECT_EQ(parse_number(text), std::nullopt) << text;
    EXPECT_EQ(parse_integer(text), std::nullopt) << text;
  }
}

TEST(Number, OutOfTheRangeOfDoubleIsNone) {
  EXPECT_EQ(parse_number("1e400"), std::nullopt);
  EXPECT_EQ(parse_number("1e99999999999999999999"), std::nullopt);
  EXPECT_EQ(parse_number("-2.5"), -2.5);
}

TEST(Integer, MayBeWrittenWithAnExponentIfItIsIntegral) {
  EXPECT_EQ(parse_integer("1e3"), 1000);
  EXPECT_EQ(parse_integer("2.5e1"), 25);
  EXPECT_EQ(parse_integer("64.0"), 64);
  EXPECT_EQ(parse_integer("1.5"), std::nullopt);
  EXPECT_EQ(parse_integer("1e-1"), std::nullopt);
}

TEST(Integer, IsExactUpToTheEndsOfItsRange) {
  EXPECT_EQ(parse_integer("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_integer("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(parse_integer("9223372036854775808"), std::nullopt);
  EXPECT_EQ(parse_integer("1e30"), std::nullopt);
}

TEST(Quantity, EveryUnit) {
  EXPECT_EQ(parse_quantity("3 Hz", Unit::kFrequency), 3.0);
  EXPECT_EQ(parse_quantity("3 kHz", Unit::kFrequency), 3e3);
  EXPECT_EQ(parse_quantity("500 MHz", Unit::kFrequency), 500e6);
  EXPECT_EQ(parse_quantity("1.2GHz", Unit::kFrequency), 1.2e9);
  EXPECT_EQ(parse_quantity("7 B", Unit::kBytes), 7.0);
  EXPECT_EQ(parse_quantity("2 KiB", Unit::kBytes), 2048.0);
  EXPECT_EQ(parse_quantity("2 MiB", Unit::kBytes), 2097152.0);
  EXPECT_EQ(parse_quantity("2 GiB", Unit::kBytes), 2147483648.0);
  EXPECT_EQ(parse_quantity("2 kB", Unit::kBytes), 2000.0);
  EXPECT_EQ(parse_quantity("2 MB", Unit::kBytes), 2e6);
  EXPECT_EQ(parse_quantity("2 GB", Unit::kBytes), 2e9);
  EXPECT_EQ(parse_quantity("5 B/s", Unit::kBytesPerSecond), 5.0);
  EXPECT_EQ(parse_quantity("5 kB/s", Unit::kBytesPerSecond), 5e3);
  EXPECT_EQ(parse_quantity("5 KiB/s", Unit::kBytesPerSecond), 5120.0);
  EXPECT_EQ(parse_quantity("5 MB/s", Unit::kBytesPerSecond), 5e6);
  EXPECT_EQ(parse_quantity("5 MiB/s", Unit::kBytesPerSecond), 5242880.0);
  EXPECT_EQ(parse_quantity("12.8 GB/s", Unit::kBytesPerSecond), 12.8e9);
  EXPECT_EQ(parse_quantity("1 GiB/s", Unit::kBytesPerSecond), 1073741824.0);
  EXPECT_EQ(parse_quantity("1 s", Unit::kTime), 1.0);
  EXPECT_EQ(parse_quantity("1 ms", Unit::kTime), 1e-3);
  EXPECT_EQ(parse_quantity("1 us", Unit::kTime), 1e-6);
  EXPECT_EQ(parse_quantity("1 ps", Unit::kTime), 1e-12);
}

// 60 * 1e-9 is not 60e-9: the unit must not cost a second rounding.
TEST(Quantity, IsRoundedOnce) {
  EXPECT_EQ(parse_quantity("60 ns", Unit::kTime), 60e-9);
  EXPECT_EQ(parse_quantity("0.1 ms", Unit::kTime), 0.1e-3);
  EXPECT_EQ(parse_quantity("1.5e2 ps", Unit::kTime), 150e-12);
}

TEST(Quantity, NeedsAUnitOfItsKind) {
  for (const char* text :
       {"500", "500 mhz", "500 MB", "MHz", "", "500 MHz x", "500 M Hz", "1e MHz"}) {
    EXPECT_EQ(parse_quantity(text, Unit::kFrequency), std::nullopt) << text;
  }
}

TEST(Bytes, AreWholeAndExact) {
  EXPECT_EQ(parse_bytes("0.5 KiB"), 512);
  EXPECT_EQ(parse_bytes("1.5 B"), std::nullopt);
  EXPECT_EQ(parse_bytes("0.1 KiB"), std::nullopt);
  EXPECT_EQ(parse_bytes("1e30 GiB"), std::nullopt);
  EXPECT_EQ(parse_bytes("4 GiB"), std::int64_t{4} << 30);
}

TEST(FormatQuantity, TakesTheLargestUnitThatFits) {
  EXPECT_EQ(format_quantity(500e6, Unit::kFrequency), "500 MHz");
  EXPECT_EQ(format_quantity(12.8e9, Unit::kBytesPerSecond), "12.8 GB/s");
  EXPECT_EQ(format_quantity(60e-9, Unit::kTime), "60 ns");
  EXPECT_EQ(format_quantity(0.0, Unit::kTime), "0 s");
  EXPECT_EQ(format_bytes(1 << 20), "1 MiB");
  EXPECT_EQ(format_bytes(1000), "1000 B");
  EXPECT_EQ(format_bytes(1536), "1536 B");
  EXPECT_EQ(format_bytes(0), "0 B");
}

TEST(FormatQuantity, ReadsBackAsTheSameValue) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> exponent(-14.0, 15.0);
  for (int i = 0; i < 5000; ++i) {
    const double value = std::pow(10.0, exponent(random));
    for (const Unit unit : {Unit::kFrequency, Unit::kBytes, Unit::kBytesPerSecond, Unit::kTime}) {
      const std::string text = format_quantity(value, unit);
      ASSERT_EQ(parse_quantity(text, unit), value) << text;
    }
    const auto bytes = static_cast<std::int64_t>(random() >> (11 + random() % 50));
    ASSERT_EQ(parse_bytes(format_bytes(bytes)), bytes);
  }
}

}  // namespace
}  // namespace systerm
