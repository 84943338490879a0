// SPDX-License-Identifier: Apache-2.0
// Quantized ONNX models against plain loops over the file's own integers: every stored code is the
// nearest one to (sum of (data - zero) * (weight - zero) + bias) * scales, saturated as its type.
#include <cmath>
#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/workloads/graph/onnx_import_fixture.h"
#include "workloads/execution/integer_executor.h"
#include "workloads/execution/integer_reference.h"
#include "workloads/graph/lowering.h"
#include "workloads/quantization/quantize.h"

namespace systerm {
namespace {

using Type = onnx::TensorProto;

/// Scale, zero point and type of a tensor, and its codes as the file or an executor has them.
struct Coded {
  double scale = 1.0;
  int zero = 0;
  int type = Type::UINT8;
  Shape shape;
  std::vector<int> codes{};

  int lowest() const { return type == Type::INT8 ? -128 : 0; }
  double real(std::size_t i) const { return scale * (codes[i] - zero); }
};

struct Weights {
  Shape shape;  ///< [f][c / groups][kernel][kernel]
  std::vector<int> codes;
  std::vector<double> scales;  ///< one a filter
  std::vector<int> zeros;
  std::vector<int> bias;

  double scale(std::size_t f) const { return scales[scales.size() == 1 ? 0 : f]; }
  int zero(std::size_t f) const { return zeros[zeros.size() == 1 ? 0 : f]; }
};

class QuantizedModel : public OnnxImport {
 protected:
  void SetUp() override {
    const auto seed = std::random_device{}();
    RecordProperty("seed", static_cast<int>(seed & 0x7fffffffU));
    SCOPED_TRACE(seed);
    random_.seed(seed);
    seed_ = seed;
  }

  int number(int low, int high) { return std::uniform_int_distribution(low, high)(random_); }
  double scale() {
    // Single precision, as the file stores it.
    return static_cast<double>(static_cast<float>(std::exp2(number(-900, -300) / 100.0)));
  }
  Coded coded(Shape shape, int type) {
    Coded tensor{scale(), 0, type, std::move(shape)};
    tensor.zero = tensor.lowest() + number(0, 255);
    return tensor;
  }
  Weights weights(Shape shape, int type, bool per_channel) {
    Weights w{std::move(shape), {}, {}, {}, {}};
    const auto filters = static_cast<std::size_t>(w.shape[0]);
    const std::size_t parts = per_channel ? filters : 1;
    for (std::size_t f = 0; f < parts; ++f) {
      w.scales.push_back(scale());
      w.zeros.push_back(type == Type::UINT8 ? 128 + number(-3, 3) : 0);
    }
    const std::size_t each = static_cast<std::size_t>(element_count(w.shape)) / filters;
    for (std::size_t f = 0; f < filters; ++f) {
      for (std::size_t i = 0; i < each; ++i) w.codes.push_back(w.zero(f) + number(-124, 124));
      w.bias.push_back(number(-20000, 20000));
    }
    return w;
  }

  static void declare(OnnxBuilder& b, const std::string& name, const Coded& tensor) {
    b.floats(name + "_scale", {}, {static_cast<float>(tensor.scale)});
    b.codes(name + "_zero", {}, tensor.type, {tensor.zero});
  }
  static void declare(OnnxBuilder& b, const std::string& name, const Weights& w, int type) {
    b.codes(name, w.shape, type, w.codes);
    std::vector<float> scales(w.scales.begin(), w.scales.end());
    const Shape parts =
        scales.size() == 1 ? Shape{} : Shape{static_cast<std::int64_t>(scales.size())};
    b.floats(name + "_scale", parts, scales);
    b.codes(name + "_zero", parts, type, w.zeros);
    b.codes(name + "_bias", {static_cast<std::int64_t>(w.bias.size())}, Type::INT32, w.bias);
  }

  /// Runs the model on random input codes in both executors; the network stays for questions.
  void run(const OnnxBuilder& b, Coded& input, const std::string& format = "uniform") {
    network_ = std::make_shared<const Network>(lower(import(b)));
    ASSERT_THAT(network_->unmodelled, testing::IsEmpty());
    FormatParameters parameters{.data_range = DataRange::kUnsigned};
    if (format == "term_quantized") {
      parameters.group_budget = 127;  // keeps every term
      parameters.data_terms = 9;
    }
    const std::vector<Precision> precisions(network_->layers.size(), Precision{format, parameters});
    const std::vector<MagnitudeHistogram> magnitudes(network_->features.size(),
                                                     MagnitudeHistogram(false));
    const auto quantized = std::make_shared<const QuantizedNetwork>(
        quantize_network(network_, precisions, magnitudes, ScaleRule::kMaximum));
    Tensor real{input.shape, {}};
    for (std::int64_t i = 0; i < element_count(input.shape); ++i) {
      input.codes.push_back(input.lowest() + number(0, 255));
      real.values.push_back(static_cast<float>(input.real(static_cast<std::size_t>(i))));
    }
    const FeatureCodes codes = quantize_feature(*quantized, network_->inputs.front(), real);
    features_ = IntegerReference(quantized).run(std::vector{codes});
    IntegerExecutor::Scratch scratch;
    IntegerExecutor(quantized).run({codes}, scratch, [&](FeatureId id, const FeatureCodes& fast) {
      EXPECT_EQ(fast.codes, features_[index(id)].codes) << network_->feature(id).name;
    });
  }

  /// What the layer made, as the file would store it, in N, C, H, W.
  Coded output_of(const std::string& layer, Coded tensor) const {
    const auto at = std::ranges::find(network_->layers, layer, &Layer::name);
    EXPECT_NE(at, network_->layers.end()) << layer;
    if (at == network_->layers.end()) return tensor;
    const FeatureCodes& feature = features_[index(at->output)];
    const FeatureShape& s = feature.shape;
    tensor.shape = {s.images, s.channels, s.height, s.width};
    for (std::int64_t c = 0; c < s.channels; ++c) {
      for (std::int64_t p = 0; p < s.height * s.width; ++p) {
        tensor.codes.push_back(tensor.zero +
                               feature.codes[static_cast<std::size_t>(p * s.channels + c)]);
      }
    }
    return tensor;
  }

  /// Near a tie either neighbour is right: single precision decides.
  void expect_nearest(const Coded& tensor, std::size_t i, double real) const {
    const double exact = real / tensor.scale + tensor.zero;
    const double saturated = std::clamp(exact, static_cast<double>(tensor.lowest()),
                                        static_cast<double>(tensor.lowest() + 255));
    EXPECT_NEAR(tensor.codes[i], saturated, 0.5 + 1e-3) << "element " << i << ", seed " << seed_;
  }

  struct Padding {
    int top = 0, left = 0, bottom = 0, right = 0;
  };
  void expect_convolution(const Coded& input, const Weights& w, const Coded& output, int stride,
                          const Padding& padding, int groups, bool relu = false) const {
    const auto [filters, per_group, kernel] = std::tuple(w.shape[0], w.shape[1], w.shape[2]);
    std::size_t i = 0;
    for (std::int64_t f = 0; f < filters; ++f) {
      for (std::int64_t y = 0; y < output.shape[2]; ++y) {
        for (std::int64_t x = 0; x < output.shape[3]; ++x, ++i) {
          std::int64_t sum = w.bias[static_cast<std::size_t>(f)];
          for (std::int64_t c = 0; c < per_group; ++c) {
            for (std::int64_t ky = 0; ky < kernel; ++ky) {
              for (std::int64_t kx = 0; kx < w.shape[3]; ++kx) {
                const std::int64_t row = y * stride + ky - padding.top;
                const std::int64_t column = x * stride + kx - padding.left;
                if (row < 0 || row >= input.shape[2] || column < 0 || column >= input.shape[3]) {
                  continue;
                }
                const std::int64_t channel = f / (filters / groups) * per_group + c;
                const auto from = static_cast<std::size_t>(
                    (channel * input.shape[2] + row) * input.shape[3] + column);
                const auto at =
                    static_cast<std::size_t>(((f * per_group + c) * kernel + ky) * w.shape[3] + kx);
                sum += std::int64_t{input.codes[from] - input.zero} *
                       (w.codes[at] - w.zero(static_cast<std::size_t>(f)));
              }
            }
          }
          double real =
              static_cast<double>(sum) * input.scale * w.scale(static_cast<std::size_t>(f));
          if (relu) real = std::max(real, 0.0);
          expect_nearest(output, i, real);
        }
      }
    }
  }

  std::mt19937 random_;
  unsigned seed_ = 0;
  std::shared_ptr<const Network> network_;
  std::vector<FeatureCodes> features_;
};

std::vector<std::string> qlinear_inputs(const std::string& x, const std::string& w,
                                        const std::string& y) {
  return {x,           x + "_scale", x + "_zero", w,          w + "_scale",
          w + "_zero", y + "_scale", y + "_zero", w + "_bias"};
}

// Any zero point, padding, strides, groups; weights of both types.
TEST_F(QuantizedModel, QLinearConvolutionsAreExactWithZeroPointsAndPadding) {
  for (const int type : {Type::UINT8, Type::INT8}) {
    for (const bool per_channel : {false, true}) {
      OnnxBuilder b;
      Coded x = coded({1, 3, 7, 6}, type);
      Coded h = coded({}, type);
      const Coded y = coded({}, type == Type::INT8 ? Type::UINT8 : Type::INT8);
      const Weights first = weights({4, 3, 3, 2}, Type::INT8, per_channel);
      const Weights second = weights({4, 1, 3, 3}, Type::UINT8, per_channel);
      // Sums spread over some more than the codes of their results.
      h.scale = x.scale * first.scale(0) * 3000;
      b.input("x", x.shape);
      declare(b, "x", x);
      declare(b, "h", h);
      declare(b, "y", y);
      declare(b, "first", first, Type::INT8);
      declare(b, "second", second, Type::UINT8);
      auto& one = b.node("QLinearConv", qlinear_inputs("x", "first", "h"), {"h"});
      OnnxBuilder::set(one, "pads", std::vector<std::int64_t>{1, 0, 2, 1});
      OnnxBuilder::set(one, "strides", std::vector<std::int64_t>{2, 2});
      auto& two = b.node("QLinearConv", qlinear_inputs("h", "second", "y"), {"y"});
      OnnxBuilder::set(two, "group", std::int64_t{4});
      OnnxBuilder::set(two, "pads", std::vector<std::int64_t>{1, 1, 1, 1});
      b.output("y");
      run(b, x);
      const Coded hidden = output_of("h", h);
      expect_convolution(x, first, hidden, 2, {1, 0, 2, 1}, 1);
      expect_convolution(hidden, second, output_of("y", y), 1, {1, 1, 1, 1}, 4);
    }
  }
}

/// A convolution between DequantizeLinear and QuantizeLinear, as ONNX Runtime writes one.
void qdq_convolution(OnnxBuilder& b, const std::string& x, const std::string& w,
                     const std::string& y, bool relu) {
  b.node("DequantizeLinear", {x, x + "_scale", x + "_zero"}, {y + "_data"});
  OnnxBuilder::set(b.node("DequantizeLinear", {w, w + "_scale", w + "_zero"}, {w + "_real"}),
                   "axis", std::int64_t{0});
  OnnxBuilder::set(b.node("DequantizeLinear", {w + "_bias", w + "_bias_scale"}, {w + "_bias_real"}),
                   "axis", std::int64_t{0});
  auto& node = b.node("Conv", {y + "_data", w + "_real", w + "_bias_real"}, {y + "_sum"});
  OnnxBuilder::set(node, "pads", std::vector<std::int64_t>{1, 1, 1, 1});
  if (relu) b.node("Relu", {y + "_sum"}, {y + "_relu"});
  b.node("QuantizeLinear", {relu ? y + "_relu" : y + "_sum", y + "_scale", y + "_zero"}, {y});
}

TEST_F(QuantizedModel, QdqFormKeepsEveryCodeBetweenItsOperators) {
  OnnxBuilder b;
  Coded x = coded({1, 2, 5, 5}, Type::UINT8);
  Coded h = coded({}, Type::INT8);
  Coded g = coded({}, Type::UINT8);
  const Coded s = coded({}, Type::UINT8);
  const Weights first = weights({3, 2, 3, 3}, Type::INT8, true);
  const Weights second = weights({3, 3, 3, 3}, Type::INT8, false);
  h.scale = static_cast<double>(static_cast<float>(x.scale * first.scale(0) * 3000));
  g.scale = static_cast<double>(static_cast<float>(h.scale * second.scale(0) * 3000));
  b.input("image", x.shape);
  for (const auto& [name, tensor] :
       std::vector<std::pair<std::string, Coded>>{{"x", x}, {"h", h}, {"g", g}, {"s", s}}) {
    declare(b, name, tensor);
  }
  declare(b, "first", first, Type::INT8);
  declare(b, "second", second, Type::INT8);
  const auto bias_scale = [&](const char* name, const Coded& data, const Weights& w) {
    std::vector<float> scales;
    for (const double scale : w.scales) scales.push_back(static_cast<float>(scale * data.scale));
    const Shape shape = scales.size() == 1 ? Shape{} : Shape{std::ssize(scales)};
    b.floats(name, shape, scales);
  };
  bias_scale("first_bias_scale", x, first);
  bias_scale("second_bias_scale", h, second);
  b.node("QuantizeLinear", {"image", "x_scale", "x_zero"}, {"x"});
  qdq_convolution(b, "x", "first", "h", true);
  qdq_convolution(b, "h", "second", "g", false);
  // A residual sum of two stored tensors, and a pooling of it.
  b.node("DequantizeLinear", {"h", "h_scale", "h_zero"}, {"left"});
  b.node("DequantizeLinear", {"g", "g_scale", "g_zero"}, {"right"});
  b.node("Add", {"left", "right"}, {"total"});
  b.node("QuantizeLinear", {"total", "s_scale", "s_zero"}, {"s"});
  b.node("DequantizeLinear", {"s", "s_scale", "s_zero"}, {"y"});
  b.output("y");
  run(b, x);
  const Coded hidden = output_of("h_sum", h);
  const Coded other = output_of("g_sum", g);
  expect_convolution(x, first, hidden, 1, {1, 1, 1, 1}, 1, true);
  expect_convolution(hidden, second, other, 1, {1, 1, 1, 1}, 1);
  const Coded sum = output_of("total", s);
  for (std::size_t i = 0; i < sum.codes.size(); ++i) {
    expect_nearest(sum, i, hidden.real(i) + other.real(i));
  }
  EXPECT_EQ(stored_in_model(*network_).activations, 4);
  EXPECT_EQ(stored_in_model(*network_).weights, 2);
}

TEST_F(QuantizedModel, TermsOfAllCodesGiveTheSameSums) {
  OnnxBuilder b;
  Coded x = coded({1, 8}, Type::UINT8);
  const Coded y = coded({}, Type::UINT8);
  Weights w = weights({8, 5, 1, 1}, Type::INT8, false);  // [k][f] here
  w.bias.assign(5, 0);
  w.shape = {8, 5};
  b.input("x", x.shape);
  declare(b, "x", x);
  declare(b, "y", y);
  declare(b, "w", w, Type::INT8);
  b.node("QLinearMatMul", {"x", "x_scale", "x_zero", "w", "w_scale", "w_zero", "y_scale", "y_zero"},
         {"y"});
  b.output("y");
  run(b, x, "term_quantized");
  const Coded output = output_of("y", y);
  for (std::size_t f = 0; f < 5; ++f) {
    std::int64_t sum = 0;
    for (std::size_t k = 0; k < 8; ++k) sum += (x.codes[k] - x.zero) * w.codes[k * 5 + f];
    expect_nearest(output, f, static_cast<double>(sum) * x.scale * w.scales[0]);
  }
}

TEST_F(QuantizedModel, SaysWhichCodesAFormatCannotHold) {
  OnnxBuilder b;
  b.input("x", {1, 2});
  b.floats("s", {}, {0.5F});
  b.codes("z", {}, Type::UINT8, {17});
  b.codes("w", {2, 1}, Type::INT8, {-128, 3});
  b.codes("wz", {}, Type::INT8, {0});
  b.node("QLinearMatMul", {"x", "s", "z", "w", "s", "wz", "s", "z"}, {"y"});
  b.output("y");
  const auto network = std::make_shared<const Network>(lower(import(b)));
  const auto error = [&](const FormatParameters& parameters) -> std::string {
    const std::vector<Precision> precisions(network->layers.size(),
                                            Precision{"uniform", parameters});
    const std::vector<MagnitudeHistogram> magnitudes(network->features.size(),
                                                     MagnitudeHistogram(false));
    try {
      quantize_network(network, precisions, magnitudes, ScaleRule::kMaximum);
    } catch (const std::invalid_argument& problem) {
      return problem.what();
    }
    return "";
  };
  EXPECT_THAT(error({}),
              testing::AllOf(testing::HasSubstr("layer 'y'"), testing::HasSubstr("from -17 to 238"),
                             testing::HasSubstr("data_range: unsigned")));
  EXPECT_THAT(error({.data_range = DataRange::kUnsigned}),
              testing::AllOf(testing::HasSubstr("-128"), testing::HasSubstr("up to 127")));
}

}  // namespace
}  // namespace systerm
