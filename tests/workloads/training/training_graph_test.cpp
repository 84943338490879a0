// SPDX-License-Identifier: Apache-2.0
#include "workloads/training/training_graph.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "tests/workloads/graph/graph_builder.h"
#include "workloads/zoo/network_zoo.h"

namespace systerm {
namespace {

/// data [4, 6] -> fc1 (5) -> relu -> fc2 (3)
Graph two_layers() {
  GraphBuilder builder;
  const TensorId data = builder.input("data", {4, 6});
  const TensorId first = builder.node(
      "fc1", op::Linear{}, {data, builder.constant("w1", {5, 6}), builder.constant("b1", {5})});
  const TensorId relu =
      builder.node("relu", op::Activate{{.function = ActivationFunction::kRelu}}, {first});
  builder.graph.add_output(builder.node(
      "fc2", op::Linear{}, {relu, builder.constant("w2", {3, 5}), builder.constant("b2", {3})}));
  return std::move(builder.graph);
}

const TrainingTensor& named(const TrainingGraph& graph, const std::string& name) {
  const auto found = std::ranges::find(graph.tensors, name, &TrainingTensor::name);
  EXPECT_NE(found, graph.tensors.end()) << name;
  return *found;
}

TEST(TrainingGraph, TwoLayersReadAsWrittenByHand) {
  const TrainingGraph graph = make_training_graph(two_layers());
  const std::string text = to_string(graph);
  EXPECT_TRUE(text.starts_with(
      "step 0 forward fc1 4x6x5: data, w1, b1 -> fc1\n"
      "step 1 forward relu: fc1 -> relu\n"
      "step 2 forward fc2 4x5x3: relu, w2, b2 -> fc2\n"
      "step 3 loss loss: fc2, labels -> loss, gradient(fc2)\n"
      "step 4 backward_data fc2 4x3x5: gradient(fc2), w2 -> gradient(relu)\n"
      "step 5 weight_gradient fc2 5x4x3: gradient(fc2), relu -> gradient(w2), gradient(b2)\n"
      "step 6 backward_data relu: gradient(relu), relu -> gradient(fc1)\n"
      "step 7 weight_gradient fc1 6x4x5: gradient(fc1), data -> gradient(w1), gradient(b1)\n"
      "step 8 update w1: gradient(w1) -> w1 (added), w1/state0 (added)\n"))
      << text;
  EXPECT_NE(text.find("tensor relu activation [4, 5]: steps 1 to 6\n"), std::string::npos) << text;
  EXPECT_NE(text.find("tensor w1 parameter [5, 6]: always\n"), std::string::npos) << text;
}

TEST(TrainingGraph, AnActivationLivesUntilItsLastBackwardStep) {
  const TrainingGraph graph = make_training_graph(two_layers());
  EXPECT_EQ(named(graph, "data").first_write, -1);
  EXPECT_EQ(named(graph, "data").last_read, 7);
  // The sum before a ReLU dies at once: the derivative follows from the result.
  EXPECT_EQ(named(graph, "fc1").last_read, 1);
  EXPECT_EQ(named(graph, "gradient(relu)").first_write, 4);
  EXPECT_EQ(named(graph, "gradient(relu)").last_read, 6);
  EXPECT_EQ(named(graph, "gradient(w2)").last_read, 10);
}

TEST(TrainingGraph, UpdatesAtOnceShortenTheLivesOfWeightGradients) {
  const TrainingGraph graph =
      make_training_graph(two_layers(), {.updates = UpdatePlacement::kAtOnce});
  const TrainingTensor& gradient = named(graph, "gradient(w2)");
  EXPECT_EQ(graph.steps[5].kind, StepKind::kWeightGradient);
  EXPECT_EQ(graph.steps[6].kind, StepKind::kUpdate);
  EXPECT_LE(gradient.last_read, 7);
}

TEST(TrainingGraph, GradientsOfATensorWithTwoReadersAreAdded) {
  GraphBuilder builder;
  const TensorId data = builder.input("data", {2, 4});
  const TensorId first = builder.node("fc1", op::Linear{}, {data, builder.constant("w1", {4, 4})});
  const TensorId second =
      builder.node("fc2", op::Linear{}, {first, builder.constant("w2", {4, 4})});
  builder.graph.add_output(
      builder.node("sum", op::Binary{op::Binary::Kind::kAdd}, {first, second}));
  const TrainingGraph graph = make_training_graph(builder.graph);
  const std::string text = to_string(graph);
  EXPECT_NE(text.find("backward_data sum: gradient(sum) -> gradient(fc1), gradient(fc2)\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("gradient(fc2), w2 -> gradient(fc1) (added)\n"), std::string::npos) << text;
}

/// Three products of a convolution or linear layer multiply the same numbers, but the first layer
/// needs no gradient of its data.
TEST(TrainingGraph, EveryNetworkOfTheZooHasOneWithThreeProductsALayer) {
  for (const std::string& name : network_names()) {
    const Graph network = zoo_graph(name);
    if (network.outputs().size() != 1) continue;
    const TrainingGraph graph = make_training_graph(network);
    std::int64_t forward = 0;
    std::int64_t data = 0;
    std::int64_t weights = 0;
    for (const TrainingStep& step : graph.steps) {
      for (const StepGemm& gemm : step.gemms) {
        if (step.kind == StepKind::kForward) forward += gemm.macs();
        if (step.kind == StepKind::kBackwardData) data += gemm.macs();
        if (step.kind == StepKind::kWeightGradient) weights += gemm.macs();
      }
    }
    EXPECT_GT(forward, 0) << name;
    EXPECT_LE(data + weights, 2 * forward) << name;
    EXPECT_GE(data + weights, forward) << name;
    for (const TrainingTensor& tensor : graph.tensors) {
      EXPECT_LE(tensor.first_write, tensor.last_read) << name << " " << tensor.name;
    }
  }
}

TEST(TrainingGraph, Resnet18HasThePublishedNumberOfParametersAndTheirGradients) {
  const TrainingGraph graph = make_training_graph(zoo_graph("resnet18"));
  std::int64_t parameters = 0;
  for (const TrainingTensorId id : graph.parameters) {
    parameters += element_count(graph.tensor(id).shape);
  }
  EXPECT_EQ(parameters, 11'689'512);  // torchvision's resnet18
  // Its largest live set lies at the turn from forward to backward, where all activations are kept.
  const std::vector<std::int64_t> live = graph.live_elements();
  const auto peak = std::ranges::max_element(live) - live.begin();
  const auto turn =
      std::ranges::find(graph.steps, StepKind::kLoss, &TrainingStep::kind) - graph.steps.begin();
  EXPECT_GT(peak, turn / 2);
}

TEST(TrainingGraph, AnOperatorThatIsNotModelledIsRefusedByName) {
  GraphBuilder builder;
  const TensorId data = builder.input("data", {1, 2});
  const TensorId output = builder.graph.add_tensor({.name = "odd", .shape = Shape{1, 2}});
  builder.graph.add_node({.name = "odd",
                          .type = "Odd",
                          .operation = op::Unmodelled{.reason = "unknown operator"},
                          .inputs = {data},
                          .outputs = {output}});
  builder.graph.add_output(output);
  try {
    make_training_graph(builder.graph);
    FAIL();
  } catch (const GraphError& error) {
    EXPECT_STREQ(error.what(), "node 'odd' (Odd) has no gradient: unknown operator");
  }
}

}  // namespace
}  // namespace systerm
