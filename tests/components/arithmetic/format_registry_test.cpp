// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>

#include "components/arithmetic/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace systerm {
namespace {

// A format from outside the library: weights are powers of two, one term each.
class SignOnlyFormat final : public Format {
 public:
  explicit SignOnlyFormat(const FormatParameters& parameters) : Format(parameters) {}

  std::string_view name() const override { return "sign_only"; }
  void encode_weights(std::span<std::int16_t> values,
                      std::span<std::uint8_t> terms) const override {
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = values[i] < 0 ? -1 : 1;
      terms[i] = 1;
    }
  }
  EncodedValue encode_data(std::int16_t code) const override { return {code, 1}; }
  int weight_term_bound() const override { return parameters().group_size; }
  int data_term_bound() const override { return 1; }
  std::size_t weight_group_bits() const override {
    return static_cast<std::size_t>(parameters().group_size);
  }
  void pack_weights(std::span<const std::int16_t> codes, BitWriter& out) const override {
    for (const std::int16_t code : codes) out.write(code < 0 ? 1 : 0, 1);
    out.write(0, static_cast<unsigned>(weight_group_bits() - codes.size()));
  }
  void unpack_weights(BitReader& in, std::span<std::int16_t> values,
                      std::span<std::uint8_t> terms) const override {
    const std::uint64_t signs = in.read(static_cast<unsigned>(weight_group_bits()));
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = (signs >> i & 1) != 0 ? -1 : 1;
      terms[i] = 1;
    }
  }
};

TEST(FormatRegistry, KnowsTheBuiltInFormatsInAlphabeticalOrder) {
  EXPECT_THAT(format_names(), testing::ElementsAre("bfp", "term_quantized", "uniform"));
  for (const std::string& name : format_names()) EXPECT_EQ(make_format(name, {})->name(), name);
}

TEST(FormatRegistry, TakesAFormatFromOutside) {
  register_format("sign_only",
                  [](const FormatParameters& p) { return std::make_unique<SignOnlyFormat>(p); });
  EXPECT_THAT(format_names(), testing::Contains("sign_only"));
  const auto format = make_format("sign_only", {});
  EXPECT_EQ(format->name(), "sign_only");
  EXPECT_EQ(format->data_limit(true), 127);
}

TEST(FormatRegistry, RefusesANameTwiceAndAnEmptyFactory) {
  const auto factory = [](const FormatParameters& p) {
    return std::make_unique<SignOnlyFormat>(p);
  };
  EXPECT_THROW(register_format("uniform", factory), std::invalid_argument);
  EXPECT_THROW(register_format("nothing", nullptr), std::invalid_argument);
}

TEST(FormatRegistry, AnUnknownNameListsTheKnownOnes) {
  try {
    make_format("unifrom", {});
    FAIL() << "an unknown name was accepted";
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("unknown format 'unifrom'"));
    EXPECT_THAT(error.what(), testing::HasSubstr("term_quantized, uniform"));
  }
}

}  // namespace
}  // namespace systerm
