// SPDX-License-Identifier: Apache-2.0
#include "workloads/digits/digit_network.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <span>
#include <stdexcept>
#include <string>

#include <onnx/onnx_pb.h>

#include "workloads/data/synthetic.h"

namespace systerm {

namespace {

constexpr std::size_t kFirst = 8;
constexpr std::size_t kSecond = 16;
constexpr std::size_t kHalf = kDigitSide / 2;
constexpr std::size_t kQuarter = kDigitSide / 4;
constexpr std::size_t kFlat = kSecond * kQuarter * kQuarter;
constexpr std::size_t kClassCount = DigitNetwork::kClasses;

/// A piece of the parameter vector.
struct Part {
  std::size_t begin;
  std::size_t count;

  std::size_t end() const { return begin + count; }
  template <typename Vector>
  auto of(Vector& all) const {
    return std::span(all).subspan(begin, count);
  }
};
constexpr Part kWeights1{0, kFirst * 9};
constexpr Part kBias1{kWeights1.begin + kWeights1.count, kFirst};
constexpr Part kWeights2{kBias1.begin + kBias1.count, kSecond* kFirst * 9};
constexpr Part kBias2{kWeights2.begin + kWeights2.count, kSecond};
constexpr Part kWeights3{kBias2.begin + kBias2.count, kClassCount* kFlat};
constexpr Part kBias3{kWeights3.begin + kWeights3.count, kClassCount};
constexpr std::size_t kParameters = kBias3.begin + kBias3.count;

/// Calls visit(input position, output position, kernel position) for every product of a 3 x 3
/// convolution over a plane of `side` x `side` with padding 1.
template <typename Visit>
void visit_convolution(std::size_t side, Visit visit) {
  for (std::size_t y = 0; y < side; ++y) {
    for (std::size_t x = 0; x < side; ++x) {
      for (std::size_t ky = y == 0 ? 1 : 0; ky < 3 && y + ky - 1 < side; ++ky) {
        for (std::size_t kx = x == 0 ? 1 : 0; kx < 3 && x + kx - 1 < side; ++kx) {
          visit((y + ky - 1) * side + x + kx - 1, y * side + x, ky * 3 + kx);
        }
      }
    }
  }
}

struct Convolution {
  std::size_t inputs;
  std::size_t outputs;
  std::size_t side;
  Part weights;
  Part bias;
};
constexpr Convolution kConvolution1{1, kFirst, kDigitSide, kWeights1, kBias1};
constexpr Convolution kConvolution2{kFirst, kSecond, kHalf, kWeights2, kBias2};

/// With ReLU.
std::vector<float> convolved(const Convolution& layer, const std::vector<float>& parameters,
                             const std::vector<float>& input) {
  const std::size_t plane = layer.side * layer.side;
  std::vector<float> output(layer.outputs * plane);
  for (std::size_t o = 0; o < layer.outputs; ++o) {
    float* const to = &output[o * plane];
    std::fill_n(to, plane, parameters[layer.bias.begin + o]);
    for (std::size_t i = 0; i < layer.inputs; ++i) {
      const float* const kernel = &parameters[layer.weights.begin + (o * layer.inputs + i) * 9];
      const float* const from = &input[i * plane];
      visit_convolution(layer.side, [&](std::size_t in, std::size_t out, std::size_t k) {
        to[out] += from[in] * kernel[k];
      });
    }
  }
  for (float& value : output) value = std::max(value, 0.0F);
  return output;
}

/// Adds to the gradients of the layer's parameters; gives that of its input. `output` is what
/// convolved() gave: where it is zero the ReLU lets no gradient through.
std::vector<float> convolution_gradient(const Convolution& layer,
                                        const std::vector<float>& parameters,
                                        const std::vector<float>& input,
                                        const std::vector<float>& output,
                                        std::vector<float> output_gradient,
                                        std::vector<float>& gradient) {
  const std::size_t plane = layer.side * layer.side;
  std::vector<float> input_gradient(input.size(), 0.0F);
  for (std::size_t i = 0; i < output.size(); ++i) {
    if (output[i] <= 0.0F) output_gradient[i] = 0.0F;
  }
  for (std::size_t o = 0; o < layer.outputs; ++o) {
    const float* const from = &output_gradient[o * plane];
    for (std::size_t p = 0; p < plane; ++p) gradient[layer.bias.begin + o] += from[p];
    for (std::size_t i = 0; i < layer.inputs; ++i) {
      const std::size_t kernel = layer.weights.begin + (o * layer.inputs + i) * 9;
      visit_convolution(layer.side, [&](std::size_t in, std::size_t out, std::size_t k) {
        gradient[kernel + k] += from[out] * input[i * plane + in];
        input_gradient[i * plane + in] += from[out] * parameters[kernel + k];
      });
    }
  }
  return input_gradient;
}

/// Largest of 2 x 2; `taken` says which.
std::vector<float> pooled(const std::vector<float>& input, std::size_t side,
                          std::vector<std::size_t>& taken) {
  std::vector<float> output;
  taken.clear();
  for (std::size_t plane = 0; plane < input.size(); plane += side * side) {
    for (std::size_t y = 0; y < side; y += 2) {
      for (std::size_t x = 0; x < side; x += 2) {
        const std::size_t corner = plane + y * side + x;
        std::size_t best = corner;
        for (const std::size_t other : {corner + 1, corner + side, corner + side + 1}) {
          if (input[other] > input[best]) best = other;
        }
        taken.push_back(best);
        output.push_back(input[best]);
      }
    }
  }
  return output;
}

std::vector<float> pool_gradient(const std::vector<float>& gradient,
                                 const std::vector<std::size_t>& taken, std::size_t inputs) {
  std::vector<float> result(inputs, 0.0F);
  for (std::size_t i = 0; i < taken.size(); ++i) result[taken[i]] = gradient[i];
  return result;
}

void add_tensor(onnx::GraphProto& graph, const std::string& name,
                const std::vector<std::int64_t>& shape, std::span<const float> values) {
  onnx::TensorProto& tensor = *graph.add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  for (const std::int64_t extent : shape) tensor.add_dims(extent);
  tensor.set_raw_data(values.data(), values.size_bytes());
}

onnx::NodeProto& add_node(onnx::GraphProto& graph, const std::string& type, const std::string& name,
                          const std::vector<std::string>& inputs) {
  onnx::NodeProto& node = *graph.add_node();
  node.set_op_type(type);
  node.set_name(name);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(name);
  return node;
}

void set_integers(onnx::NodeProto& node, const std::string& name,
                  const std::vector<std::int64_t>& values) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INTS);
  for (const std::int64_t value : values) attribute.add_ints(value);
}

void declare(onnx::ValueInfoProto& value, const std::string& name,
             const std::vector<std::int64_t>& shape) {
  value.set_name(name);
  auto& type = *value.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::FLOAT);
  type.mutable_shape()->add_dim()->set_dim_param("N");
  for (const std::int64_t extent : shape) type.mutable_shape()->add_dim()->set_dim_value(extent);
}

}  // namespace

struct DigitNetwork::Activations {
  std::vector<float> input;
  std::vector<float> first;
  std::vector<float> first_pooled;
  std::vector<float> second;
  std::vector<float> second_pooled;
  std::vector<std::size_t> first_taken;
  std::vector<std::size_t> second_taken;
  std::array<float, kClasses> logits{};
};

DigitNetwork::DigitNetwork(std::uint64_t seed)
    : parameters_(kParameters, 0.0F), velocity_(kParameters, 0.0F) {
  const std::uint64_t key = random_key(seed, "parameters");
  const auto draw = [&](const Part& part, std::size_t fan_in) {
    const float reach = std::sqrt(6.0F / static_cast<float>(fan_in));
    for (std::size_t i = part.begin; i < part.end(); ++i) {
      const double unit = static_cast<double>(random_bits(key, i) >> 11) / 9007199254740992.0;
      parameters_[i] = reach * static_cast<float>(2.0 * unit - 1.0);
    }
  };
  draw(kWeights1, 9);
  draw(kWeights2, kFirst * 9);
  draw(kWeights3, kFlat);
}

void DigitNetwork::forward(const DigitImage& image, Activations& to) const {
  to.input.clear();
  for (const std::uint8_t grey : image) to.input.push_back(static_cast<float>(grey) / 255.0F);
  to.first = convolved(kConvolution1, parameters_, to.input);
  to.first_pooled = pooled(to.first, kDigitSide, to.first_taken);
  to.second = convolved(kConvolution2, parameters_, to.first_pooled);
  to.second_pooled = pooled(to.second, kHalf, to.second_taken);
  for (std::size_t c = 0; c < kClasses; ++c) {
    float sum = parameters_[kBias3.begin + c];
    for (std::size_t i = 0; i < kFlat; ++i) {
      sum += parameters_[kWeights3.begin + c * kFlat + i] * to.second_pooled[i];
    }
    to.logits[c] = sum;
  }
}

void DigitNetwork::backward(const Activations& from, std::size_t digit,
                            std::vector<float>& gradient) const {
  const float largest = *std::ranges::max_element(from.logits);
  std::array<float, kClasses> error{};
  float sum = 0.0F;
  for (std::size_t c = 0; c < kClasses; ++c) sum += error[c] = std::exp(from.logits[c] - largest);
  for (float& probability : error) probability /= sum;
  error[digit] -= 1.0F;
  std::vector<float> pooled_gradient(kFlat, 0.0F);
  for (std::size_t c = 0; c < kClasses; ++c) {
    gradient[kBias3.begin + c] += error[c];
    for (std::size_t i = 0; i < kFlat; ++i) {
      const std::size_t weight = kWeights3.begin + c * kFlat + i;
      gradient[weight] += error[c] * from.second_pooled[i];
      pooled_gradient[i] += error[c] * parameters_[weight];
    }
  }
  const std::vector<float> first_gradient = convolution_gradient(
      kConvolution2, parameters_, from.first_pooled, from.second,
      pool_gradient(pooled_gradient, from.second_taken, from.second.size()), gradient);
  convolution_gradient(kConvolution1, parameters_, from.input, from.first,
                       pool_gradient(first_gradient, from.first_taken, from.first.size()),
                       gradient);
}

std::array<float, DigitNetwork::kClasses> DigitNetwork::logits(const DigitImage& image) const {
  Activations activations;
  forward(image, activations);
  return activations.logits;
}

void DigitNetwork::train(const std::vector<DigitImage>& images,
                         const std::vector<std::size_t>& order, float learning_rate) {
  constexpr std::size_t kBatch = 16;
  constexpr float kMomentum = 0.9F;
  constexpr float kDecay = 1e-4F;
  Activations activations;
  for (std::size_t begin = 0; begin < order.size(); begin += kBatch) {
    const std::size_t end = std::min(begin + kBatch, order.size());
    std::vector<float> gradient(kParameters, 0.0F);
    for (std::size_t i = begin; i < end; ++i) {
      forward(images[order[i]], activations);
      backward(activations, order[i] % 10, gradient);
    }
    for (std::size_t i = 0; i < kParameters; ++i) {
      const float mean = gradient[i] / static_cast<float>(end - begin);
      velocity_[i] = kMomentum * velocity_[i] - learning_rate * (mean + kDecay * parameters_[i]);
      parameters_[i] += velocity_[i];
    }
  }
}

void DigitNetwork::write_onnx(const std::filesystem::path& file) const {
  constexpr std::int64_t kSide = kDigitSide;
  onnx::ModelProto model;
  model.set_ir_version(7);
  model.set_producer_name("systerm_digits");
  model.add_opset_import()->set_version(13);
  onnx::GraphProto& graph = *model.mutable_graph();
  graph.set_name("digits");
  declare(*graph.add_input(), "image", {1, kSide, kSide});
  add_tensor(graph, "weights1", {kFirst, 1, 3, 3}, kWeights1.of(parameters_));
  add_tensor(graph, "bias1", {kFirst}, kBias1.of(parameters_));
  add_tensor(graph, "weights2", {kSecond, kFirst, 3, 3}, kWeights2.of(parameters_));
  add_tensor(graph, "bias2", {kSecond}, kBias2.of(parameters_));
  add_tensor(graph, "weights3", {kClasses, kFlat}, kWeights3.of(parameters_));
  add_tensor(graph, "bias3", {kClasses}, kBias3.of(parameters_));
  std::string data = "image";
  for (const std::string number : {"1", "2"}) {
    set_integers(
        add_node(graph, "Conv", "conv" + number, {data, "weights" + number, "bias" + number}),
        "pads", {1, 1, 1, 1});
    add_node(graph, "Relu", "relu" + number, {"conv" + number});
    onnx::NodeProto& pool = add_node(graph, "MaxPool", "pool" + number, {"relu" + number});
    set_integers(pool, "kernel_shape", {2, 2});
    set_integers(pool, "strides", {2, 2});
    data = "pool" + number;
  }
  add_node(graph, "Flatten", "flat", {data});
  onnx::NodeProto& linear = add_node(graph, "Gemm", "logits", {"flat", "weights3", "bias3"});
  onnx::AttributeProto& transposed = *linear.add_attribute();
  transposed.set_name("transB");
  transposed.set_type(onnx::AttributeProto::INT);
  transposed.set_i(1);
  declare(*graph.add_output(), "logits", {kClasses});
  std::ofstream stream(file, std::ios::binary);
  if (!model.SerializeToOstream(&stream) || !stream.flush()) {
    throw std::runtime_error("cannot write " + file.string());
  }
}

}  // namespace systerm
