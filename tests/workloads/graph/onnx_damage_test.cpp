// SPDX-License-Identifier: Apache-2.0
// Damaged model files end in an ImportError, or import; they never crash, hang or allocate without
// bound.
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/workloads/graph/onnx_builder.h"
#include "tests/workloads/graph/shared_data.h"
#include "workloads/graph/lowering.h"
#include "workloads/import/onnx.h"

namespace systerm {
namespace {

using ::testing::HasSubstr;

std::string read(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

/// Whether the file was refused. Anything but the two documented exceptions fails the test.
bool is_refused(const TemporaryFolder& folder, const std::string& bytes) {
  const auto file = folder.write("damaged.onnx", bytes);
  try {
    const Graph graph = import_onnx(file);
    lower(graph);
  } catch (const ImportError& error) {
    EXPECT_THAT(error.what(), HasSubstr("damaged.onnx"));
    return true;
  } catch (const GraphError&) {
    return true;
  }
  return false;
}

TEST(DamagedModel, MissingFileFolderAndEmptyFile) {
  const TemporaryFolder folder;
  EXPECT_THROW(import_onnx(folder.path() / "absent.onnx"), ImportError);
  EXPECT_THROW(import_onnx(folder.path()), ImportError);
  EXPECT_TRUE(is_refused(folder, ""));
}

TEST(DamagedModel, RandomBytes) {
  const TemporaryFolder folder;
  std::mt19937 random(3);
  for (int i = 0; i < 300; ++i) {
    std::string bytes(random() % 400 + 1, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    EXPECT_TRUE(is_refused(folder, bytes));
  }
}

class DamagedFile : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Files, DamagedFile,
                         ::testing::Values("kws/kws_dscnn_bn_softmax.onnx",
                                           "kws/kws_dscnn_int8_qlinear.onnx",
                                           "resnet8/resnet8.onnx"),
                         [](const auto& test) {
                           return std::filesystem::path(test.param).stem().string();
                         });

TEST_P(DamagedFile, CutOffAnywhere) {
  SYSTERM_REQUIRE_DATA(GetParam());
  const std::string bytes = read(file);
  const TemporaryFolder folder;
  for (std::size_t length = 0; length < bytes.size(); length += bytes.size() / 150 + 1) {
    EXPECT_TRUE(is_refused(folder, bytes.substr(0, length))) << length;
  }
}

TEST_P(DamagedFile, RandomChanges) {
  SYSTERM_REQUIRE_DATA(GetParam());
  const std::string original = read(file);
  const TemporaryFolder folder;
  std::mt19937 random(11);
  int refused = 0;
  for (int i = 0; i < 400; ++i) {
    std::string bytes = original;
    // The nodes come first in the file; weights hide most changes behind them.
    const std::size_t reach = i % 2 == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 6000);
    const unsigned changes = random() % 4 + 1;
    for (unsigned k = 0; k < changes; ++k) {
      const std::size_t at = random() % reach;
      switch (random() % 3) {
        case 0:
          bytes[at] = static_cast<char>(random());
          break;
        case 1:
          bytes.erase(at, random() % 8 + 1);
          break;
        default:
          bytes.insert(at, random() % 8 + 1, static_cast<char>(random()));
      }
    }
    refused += is_refused(folder, bytes) ? 1 : 0;
  }
  EXPECT_GT(refused, 50);
}

// Fields that keep their wire form but hold other numbers and names get past the parser.
TEST_P(DamagedFile, WellFormedNonsense) {
  SYSTERM_REQUIRE_DATA(GetParam());
  onnx::ModelProto original;
  ASSERT_TRUE(original.ParseFromString(read(file)));
  const TemporaryFolder folder;
  std::mt19937_64 random(5);
  const std::int64_t numbers[] = {0,
                                  -1,
                                  1,
                                  2,
                                  3,
                                  7,
                                  1 << 20,
                                  std::int64_t{1} << 40,
                                  std::numeric_limits<std::int64_t>::min(),
                                  std::numeric_limits<std::int64_t>::max()};
  const auto number = [&] { return numbers[random() % std::size(numbers)]; };
  const char* types[] = {"Conv",
                         "Gemm",
                         "MatMul",
                         "Relu",
                         "Add",
                         "Mul",
                         "Div",
                         "Reshape",
                         "Flatten",
                         "Transpose",
                         "Pad",
                         "MaxPool",
                         "AveragePool",
                         "GlobalAveragePool",
                         "Concat",
                         "Softmax",
                         "Squeeze",
                         "Unsqueeze",
                         "ReduceMean",
                         "Clip",
                         "Shape",
                         "Gather",
                         "Slice",
                         "BatchNormalization",
                         "QLinearConv",
                         "DequantizeLinear",
                         "QuantizeLinear",
                         "MatMulInteger",
                         "Cast",
                         "Sum",
                         "PRelu",
                         "ConstantOfShape",
                         "DynamicQuantizeLinear",
                         "QLinearMatMul",
                         "ConvInteger",
                         "ConvTranspose",
                         "Identity"};
  int refused = 0;
  for (int i = 0; i < 600; ++i) {
    onnx::ModelProto model = original;
    auto& graph = *model.mutable_graph();
    const unsigned changes = static_cast<unsigned>(random() % 3 + 1);
    for (unsigned k = 0; k < changes; ++k) {
      auto& node = *graph.mutable_node(static_cast<int>(random() % graph.node_size()));
      auto& tensor =
          *graph.mutable_initializer(static_cast<int>(random() % graph.initializer_size()));
      switch (random() % 8) {
        case 0:
          node.set_op_type(types[random() % std::size(types)]);
          break;
        case 1:
          if (node.input_size() > 0) {
            const auto& other = graph.node(static_cast<int>(random() % graph.node_size()));
            node.set_input(static_cast<int>(random() % node.input_size()),
                           random() % 2 == 0 ? other.output(0) : tensor.name());
          }
          break;
        case 2:
          if (node.attribute_size() > 0) {
            auto& attribute =
                *node.mutable_attribute(static_cast<int>(random() % node.attribute_size()));
            attribute.set_i(number());
            if (attribute.ints_size() > 0) {
              attribute.set_ints(static_cast<int>(random() % attribute.ints_size()), number());
            }
          }
          break;
        case 3:
          if (tensor.dims_size() > 0) {
            tensor.set_dims(static_cast<int>(random() % tensor.dims_size()), number());
          }
          if (random() % 2 == 0) tensor.clear_raw_data();
          break;
        case 4:
          tensor.set_data_type(static_cast<int>(random() % 18));
          break;
        case 5:
          node.clear_input();
          break;
        case 6:
          graph.mutable_input(0)
              ->mutable_type()
              ->mutable_tensor_type()
              ->mutable_shape()
              ->mutable_dim(static_cast<int>(random() % 4))
              ->set_dim_value(number());
          break;
        default:
          node.set_output(0, graph.node(static_cast<int>(random() % graph.node_size())).output(0));
      }
    }
    refused += is_refused(folder, model.SerializeAsString()) ? 1 : 0;
  }
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace systerm
