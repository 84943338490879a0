// SPDX-License-Identifier: Apache-2.0
// Gradients of every operator against finite differences of the loss. The parameters in front of
// and behind the operator carry the check: those in front see its backward-data pass.
#include <cmath>
#include <functional>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "tests/workloads/training/engine_support.h"
#include "workloads/training/initial_weights.h"

namespace systerm {
namespace {

using test::make_engine;
using test::square_window;

constexpr std::int64_t kImages = 3;
constexpr std::int64_t kClasses = 4;
constexpr double kSmallStep = 4e-4;

/// image -> convolution to 4 channels -> what is tested -> flatten -> linear to logits
Graph around(const std::function<TensorId(GraphBuilder&, TensorId)>& tested, std::uint32_t seed) {
  GraphBuilder builder(seed);
  const TensorId data = builder.input("data", {kImages, 2, 6, 6});
  const TensorId first = builder.convolution("first", data, 4, square_window(3, 1, 1));
  TensorId result = tested(builder, first);
  if (builder.graph.tensor(result).shape->size() == 4) {
    result = builder.node("flat", op::Flatten{}, {result});
  }
  const std::int64_t features = builder.graph.tensor(result).shape->back();
  builder.graph.add_output(
      builder.node("logits", op::Linear{},
                   {result, builder.constant("logits.weight", {kClasses, features}, -0.3F, 0.3F),
                    builder.constant("logits.bias", {kClasses})}));
  return std::move(builder.graph);
}

/// The loss with one value of one constant changed.
double loss_with(const Graph& graph, const std::vector<float>& samples,
                 const std::vector<std::int64_t>& labels, std::size_t tensor, std::size_t element,
                 double change) {
  std::vector<std::shared_ptr<const std::vector<float>>> values(graph.tensors().size());
  std::vector<float> changed = *graph.tensors()[tensor].values;
  changed[element] += static_cast<float>(change);
  values[tensor] = std::make_shared<const std::vector<float>>(changed);
  return make_engine(with_values(graph, values))->train(samples, labels, 0.0).loss;
}

/// `step` is small for functions with kinks, which few sums may cross.
void check(const std::function<TensorId(GraphBuilder&, TensorId)>& tested, double step = 4e-3) {
  constexpr std::uint32_t kSeed = 7;
  const Graph graph = around(tested, kSeed);
  std::mt19937 random(kSeed);
  std::uniform_real_distribution<float> uniform(-1.0F, 1.0F);
  std::vector<float> samples(kImages * 2 * 36);
  for (float& sample : samples) sample = uniform(random);
  const std::vector<std::int64_t> labels{1, 3, 0};
  const auto engine = make_engine(graph);
  engine->train(samples, labels, 0.0);
  for (const TrainingTensorId id : engine->training_graph().parameters) {
    const std::string& name = engine->training_graph().tensor(id).name;
    const std::vector<float> gradient = engine->gradient(name);
    const std::size_t tensor = index(*graph.find(name));
    double largest = 0.0;
    for (const float value : gradient) largest = std::max(largest, std::abs(double{value}));
    for (std::size_t i = 0; i < gradient.size(); i += 1 + gradient.size() / 7) {
      const double difference = (loss_with(graph, samples, labels, tensor, i, step) -
                                 loss_with(graph, samples, labels, tensor, i, -step)) /
                                (2.0 * step);
      EXPECT_NEAR(gradient[i], difference, 1e-3 + 0.01 * largest) << name << "[" << i << "]";
    }
  }
}

TensorId activate(GraphBuilder& builder, TensorId data, const Activation& activation) {
  return builder.node("tested", op::Activate{activation}, {data});
}

TEST(GradientCheck, Convolution) {
  check([](GraphBuilder& builder, TensorId data) {
    return builder.convolution("tested", data, 5, square_window(3, 1, 1));
  });
}

TEST(GradientCheck, ConvolutionWithStrideDilationAndUnevenPadding) {
  check([](GraphBuilder& builder, TensorId data) {
    Window window = square_window(2, 2, 0);
    window.dilation_height = 2;
    window.pad_top = window.pad_right = 1;
    return builder.convolution("tested", data, 3, window, 1, false);
  });
}

TEST(GradientCheck, Linear) {
  check([](GraphBuilder& builder, TensorId data) {
    const TensorId flat = builder.node("before", op::Flatten{}, {data});
    return builder.node("tested", op::Linear{},
                        {flat, builder.constant("tested.weight", {7, 144}, -0.2F, 0.2F),
                         builder.constant("tested.bias", {7})});
  });
}

TEST(GradientCheck, LinearWithFiltersLast) {
  check([](GraphBuilder& builder, TensorId data) {
    const TensorId flat = builder.node("before", op::Flatten{}, {data});
    return builder.node("tested", op::Linear{.filters_first = false},
                        {flat, builder.constant("tested.weight", {144, 7}, -0.2F, 0.2F)});
  });
}

TEST(GradientCheck, Relu) {
  check(
      [](GraphBuilder& builder, TensorId data) {
        return activate(builder, data, {.function = ActivationFunction::kRelu});
      },
      kSmallStep);
}

TEST(GradientCheck, LeakyRelu) {
  check(
      [](GraphBuilder& builder, TensorId data) {
        return activate(builder, data, {.function = ActivationFunction::kLeakyRelu, .alpha = 0.2F});
      },
      kSmallStep);
}

TEST(GradientCheck, Clip) {
  check(
      [](GraphBuilder& builder, TensorId data) {
        return activate(builder, data,
                        {.function = ActivationFunction::kClip, .alpha = -0.5F, .beta = 0.8F});
      },
      kSmallStep);
}

TEST(GradientCheck, SigmoidAndTanh) {
  check([](GraphBuilder& builder, TensorId data) {
    const TensorId inner = activate(builder, data, {.function = ActivationFunction::kSigmoid});
    return builder.node("outer", op::Activate{{.function = ActivationFunction::kTanh}}, {inner});
  });
}

TEST(GradientCheck, MaxPooling) {
  check([](GraphBuilder& builder, TensorId data) {
    return builder.node(
        "tested", op::Pooling{.kind = Pool::Kind::kMax, .window = square_window(3, 2, 1)}, {data});
  });
}

TEST(GradientCheck, AveragePoolingWithAndWithoutPadding) {
  for (const bool count_padding : {false, true}) {
    check([&](GraphBuilder& builder, TensorId data) {
      return builder.node("tested",
                          op::Pooling{.kind = Pool::Kind::kAverage,
                                      .window = square_window(3, 2, 1),
                                      .count_padding = count_padding},
                          {data});
    });
  }
}

TEST(GradientCheck, GlobalPooling) {
  for (const Pool::Kind kind : {Pool::Kind::kAverage, Pool::Kind::kMax}) {
    check([&](GraphBuilder& builder, TensorId data) {
      return builder.node("tested", op::GlobalPooling{kind}, {data});
    });
  }
}

TEST(GradientCheck, BatchNorm) {
  check([](GraphBuilder& builder, TensorId data) {
    return builder.node(
        "tested", op::BatchNorm{},
        {data, builder.constant("scale", {4}, 0.5F, 1.5F), builder.constant("shift", {4}),
         builder.constant("mean", {4}), builder.constant("variance", {4}, 0.5F, 1.5F)});
  });
}

TEST(GradientCheck, AResidualBlock) {
  check([](GraphBuilder& builder, TensorId data) {
    const TensorId inner = builder.convolution("inner", data, 4, square_window(3, 1, 1));
    return builder.node("tested", op::Binary{op::Binary::Kind::kAdd}, {inner, data});
  });
}

}  // namespace
}  // namespace systerm
