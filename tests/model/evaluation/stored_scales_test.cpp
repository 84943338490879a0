// SPDX-License-Identifier: Apache-2.0
#include "model/simulation/stored_scales.h"

#include <fstream>
#include <regex>

#include <gmock/gmock.h>

#include "model/evaluation/experiment_evaluator.h"
#include "tests/model/evaluation/digits.h"
#include "workloads/document/diagnostics.h"

namespace systerm {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class StoredScales : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& text) const {
    const std::filesystem::path file =
        testing::TempDir() + "systerm_scales_" +
        testing::UnitTest::GetInstance()->current_test_info()->name() + ".yaml";
    std::ofstream(file) << text;
    return file;
  }
  static std::shared_ptr<const QuantizedNetwork> quantized(const Experiment& experiment) {
    return ExperimentEvaluator(experiment).quantized(experiment.precision);
  }
};

TEST_F(StoredScales, GiveTheSameIntegersAgain) {
  for (const char* granularity : {"per_tensor", "per_channel"}) {
    const Experiment chosen = digits(
        kTermQuantizedDigits, 10,
        fmt::format("{{rule: mean_squared_error, weight_scales: {}, samples: 30}}", granularity));
    const auto first = quantized(chosen);
    const auto file = write(scales_document(*first));
    Experiment stored =
        digits(kTermQuantizedDigits, 10, fmt::format("{{file: {}}}", file.string()));
    // The batch plays no part.
    stored.workload.batch = 2;
    const auto again = quantized(stored);
    for (std::size_t i = 0; i < first->features.size(); ++i) {
      EXPECT_EQ(again->features[i].scale, first->features[i].scale);
    }
    for (std::size_t i = 0; i < first->layers.size(); ++i) {
      EXPECT_EQ(again->layers[i].weight_codes, first->layers[i].weight_codes);
      EXPECT_EQ(again->layers[i].sum_scale, first->layers[i].sum_scale);
    }
  }
}

TEST_F(StoredScales, OfAnotherPrecisionOrNetworkAreRefused) {
  const auto file = write(scales_document(*quantized(digits(kTermQuantizedDigits, 10))));
  const std::string calibration = fmt::format("{{file: {}}}", file.string());
  const auto refuse = [&](const std::string& precision) {
    const Experiment other = digits(precision, 10, calibration);
    EXPECT_THAT([&] { quantized(other); },
                ThrowsMessage<DocumentError>(HasSubstr("belongs_to: these scales are not those")));
  };
  refuse("{format: term_quantized, group_size: 8, group_budget: 13, data_terms: 3}");
  refuse("{format: uniform}");
}

TEST_F(StoredScales, ReportEveryErrorWithItsPlace) {
  std::string text = scales_document(*quantized(digits(kTermQuantizedDigits, 10)));
  text = std::regex_replace(text, std::regex("\"logits\": \\["), "\"logits\": [1.0, ");
  text = std::regex_replace(text, std::regex("\"image\": .*"), "\"image\": -1");
  text += "colour: red\n";
  const auto file = write(text);
  const Experiment broken =
      digits(kTermQuantizedDigits, 10, fmt::format("{{file: {}}}", file.string()));
  try {
    quantized(broken);
    FAIL();
  } catch (const DocumentError& error) {
    EXPECT_THAT(error.what(), HasSubstr(":5:12: features.image: expected"));
    EXPECT_THAT(error.what(), HasSubstr("expected one scale, or 10, one a filter; got 2"));
    EXPECT_THAT(error.what(), HasSubstr("colour: unknown key"));
  }
}

}  // namespace
}  // namespace systerm
