// SPDX-License-Identifier: Apache-2.0
// Every file in configs/ can be read and written back.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/design/effective_configuration.h"
#include "model/design/load_design.h"
#include "model/design/load_experiment.h"
#include "tests/model/design/test_vocabulary.h"

namespace systerm {
namespace {

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> files;
  const std::filesystem::path root = std::filesystem::path(SYSTERM_SOURCE_DIR) / "configs" / folder;
  for (const auto& file : std::filesystem::directory_iterator(root)) {
    files.push_back(file.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  return std::filesystem::path(info.param).stem().string();
}

class DesignFile : public testing::TestWithParam<std::string> {};

TEST_P(DesignFile, IsNamedAfterItsFileAndCanBeGivenByName) {
  const std::string name = std::filesystem::path(GetParam()).stem().string();
  const Design by_path = load_design(GetParam(), test_vocabulary());
  const Design by_name = load_design(name, test_vocabulary());
  EXPECT_EQ(by_path.name, name);
  EXPECT_EQ(effective_configuration(by_path), effective_configuration(by_name));
}

INSTANTIATE_TEST_SUITE_P(Configs, DesignFile, testing::ValuesIn(files_in("designs")), test_name);

class ExperimentFile : public testing::TestWithParam<std::string> {};

TEST_P(ExperimentFile, ReadsAndReadsBack) {
  const Vocabulary vocabulary = test_vocabulary();
  const Experiment experiment = load_experiment(GetParam(), vocabulary);
  EXPECT_EQ(experiment.name, std::filesystem::path(GetParam()).stem().string());
  // Published figures are gains.
  const bool is_published = GetParam().find("/published/") != std::string::npos;
  EXPECT_TRUE(experiment.baseline.has_value() || !is_published);
  const std::string text = effective_configuration(experiment, vocabulary);
  EXPECT_EQ(
      effective_configuration(parse_experiment(text, "effective.yaml", vocabulary), vocabulary),
      text);
}

INSTANTIATE_TEST_SUITE_P(Experiments, ExperimentFile, testing::ValuesIn(files_in("experiments")),
                         test_name);
INSTANTIATE_TEST_SUITE_P(Published, ExperimentFile, testing::ValuesIn(files_in("published")),
                         test_name);

TEST(Configurations, TheShippedDesignsDifferInTheirCellsOnly) {
  const Vocabulary vocabulary = test_vocabulary();
  const Design tq = load_design("tq_64x128", vocabulary);
  EXPECT_EQ(tq.array.cell, "tmac");
  for (const std::string cell : {"pmac", "bit_serial"}) {
    Design baseline = load_design(cell + "_64x128", vocabulary);
    EXPECT_EQ(baseline.array.cell, cell);
    baseline.array.cell = tq.array.cell;
    baseline.name = tq.name;
    baseline.description = tq.description;
    EXPECT_EQ(effective_configuration(baseline), effective_configuration(tq));
  }
}

// The defaults of the structs are those of the default design: neither may drift away.
TEST(Configurations, TheTermQuantizationDesignHasTheDefaultsOfTheStructs) {
  Design defaults;
  const Design tq = load_design("tq_64x128", test_vocabulary());
  defaults.name = tq.name;
  defaults.description = tq.description;
  defaults.technology = tq.technology;
  EXPECT_EQ(effective_configuration(tq), effective_configuration(defaults));
}

}  // namespace
}  // namespace systerm
