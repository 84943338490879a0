// SPDX-License-Identifier: Apache-2.0
// Import of ONNX models: weights in every storage, absent, damaged.
#include <cstring>
#include <functional>
#include <initializer_list>
#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/workloads/graph/onnx_import_fixture.h"
#include "workloads/graph/lowering.h"

namespace systerm {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A 1 x 1 convolution of two channels whose weight tensor is filled by `store`.
OnnxBuilder with_weights(const std::function<void(onnx::TensorProto&)>& store,
                         int type = onnx::TensorProto::FLOAT) {
  OnnxBuilder b;
  b.input("x", {1, 2, 1, 1});
  store(b.tensor("w", {1, 2, 1, 1}, type));
  b.node("Conv", {"x", "w"}, {"y"});
  b.output("y");
  return b;
}

template <typename T>
std::string raw(std::initializer_list<T> values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), values.begin(), bytes.size());
  return bytes;
}

TEST_F(OnnxImport, ReadsEveryStorageOfWeights) {
  const auto weights = [&](const OnnxBuilder& b) {
    return *lower(import(b)).layers[0].gemm()->weights;
  };
  using Proto = onnx::TensorProto;
  const auto is = ElementsAre(1.5F, -2.0F);
  EXPECT_THAT(weights(with_weights([](Proto& t) {
                t.set_raw_data(raw<float>({1.5F, -2.0F}));
              })),
              is);
  EXPECT_THAT(weights(with_weights([](Proto& t) {
                t.add_float_data(1.5F);
                t.add_float_data(-2.0F);
              })),
              is);
  EXPECT_THAT(weights(with_weights(
                  [](Proto& t) {
                    t.set_raw_data(raw<double>({1.5, -2.0}));
                  },
                  Proto::DOUBLE)),
              is);
  EXPECT_THAT(weights(with_weights(
                  [](Proto& t) {
                    t.add_double_data(1.5);
                    t.add_double_data(-2);
                  },
                  Proto::DOUBLE)),
              is);
  EXPECT_THAT(weights(with_weights(
                  [](Proto& t) {
                    t.set_raw_data(raw<std::uint16_t>({0x3E00, 0xC000}));
                  },
                  Proto::FLOAT16)),
              is);
  EXPECT_THAT(weights(with_weights(
                  [](Proto& t) {
                    t.set_raw_data(raw<std::uint16_t>({0x3FC0, 0xC000}));
                  },
                  Proto::BFLOAT16)),
              is);
  const auto whole = ElementsAre(3.0F, -2.0F);
  EXPECT_THAT(weights(with_weights(
                  [](Proto& t) {
                    t.set_raw_data(raw<std::int8_t>({3, -2}));
                  },
                  Proto::INT8)),
              whole);
  EXPECT_THAT(weights(with_weights(
                  [](Proto& t) {
                    t.set_raw_data(raw<std::int32_t>({3, -2}));
                  },
                  Proto::INT32)),
              whole);
  EXPECT_THAT(weights(with_weights(
                  [](Proto& t) {
                    t.set_raw_data(raw<std::int64_t>({3, -2}));
                  },
                  Proto::INT64)),
              whole);
}

TEST_F(OnnxImport, ReadsSubnormalHalves) {
  const OnnxBuilder b = with_weights(
      [](onnx::TensorProto& t) {
        t.set_raw_data(raw<std::uint16_t>({0x0001, 0x8000}));
      },
      onnx::TensorProto::FLOAT16);
  EXPECT_THAT(*lower(import(b)).layers[0].gemm()->weights, ElementsAre(0x1p-24F, 0.0F));
}

OnnxBuilder with_external(const std::string& location, const std::string& offset = "",
                          const std::string& length = "") {
  return with_weights([&](onnx::TensorProto& t) {
    t.set_data_location(onnx::TensorProto::EXTERNAL);
    const auto add = [&](const char* key, const std::string& value) {
      if (value.empty()) return;
      auto& entry = *t.add_external_data();
      entry.set_key(key);
      entry.set_value(value);
    };
    add("location", location);
    add("offset", offset);
    add("length", length);
  });
}

TEST_F(OnnxImport, NamesTheFilesThatHoldItsWeights) {
  folder_.write("data/weights.bin", raw<float>({9.0F, 1.5F, -2.0F, 9.0F}));
  const std::string bytes = with_external("data/weights.bin", "4", "8").bytes();
  EXPECT_THAT(external_files(folder_.write("model.onnx", bytes)),
              ElementsAre(std::filesystem::canonical(folder_.path() / "data/weights.bin")));
}

TEST_F(OnnxImport, ReadsExternalWeights) {
  folder_.write("data/weights.bin", raw<float>({9.0F, 1.5F, -2.0F, 9.0F}));
  const Network network = lower(import(with_external("data/weights.bin", "4", "8")));
  EXPECT_THAT(*network.layers[0].gemm()->weights, ElementsAre(1.5F, -2.0F));
}

TEST_F(OnnxImport, ExternalWeightsStayInsideTheFolder) {
  folder_.write("weights.bin", raw<float>({1.5F, -2.0F}));
  const TemporaryFolder elsewhere;
  elsewhere.write("weights.bin", raw<float>({1.5F, -2.0F}));
  std::filesystem::create_symlink(elsewhere.path() / "weights.bin", folder_.path() / "link.bin");
  const auto inside = HasSubstr("must lie inside the model's folder");
  EXPECT_THAT(error_of(with_external((elsewhere.path() / "weights.bin").string())), inside);
  EXPECT_THAT(
      error_of(with_external("../" + elsewhere.path().filename().string() + "/weights.bin")),
      inside);
  EXPECT_THAT(error_of(with_external("link.bin")), inside);
  EXPECT_THAT(error_of(with_external("")), inside);
  EXPECT_EQ(error_of(with_external("weights.bin")), "");
}

TEST_F(OnnxImport, ExternalWeightsMustBeComplete) {
  folder_.write("weights.bin", raw<float>({1.5F, -2.0F}));
  EXPECT_THAT(error_of(with_external("absent.bin")),
              AllOf(HasSubstr("'w'"), HasSubstr("absent.bin")));
  EXPECT_THAT(error_of(with_external("weights.bin", "4", "8")), HasSubstr("which has 8"));
  EXPECT_THAT(error_of(with_external("weights.bin", "18446744073709551615", "8")),
              HasSubstr("which has 8"));
  EXPECT_THAT(error_of(with_external("weights.bin", "4")), HasSubstr("4 bytes of data"));
  EXPECT_THAT(error_of(with_external("weights.bin", "-4")), HasSubstr("'-4'"));
  EXPECT_THAT(error_of(with_external(".")), HasSubstr("'w'"));
}

TEST_F(OnnxImport, WeightsMayBeAbsent) {
  const Network network = lower(import(with_weights([](onnx::TensorProto&) {})));
  EXPECT_FALSE(network.has_weights());
  EXPECT_EQ(network.macs(), 2);
}

TEST_F(OnnxImport, WeightsMayBeInputs) {
  OnnxBuilder b;
  b.input("x", {1, 2, 1, 1});
  b.input("w", {3, 2, 1, 1});
  b.input("b", {3});
  b.node("Conv", {"x", "w", "b"}, {"y"});
  b.output("y");
  const Network network = lower(import(b));
  EXPECT_EQ(network.inputs.size(), 1U);
  EXPECT_FALSE(network.has_weights());
  EXPECT_EQ(network.parameters(), 9);
}

TEST_F(OnnxImport, RefusesWeightsThatAreNotFinite) {
  EXPECT_THAT(error_of(with_weights([](onnx::TensorProto& t) {
                t.add_float_data(1);
                t.add_float_data(std::numeric_limits<float>::quiet_NaN());
              })),
              AllOf(HasSubstr("model.onnx"), HasSubstr("'w'"), HasSubstr("element 1 is nan")));
  EXPECT_THAT(error_of(with_weights([](onnx::TensorProto& t) {
                t.set_raw_data(raw<float>({-std::numeric_limits<float>::infinity(), 0}));
              })),
              HasSubstr("element 0 is -inf"));
}

TEST_F(OnnxImport, AbsentWeightsOfAbsurdSizeFillNoMemory) {
  OnnxBuilder b;
  b.input("x", {1, 2, 1, 1});
  b.tensor("w", {std::int64_t{1} << 31, 2, 1, 1});
  b.tensor("b", {std::int64_t{1} << 31});
  b.node("Conv", {"x", "w", "b"}, {"y"});
  b.output("y");
  EXPECT_THROW(lower(import(b)), GraphError);
}

TEST_F(OnnxImport, RefusesTensorsThatDoNotFitTheirShape) {
  EXPECT_THAT(error_of(with_weights([](onnx::TensorProto& t) { t.add_float_data(1); })),
              AllOf(HasSubstr("'w'"), HasSubstr("1 values"), HasSubstr("needs 2")));
  EXPECT_THAT(error_of(with_weights([](onnx::TensorProto& t) { t.set_raw_data("abc"); })),
              HasSubstr("3 bytes"));
  EXPECT_THAT(error_of(with_weights([](onnx::TensorProto& t) { t.set_dims(0, -4); })),
              HasSubstr("a dimension of -4"));
  EXPECT_THAT(error_of(with_weights([](onnx::TensorProto& t) {
                t.set_dims(0, 1 << 30);
                t.set_dims(1, 1 << 30);
              })),
              HasSubstr("more than 2^40 elements"));
  EXPECT_THAT(error_of(with_weights([](onnx::TensorProto& t) { t.set_data_type(99); })),
              HasSubstr("element type 99"));
}

}  // namespace
}  // namespace systerm
