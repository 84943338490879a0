// SPDX-License-Identifier: Apache-2.0
// One entry point for every kind of network.
#include "workloads/zoo/load_network.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/workloads/graph/shared_data.h"
#include "workloads/import/import_error.h"

namespace systerm {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string error_of(const std::string& source, std::int64_t batch = 0) {
  try {
    load_network(source, batch);
  } catch (const ImportError& error) {
    return error.what();
  }
  return "";
}

TEST(LoadNetwork, KnowsTheZoo) {
  EXPECT_EQ(load_network("lenet5").name, "lenet5");
  EXPECT_EQ(load_network("lenet5", 7).feature(FeatureId{0}).shape.images, 7);
}

TEST(LoadNetwork, ReadsModelFiles) {
  SYSTERM_REQUIRE_DATA("kws/kws_dscnn_int8_qlinear.onnx");
  const LoadedNetwork loaded = load_network_with_notes(file.string(), 2);
  EXPECT_EQ(loaded.network.macs(), 2 * 2'656'768);
  EXPECT_TRUE(loaded.notes.empty());
}

TEST(LoadNetwork, SaysWhatIsWrong) {
  EXPECT_THAT(error_of("resnet19"), AllOf(HasSubstr("'resnet19'"), HasSubstr("did you mean")));
  EXPECT_THAT(error_of("nowhere.onnx"),
              AllOf(HasSubstr("nowhere.onnx"), HasSubstr("no such file")));
  EXPECT_THAT(error_of("nowhere.csv"), HasSubstr("no such file"));
  EXPECT_THAT(error_of("folder/model.pb"), HasSubstr(".onnx or .csv"));
  EXPECT_THAT(error_of("/"), HasSubstr(".onnx or .csv"));
  EXPECT_THAT(error_of(""), HasSubstr("neither"));
  EXPECT_THAT(error_of("lenet5", -1), HasSubstr("batch"));
}

}  // namespace
}  // namespace systerm
