// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph/reversible.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/support/square_window.h"
#include "tests/workloads/graph/graph_builder.h"
#include "workloads/graph/make_reversible.h"
#include "workloads/zoo/network_zoo.h"

namespace systerm {
namespace {

std::string reasons(const Graph& graph, const std::vector<std::string>& additions) {
  try {
    make_reversible(graph, additions);
  } catch (const GraphError& error) {
    return error.what();
  }
  return "";
}

/// data -> stem -> blocks x + conv(relu(x)), each named after its addition.
TensorId residual_blocks(GraphBuilder& builder, TensorId data, int blocks) {
  for (int i = 0; i < blocks; ++i) {
    const std::string name = "block" + std::to_string(i);
    const std::int64_t width = (*builder.graph.tensor(data).shape)[1];
    const TensorId relu = builder.relu(name + ".relu", data);
    const TensorId conv =
        builder.convolution(name + ".conv", relu, width, test::square_window(3, 1, 1));
    data = builder.add(name, conv, data);
  }
  return data;
}

TEST(Reversible, RevnetsHaveAChainAStageThatBeginsInsideTheStridingUnit) {
  const Graph graph = zoo_graph("revnet38");
  const ReversibleStructure structure = find_reversible(graph);
  ASSERT_EQ(structure.chains.size(), 3U);
  EXPECT_EQ(structure.chains[0].couplings.size(), 6U);
  EXPECT_EQ(graph.tensor(structure.chains[0].begins[0]).name, "stage1.0.y1");
  EXPECT_EQ(graph.tensor(structure.chains[0].ends[0]).name, "stage1.3.y2");
  // The striding F of the first unit is an ordinary function, its G is not.
  EXPECT_EQ(structure.chains[1].couplings.size(), 5U);
  EXPECT_EQ(graph.tensor(structure.chains[1].begins[0]).name, "stage2.1.shortcut2");
}

TEST(Reversible, RearrangementsBetweenStagesDoNotEndAChain) {
  const Graph graph = zoo_graph("irevnet_cifar");
  const ReversibleStructure structure = find_reversible(graph);
  ASSERT_EQ(structure.chains.size(), 1U);
  EXPECT_EQ(structure.chains[0].couplings.size(), 18U);
  EXPECT_EQ(structure.chains[0].couplings[6].moves.size(), 8U);  // 4 nodes for each stream
}

TEST(Reversible, AttentionAndMlpOfATransformerTakeTurns) {
  const Graph graph = zoo_graph("reversible_vit_b_16");
  const ReversibleStructure structure = find_reversible(graph);
  ASSERT_EQ(structure.chains.size(), 1U);
  ASSERT_EQ(structure.chains[0].couplings.size(), 24U);
  const Coupling& mlp = structure.chains[0].couplings[1];
  EXPECT_EQ(mlp.entry, structure.chains[0].couplings[0].result);
  EXPECT_EQ(mlp.skip, structure.chains[0].begins[1]);
  EXPECT_TRUE(find_reversible(zoo_graph("vit_b_16")).is_empty());
}

TEST(Reversible, ConventionalNetworksHaveNoCouplings) {
  for (const char* name : {"resnet18", "resnet32", "mobilenet_v2", "densenet121", "lenet5"}) {
    EXPECT_TRUE(find_reversible(zoo_graph(name)).is_empty()) << name;
  }
}

TEST(Reversible, TheOrderKeepsTheNodesOfACouplingTogether) {
  const Graph graph = zoo_graph("revnet38");
  const ReversibleStructure structure = find_reversible(graph);
  const std::vector<std::size_t> order = coupling_order(graph, structure);
  EXPECT_EQ(order.size(), graph.nodes().size());
  std::vector<bool> is_there(graph.tensors().size(), false);
  for (std::size_t i = 0; i < graph.tensors().size(); ++i) {
    is_there[i] = graph.tensors()[i].is_constant;
  }
  for (const TensorId input : graph.inputs()) is_there[index(input)] = true;
  for (const std::size_t node : order) {
    for (const TensorId input : graph.nodes()[node].inputs) EXPECT_TRUE(is_there[index(input)]);
    for (const TensorId output : graph.nodes()[node].outputs) is_there[index(output)] = true;
  }
  for (const Coupling& coupling : structure.chains[1].couplings) {
    const auto end = std::ranges::find(order, coupling.node);
    EXPECT_TRUE(std::equal(coupling.branch.begin(), coupling.branch.end(),
                           end - std::ssize(coupling.branch)));
  }
}

TEST(MakeReversible, AChainOfResidualBlocksBecomesTwoStreamsThatAreAddedAtItsEnd) {
  GraphBuilder builder;
  const TensorId data = builder.input("data", {2, 4, 6, 6});
  builder.graph.add_output(builder.relu("head", residual_blocks(builder, data, 3)));
  EXPECT_TRUE(find_reversible(builder.graph).is_empty());
  const Graph graph = make_reversible(builder.graph, {"block0", "block1", "block2"});
  const ReversibleStructure structure = find_reversible(graph);
  ASSERT_EQ(structure.chains.size(), 1U);
  EXPECT_EQ(structure.chains[0].couplings.size(), 3U);
  EXPECT_EQ(graph.tensor(structure.chains[0].begins[0]).name, "block0/stream1");
  const auto head = std::ranges::find(graph.nodes(), "head", &GraphNode::name);
  EXPECT_EQ(graph.tensor(head->inputs[0]).name, "block2/joined");
  // Only couplings, copies and the joining addition are new.
  EXPECT_EQ(graph.nodes().size(), builder.graph.nodes().size() + 3);
}

TEST(MakeReversible, TheEndOfAChainMayBeTheOutput) {
  GraphBuilder builder;
  const TensorId data = builder.input("data", {2, 4, 6, 6});
  builder.graph.add_output(residual_blocks(builder, data, 2));
  const Graph graph = make_reversible(builder.graph, {"block0", "block1"});
  EXPECT_EQ(graph.tensor(graph.outputs()[0]).name, "block1/joined");
}

TEST(MakeReversible, SaysOfEveryBlockWhyItCannotBeReversible) {
  EXPECT_EQ(
      reasons(zoo_graph("resnet20"), {"layer1.0.add", "layer2.0.add", "conv1", "no_such_layer"}),
      "'resnet20' cannot be made reversible:\n"
      "  conv1: is no addition of two activations\n"
      "  layer2.0.add: it changes the size of the image (a stride) and the width: "
      "[1, 16, 32, 32] in, [1, 32, 16, 16] out\n"
      "  no_such_layer: there is no such node\n"
      "  layer1.0.add: relu follows the addition ('layer1.0.add/activation') and cannot be "
      "undone; residual blocks that can be reversible have their activations inside");
}

TEST(MakeReversible, RefusesFunctionsOfTwoInputsAndLoneBlocks) {
  GraphBuilder builder;
  const TensorId data = builder.input("data", {2, 4, 6, 6});
  const TensorId other = builder.input("other", {2, 4, 6, 6});
  const TensorId sum = builder.multiply("product", builder.relu("r1", data), other);
  const TensorId two = builder.add("two_inputs", sum, data);
  const TensorId lone = residual_blocks(builder, builder.pointwise("between", two, 4), 1);
  const TensorId wide =
      builder.add("wide", builder.pointwise("w1", lone, 8), builder.pointwise("w2", lone, 8));
  const TensorId same =
      builder.add("same", builder.pointwise("s1", wide, 8), builder.pointwise("s2", wide, 8));
  builder.graph.add_output(same);
  EXPECT_EQ(reasons(builder.graph, {"two_inputs", "block0", "wide", "same"}),
            "'test' cannot be made reversible:\n"
            "  two_inputs: its function reads 2 inputs, 'other' and 'data'; one is expected\n"
            "  wide: it changes the width: [2, 4, 6, 6] in, [2, 8, 6, 6] out\n"
            "  same: neither operand is its input 'wide' itself: its shortcut computes\n"
            "  block0: no other block is next to it; a chain has two or more");
}

TEST(MakeReversible, RefusesAChainWhoseInnerResultsAreReadElsewhere) {
  GraphBuilder builder;
  const TensorId data = builder.input("data", {2, 4, 6, 6});
  const TensorId first = residual_blocks(builder, data, 1);
  const TensorId relu = builder.relu("b.relu", first);
  const TensorId second = builder.add("b", builder.pointwise("b.conv", relu, 4), first);
  builder.graph.add_output(
      builder.node("joined", op::Concatenate{.axis = 1}, {second, builder.relu("side", first)}));
  EXPECT_EQ(reasons(builder.graph, {"block0", "b"}),
            "'test' cannot be made reversible:\n"
            "  block0: its result is also read by 'side'");
}

}  // namespace
}  // namespace systerm
