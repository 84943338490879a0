// SPDX-License-Identifier: Apache-2.0
// `systerm quantize` as its users meet it.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "components/arithmetic/tensor_format.h"
#include "tests/model/cli/program.h"
#include "workloads/data/npy.h"

namespace systerm {
namespace {

using testing::HasSubstr;

std::string path_of(const std::string& name) {
  return testing::TempDir() + "systerm_quantize_" + name + ".npy";
}

std::string write_values(const std::string& name, std::vector<std::int64_t> shape,
                         std::vector<float> values) {
  write_npy(path_of(name), {std::move(shape), std::move(values)});
  return path_of(name);
}

std::vector<float> waves(std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = std::sin(static_cast<float>(i) * 0.7F);
  return values;
}

TEST(Quantize, WritesValuesCodesAndScalesOfTheLibrary) {
  const std::vector<float> values = waves(3 * 2 * 40);
  const std::string in = write_values("in", {3, 2, 40}, values);
  for (const std::string& name : tensor_format_names()) {
    const auto json = test::json_of("quantize " + in + " " + path_of("out") + " --format " + name +
                                    " --codes " + path_of("codes") + " --json");
    const auto format = make_tensor_format(name);
    EncodedTensor encoded;
    std::vector<float> decoded(values.size());
    format->encode(matrix_view(values, 6, 40), encoded);
    format->decode(encoded, decoded);
    const Array out = read_npy(path_of("out"));
    EXPECT_THAT(out.shape, testing::ElementsAre(3, 2, 40));
    EXPECT_EQ(std::get<std::vector<float>>(out.elements), decoded) << name;
    EXPECT_EQ(read_npy(path_of("codes")).size(), values.size());
    EXPECT_EQ(json["format"], name);
    EXPECT_EQ(json["bits_per_value"], format->bits_per_value());
    EXPECT_EQ(json["storage_bits"]["total"], format->storage(6, 40).total());
    double signal = 0;
    double noise = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double x = static_cast<double>(values[i]);
      const double error = static_cast<double>(decoded[i]) - x;
      signal += x * x;
      noise += error * error;
    }
    if (noise == 0) {
      EXPECT_TRUE(json["sqnr_db"].is_null());
    } else {
      EXPECT_NEAR(json["sqnr_db"].get<double>(), 10 * std::log10(signal / noise), 1e-9) << name;
    }
  }
}

TEST(Quantize, OptionsOfBlockFloatingPoint) {
  const std::string in = write_values("bfp", {1, 32}, waves(32));
  const std::string line = "quantize " + in + " " + path_of("out") +
                           " --format bfp --mantissa-bits 2 --rounding stochastic --json ";
  const auto json = test::json_of(line + "--seed 5 --scales " + path_of("scales"));
  EXPECT_EQ(json["bits_per_value"], 3.1875);
  EXPECT_THAT(read_npy(path_of("scales")).shape, testing::ElementsAre(1, 2));
  const auto drawn = [&](const std::string& key) {
    test::json_of(line + key);
    return std::get<std::vector<float>>(read_npy(path_of("out")).elements);
  };
  EXPECT_EQ(drawn("--seed 5"), drawn("--seed 5"));
  EXPECT_NE(drawn("--seed 5"), drawn("--seed 6"));
  EXPECT_NE(drawn("--seed 5"), drawn("--seed 5 --iteration 1"));
  EXPECT_NE(drawn("--seed 5"), drawn("--seed 5 --random lfsr"));
  const auto with_statistic =
      test::json_of("quantize " + in + " " + path_of("out") + " --format bfp --statistic 2 --json");
  const std::vector<float> values = waves(32);
  EXPECT_EQ(with_statistic["relative_improvement"],
            chunk_statistic(matrix_view(values, 1, 32), GroupAxis::kColumns, {}, 2)
                .relative_improvement());
}

TEST(Quantize, ErrorsSayWhatIsWrongAndWriteNothing) {
  const std::string in = write_values("good", {2, 16}, waves(32));
  const std::string bad =
      write_values("bad", {1, 2}, {1.0F, std::numeric_limits<float>::quiet_NaN()});
  const std::string out = path_of("never");
  std::filesystem::remove(out);
  const auto message = [&](const std::string& input, const std::string& options) {
    const test::Outcome outcome = test::systerm("quantize " + input + " " + out + options, true);
    EXPECT_NE(outcome.status, 0) << options;
    EXPECT_FALSE(std::filesystem::exists(out)) << options;
    return outcome.output;
  };
  EXPECT_THAT(message(in, " --format mxpf4"), HasSubstr("did you mean 'mxfp4'?"));
  EXPECT_THAT(message(in, " --format mxfp4 --mantissa-bits 2"),
              HasSubstr("format 'mxfp4' has no option mantissa_bits; it has none at all"));
  EXPECT_THAT(message(in, " --format bfp --mantissa-bits 9"),
              HasSubstr("mantissa_bits must be 1 to 7, not 9"));
  EXPECT_THAT(message(in, " --format bfp --seed 3"), HasSubstr("rounding stochastic only"));
  EXPECT_THAT(message(in, " --format bfp --rounding up"), HasSubstr("--rounding"));
  EXPECT_THAT(message(in, " --format bfp --rounding stochastic --random lfsr --seed 256"),
              HasSubstr("must be 1 to 255, not 256"));
  EXPECT_THAT(message(in, " --format fp16 --scales " + path_of("scales_never")),
              HasSubstr("has no blocks"));
  EXPECT_THAT(message(in, " --format mxfp4 --statistic 2"), HasSubstr("of format bfp only"));
  EXPECT_THAT(message(in, " --format bfp --window refuse --top-exponent -5"),
              HasSubstr("lies above the window -12 to -5"));
  EXPECT_THAT(message(bad, " --format bfp"), HasSubstr("value [0][1] is NaN"));
  EXPECT_THAT(message(path_of("missing"), " --format bfp"), HasSubstr("missing"));
}

TEST(Quantize, DocumentationListsTheBitsOfAValue) {
  std::ifstream file(SYSTERM_SOURCE_DIR "/docs/formats.md");
  std::ostringstream text;
  text << file.rdbuf();
  for (const std::string& name : tensor_format_names()) {
    if (name == "bfp") continue;  // two rows, below
    const double bits = make_tensor_format(name)->bits_per_value();
    std::ostringstream row;
    row << "| `" << name << "` | " << bits << " |";
    EXPECT_THAT(text.str(), HasSubstr(row.str()));
  }
  for (const int mantissa_bits : {2, 4}) {
    std::ostringstream row;
    row << "| `bfp`, m = " << mantissa_bits << " | "
        << make_tensor_format("bfp", {.mantissa_bits = mantissa_bits})->bits_per_value() << " |";
    EXPECT_THAT(text.str(), HasSubstr(row.str()));
  }
}

}  // namespace
}  // namespace systerm
