// SPDX-License-Identifier: Apache-2.0
// Building graphs, their order and the inference of shapes.
#include "workloads/graph/graph.h"

#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/workloads/graph/graph_builder.h"
#include "workloads/graph/topological_order.h"

namespace systerm {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::string error_of(const std::function<void(GraphBuilder&)>& build) {
  GraphBuilder builder;
  try {
    build(builder);
  } catch (const GraphError& error) {
    return error.what();
  }
  return "";
}

TEST(TopologicalOrder, KeepsAValidOrder) {
  EXPECT_THAT(stable_topological_order({{}, {0}, {0}, {1, 2}}).order, ElementsAre(0, 1, 2, 3));
}

TEST(TopologicalOrder, MovesProducersForward) {
  EXPECT_THAT(stable_topological_order({{2}, {0}, {}}).order, ElementsAre(2, 0, 1));
}

TEST(TopologicalOrder, FindsACycleWithoutItsSurroundings) {
  // 0 leads into the cycle 1 -> 2 -> 3 -> 1, and 4 waits for it.
  const TopologicalOrder result = stable_topological_order({{}, {0, 3}, {1}, {2}, {3}});
  EXPECT_THAT(result.cycle, UnorderedElementsAre(1, 2, 3));
  EXPECT_THAT(stable_topological_order({{0}}).cycle, ElementsAre(0));
}

TEST(Graph, NamesTheNodesOfACycle) {
  Graph graph;
  const TensorId a = graph.add_tensor({.name = "a"});
  const TensorId b = graph.add_tensor({.name = "b"});
  graph.add_node({"first", "Relu", op::Identity{}, {b}, {a}});
  graph.add_node({"second", "Relu", op::Identity{}, {a}, {b}});
  try {
    topological_order(graph);
    FAIL();
  } catch (const GraphError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("cycle"), HasSubstr("first"), HasSubstr("second")));
  }
}

TEST(Graph, RefusesWhatNobodyProvides) {
  Graph graph;
  const TensorId a = graph.add_tensor({.name = "a"});
  const TensorId b = graph.add_tensor({.name = "b"});
  graph.add_node({"first", "Relu", op::Identity{}, {a}, {b}});
  EXPECT_THROW(topological_order(graph), GraphError);
}

TEST(Graph, NamesAreUnique) {
  EXPECT_THAT(error_of([](GraphBuilder& b) {
                b.input("x", {1, 2});
                b.input("x", {1, 2});
              }),
              HasSubstr("two tensors are named 'x'"));
  Graph graph;
  const TensorId a = graph.add_input("a", {1});
  const TensorId b = graph.add_tensor({.name = "b"});
  graph.add_node({"n", "Relu", op::Identity{}, {a}, {b}});
  EXPECT_THROW(graph.add_node({"n", "Relu", op::Identity{}, {a}, {}}), GraphError);
  EXPECT_THROW(graph.add_node({"m", "Relu", op::Identity{}, {a}, {b}}), GraphError);
}

TEST(Graph, RefusesImpossibleShapes) {
  EXPECT_THROW(element_count({1 << 20, 1 << 20, 2}), GraphError);
  EXPECT_THROW(element_count({std::int64_t{1} << 62, 4, 0}), GraphError);
  EXPECT_THROW(element_count({-1}), GraphError);
  EXPECT_EQ(element_count({}), 1);
  EXPECT_EQ(element_count({3, 0, 4}), 0);
}

struct InferenceCase {
  std::string name;
  Shape data;
  Operator operation;
  Shape expected;
};

class Inference : public ::testing::TestWithParam<InferenceCase> {};

INSTANTIATE_TEST_SUITE_P(
    OneInput, Inference,
    ::testing::Values(
        InferenceCase{"max_pool",
                      {2, 3, 7, 8},
                      op::Pooling{.window = {.kernel_height = 3,
                                             .kernel_width = 2,
                                             .stride_height = 2,
                                             .stride_width = 2,
                                             .pad_top = 1}},
                      {2, 3, 3, 4}},
        InferenceCase{"dilated_pool",
                      {1, 1, 7, 7},
                      op::Pooling{.window = {.kernel_height = 3,
                                             .kernel_width = 3,
                                             .dilation_height = 2,
                                             .dilation_width = 3}},
                      {1, 1, 3, 1}},
        InferenceCase{"global_pool", {2, 3, 7, 8}, op::GlobalPooling{}, {2, 3, 1, 1}},
        InferenceCase{"flatten", {2, 3, 4, 5}, op::Flatten{2}, {6, 20}},
        InferenceCase{"flatten_last", {2, 3}, op::Flatten{-1}, {2, 3}},
        InferenceCase{"flatten_all", {2, 3}, op::Flatten{0}, {1, 6}},
        InferenceCase{"reshape", {2, 3, 4}, op::Reshape{{0, -1}}, {2, 12}},
        InferenceCase{"squeeze", {1, 3, 1}, op::Squeeze{{-1}}, {1, 3}},
        InferenceCase{"squeeze_all", {1, 3, 1}, op::Squeeze{}, {3}},
        InferenceCase{"unsqueeze", {3, 4}, op::Unsqueeze{{0, -1}}, {1, 3, 4, 1}},
        InferenceCase{"transpose", {2, 3, 4}, op::Transpose{{2, 0, 1}}, {4, 2, 3}},
        InferenceCase{"pad", {1, 2, 3, 4}, op::Pad{{0, 0, 1, 2}, {0, 0, 3, -1}}, {1, 2, 7, 5}},
        InferenceCase{"mean", {2, 3, 4, 5}, op::ReduceMean{{2, -1}, true}, {2, 3, 1, 1}},
        InferenceCase{"mean_dropped", {2, 3, 4, 5}, op::ReduceMean{{2, 3}, false}, {2, 3}}),
    [](const auto& test) { return test.param.name; });

TEST_P(Inference, GivesTheShape) {
  GraphBuilder builder;
  const TensorId output =
      builder.node("n", GetParam().operation, {builder.input("x", GetParam().data)});
  EXPECT_EQ(*builder.graph.tensor(output).shape, GetParam().expected);
}

TEST(ShapeInference, BroadcastsLikeNumPy) {
  GraphBuilder builder;
  const TensorId a = builder.input("a", {2, 3, 1, 5});
  const TensorId b = builder.input("b", {4, 1});
  EXPECT_EQ(*builder.graph.tensor(builder.add("sum", a, b)).shape, (Shape{2, 3, 4, 5}));
}

TEST(ShapeInference, MultipliesMatricesLikeNumPy) {
  GraphBuilder builder;
  const TensorId a = builder.input("a", {7, 1, 2, 3});
  const TensorId b = builder.input("b", {5, 3, 4});
  const TensorId v = builder.input("v", {3});
  EXPECT_EQ(*builder.graph.tensor(builder.node("ab", op::MatMul{}, {a, b})).shape,
            (Shape{7, 5, 2, 4}));
  EXPECT_EQ(*builder.graph.tensor(builder.node("av", op::MatMul{}, {a, v})).shape,
            (Shape{7, 1, 2}));
  EXPECT_EQ(*builder.graph.tensor(builder.node("vb", op::MatMul{}, {v, b})).shape, (Shape{5, 4}));
}

TEST(ShapeInference, ErrorsNameNodeOperatorAndShapes) {
  EXPECT_THAT(error_of([](GraphBuilder& b) {
                b.node("conv1", op::Convolution{},
                       {b.input("x", {1, 3, 8, 8}), b.constant("w", {4, 2, 1, 1})});
              }),
              AllOf(HasSubstr("node 'conv1' (Test)"), HasSubstr("[1, 3, 8, 8]"),
                    HasSubstr("[4, 2, 1, 1]"), HasSubstr("[filters, 3, ...]")));
  EXPECT_THAT(error_of([](GraphBuilder& b) {
                b.node("fc", op::Linear{}, {b.input("x", {1, 3}), b.constant("w", {4, 5})});
              }),
              AllOf(HasSubstr("'fc'"), HasSubstr("have 3 features"), HasSubstr("expect 5")));
  EXPECT_THAT(error_of([](GraphBuilder& b) {
                b.add("sum", b.input("x", {1, 3}), b.input("y", {1, 4}));
              }),
              HasSubstr("do not broadcast"));
  EXPECT_THAT(error_of([](GraphBuilder& b) {
                b.node("r", op::Reshape{{5, -1}}, {b.input("x", {1, 3})});
              }),
              HasSubstr("cannot reshape [1, 3] to [5, -1]"));
  EXPECT_THAT(
      error_of([](GraphBuilder& b) {
        b.node("p", op::Pooling{.window = {.kernel_height = 9}}, {b.input("x", {1, 1, 8, 8})});
      }),
      HasSubstr("does not fit"));
  EXPECT_THAT(
      error_of([](GraphBuilder& b) {
        b.node("p", op::Pooling{.window = {.kernel_height = 2, .kernel_width = 2, .pad_left = 2}},
               {b.input("x", {1, 1, 8, 8})});
      }),
      HasSubstr("padding"));
  EXPECT_THAT(
      error_of([](GraphBuilder& b) {
        b.node("p", op::Pooling{.window = {.stride_height = 0}}, {b.input("x", {1, 1, 8, 8})});
      }),
      HasSubstr("at least 1"));
  EXPECT_THAT(error_of([](GraphBuilder& b) {
                b.node("c", op::Convolution{.groups = 0},
                       {b.input("x", {1, 3, 8, 8}), b.constant("w", {4, 2, 1, 1})});
              }),
              HasSubstr("groups"));
  EXPECT_THAT(error_of([](GraphBuilder& b) {
                b.node("t", op::Transpose{{0, 0}}, {b.input("x", {1, 3})});
              }),
              HasSubstr("not a permutation"));
  EXPECT_THAT(error_of([](GraphBuilder& b) {
                b.node("n", op::BatchNorm{},
                       {b.input("x", {1, 3}), b.constant("a", {3}), b.constant("b", {3}),
                        b.constant("c", {3}), b.constant("d", {4})});
              }),
              HasSubstr("[4]"));
  EXPECT_THAT(error_of([](GraphBuilder& b) {
                b.node("s", op::Softmax{{2}}, {b.input("x", {1, 3})});
              }),
              HasSubstr("axis 2"));
}

TEST(ShapeInference, LeavesUnknownShapesOpen) {
  GraphBuilder builder;
  const TensorId x = builder.input("x", {1, 3});
  const TensorId unknown = builder.node("u", op::Unmodelled{"because"}, {x});
  const TensorId after = builder.relu("r", unknown);
  EXPECT_FALSE(builder.graph.tensor(unknown).shape);
  EXPECT_FALSE(builder.graph.tensor(after).shape);
}

}  // namespace
}  // namespace systerm
