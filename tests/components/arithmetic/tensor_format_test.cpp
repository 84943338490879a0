// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/tensor_format.h"

#include <random>
#include <stdexcept>
#include <string>

#include "components/arithmetic/format.h"
#include "gmock/gmock.h"

namespace systerm {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string refusal(const char* name, const TensorFormatOptions& options) {
  try {
    make_tensor_format(name, options);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

std::vector<float> normal_values(std::size_t count) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

std::vector<float> through(const TensorFormat& format, const std::vector<float>& values,
                           std::size_t rows) {
  EncodedTensor encoded;
  format.encode(matrix_view(values, rows, values.size() / rows), encoded);
  std::vector<float> decoded(values.size());
  format.decode(encoded, decoded);
  return decoded;
}

TEST(TensorFormatTest, BitsOfAValue) {
  const auto bits = [](const char* name) { return make_tensor_format(name)->bits_per_value(); };
  const auto low = make_tensor_format("bfp", {.mantissa_bits = 2});
  EXPECT_EQ(low->bits_per_value(), 3.1875);
  EXPECT_EQ(bits("bfp"), 6.1875);
  EXPECT_EQ(bits("msfp12"), 4.5);
  EXPECT_EQ(bits("msfp16"), 8.5);
  EXPECT_EQ(bits("mxfp4"), 4.25);
  EXPECT_EQ(bits("mxfp6_e3m2"), 6.25);
  EXPECT_EQ(bits("mxfp6_e2m3"), 6.25);
  EXPECT_EQ(bits("mxfp8_e5m2"), 8.25);
  EXPECT_EQ(bits("mxfp8_e4m3"), 8.25);
  EXPECT_EQ(bits("mxint8"), 8.25);
  EXPECT_EQ(bits("nvfp4"), 4.5);
  EXPECT_EQ(bits("bfloat16"), 16);
  EXPECT_EQ(bits("fp16"), 16);
  EXPECT_EQ(bits("fp32"), 32);
}

TEST(TensorFormatTest, CodingTwiceChangesNothing) {
  const std::vector<float> values = normal_values(5 * 37);
  for (const std::string& name : tensor_format_names()) {
    const auto format = make_tensor_format(name);
    EXPECT_EQ(format->name(), name);
    const std::vector<float> once = through(*format, values, 5);
    EXPECT_EQ(through(*format, once, 5), once) << name;
  }
}

TEST(TensorFormatTest, BlockFloatingPointEqualsItsMatrix) {
  const std::vector<float> values = normal_values(5 * 37);
  const auto format =
      make_tensor_format("bfp", {.mantissa_bits = 3, .rounding = BfpRounding::kTruncate});
  EncodedTensor encoded;
  format->encode(matrix_view(values, 5, 37), encoded);
  EXPECT_EQ(encoded.scales.size(), 5U * 3);
  BfpMatrix matrix;
  std::vector<float> decoded(values.size());
  matrix.assign(matrix_view(values, 5, 37), GroupAxis::kColumns,
                {.mantissa_bits = 3, .rounding = BfpRounding::kTruncate});
  matrix.decode(GroupAxis::kColumns, decoded);
  EXPECT_EQ(through(*format, values, 5), decoded);
}

TEST(TensorFormatTest, OptionsWithoutEffectAreRefused) {
  EXPECT_EQ(refusal("msfp12", {.mantissa_bits = 4}),
            "format 'msfp12' has no option mantissa_bits; it has rounding, overflow, random");
  EXPECT_THAT(refusal("bfp", {.exponent_bits = 8, .top_exponent = 3}), HasSubstr("no window"));
  EXPECT_THAT(refusal("bfp", {.random = RandomBits()}), HasSubstr("stochastic only"));
  EXPECT_EQ(refusal("bfp", {.group_size = 0}), "format 'bfp': group_size must be 1 to 128, not 0");
  EXPECT_THAT(refusal("bpf", {}),
              HasSubstr("unknown format of tensors 'bpf'; known are bfloat16, bfp"));
}

class HalvesFormat final : public TensorFormat {
 public:
  std::string_view name() const override { return "halves"; }
  std::size_t block_size() const override { return 1; }
  TensorStorage storage(std::size_t rows, std::size_t columns) const override {
    return {0, rows * columns * 8};
  }
  double bits_per_value() const override { return 8; }
  void encode(const StridedMatrix& values, EncodedTensor& encoded) const override {
    encoded.codes.assign(values.values.begin(), values.values.end());
  }
  void decode(const EncodedTensor& encoded, std::span<float> values) const override {
    std::copy(encoded.codes.begin(), encoded.codes.end(), values.begin());
  }
};

TEST(TensorFormatTest, AFormatFromOutsideTheTreeJoinsTheRegistry) {
  const auto factory = [](const TensorFormatOptions&) { return std::make_unique<HalvesFormat>(); };
  register_tensor_format("halves", factory);
  EXPECT_THAT(tensor_format_names(), Contains("halves"));
  EXPECT_THAT(format_names(), Not(Contains("halves")));
  EXPECT_EQ(make_tensor_format("halves")->name(), "halves");
  EXPECT_THROW(register_tensor_format("halves", factory), std::invalid_argument);
  EXPECT_THROW(register_tensor_format("nothing", nullptr), std::invalid_argument);
}

}  // namespace
}  // namespace systerm
