// SPDX-License-Identifier: Apache-2.0
// Repetitions, templates and parameters of networks written in YAML.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workloads/document/diagnostics.h"
#include "workloads/graph/lowering.h"
#include "workloads/import/import_error.h"
#include "workloads/zoo/graph_document.h"
#include "workloads/zoo/load_network.h"
#include "workloads/zoo/network_zoo.h"

namespace systerm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> names(const GraphDocument& document) {
  std::vector<std::string> result;
  for (const GraphNode& node : document.graph.nodes()) result.push_back(node.name);
  return result;
}

GraphDocument parse(const std::string& rest, const Extents& extents = {}) {
  return parse_graph_document("network: n\ndescription: d\n" + rest, "n.yaml", 1, extents);
}

std::string error_of(const std::string& rest) {
  try {
    parse(rest);
  } catch (const DocumentError& error) {
    return error.what();
  }
  return "no error";
}

constexpr const char* kInput = "input: {channels: 4, height: 5, width: 5}\n";

TEST(LayerExpansion, RepeatsLayersWithAnIndexAndTheLayerBefore) {
  const auto document = parse(std::string(kInput) + R"(
layers:
  - {name: stem, type: convolution, filters: 4, kernel: 1}
  - repeat: 2
    index: i
    layers:
      - {name: a.$i, type: convolution, filters: $(4 + 0 * i), kernel: 1}
      - {name: b.$(i + 1), type: add, from: [a.$i, $input]}
)");
  EXPECT_THAT(names(document), ElementsAre("stem", "a.0", "b.1", "a.1", "b.2"));
  const Network network = lower(document.graph);
  EXPECT_EQ(network.unmodelled.size(), 0U);
}

TEST(LayerExpansion, TakesTemplatesWithinTemplates) {
  const auto document = parse(std::string(kInput) + R"(
templates:
  pair:
    parameters: [name, filters]
    layers: [{use: one, name: $name.x, n: $filters}, {use: one, name: $name.y, n: $(2 * filters / 4)}]
  one: {parameters: [name, n], layers: [{name: $name, type: convolution, filters: $n, kernel: 1}]}
layers: [{use: pair, name: p, filters: 6}]
)");
  EXPECT_THAT(names(document), ElementsAre("p.x", "p.y"));
  EXPECT_EQ(document.graph.tensor(*document.graph.find("p.y")).shape, (Shape{1, 3, 5, 5}));
}

TEST(LayerExpansion, TakesExtentsFromOutside) {
  const std::string text =
      "parameters: {length: 3}\ninputs: [{name: x, positions: $length, features: 2}]\n"
      "layers: [{name: fc, type: linear, features: $(length + 1)}]\n";
  EXPECT_EQ(parse(text).graph.tensor(*parse(text).graph.find("fc")).shape, (Shape{1, 3, 4}));
  const auto longer = parse(text, {{"length", 7}});
  EXPECT_EQ(longer.graph.tensor(*longer.graph.find("fc")).shape, (Shape{1, 7, 8}));
  EXPECT_THROW(parse(text, {{"lenght", 7}}), UnknownExtent);
  EXPECT_THROW(load_network("resnet18", 1, {{"length", 7}}), ImportError);
}

TEST(LayerExpansion, ReportsWhatItCannotExpand) {
  const std::string layer = "layers: [{name: a, type: convolution, filters: ";
  EXPECT_THAT(error_of(kInput + layer + "$channel, kernel: 1}]"),
              HasSubstr("there is no parameter 'channel'"));
  EXPECT_THAT(error_of(kInput + layer + "$(4 / 3), kernel: 1}]"), HasSubstr("3 does not divide 4"));
  EXPECT_THAT(error_of(kInput + layer + "$(4 * (1 + 1), kernel: 1}]"), HasSubstr("')' is missing"));
  EXPECT_THAT(error_of(kInput + layer + "$(4 4), kernel: 1}]"), HasSubstr("cannot read '4 4'"));
  EXPECT_THAT(error_of(kInput + layer + "$(9000000000000000000 * 9), kernel: 1}]"),
              HasSubstr("too large"));
  EXPECT_THAT(
      error_of(std::string(kInput) + "templates: {t: {layers: [{use: t}]}}\nlayers: [{use: t}]"),
      HasSubstr("template 't' uses itself"));
  EXPECT_THAT(
      error_of(std::string(kInput) + "templates: {block: {layers: []}}\nlayers: [{use: blok}]"),
      HasSubstr("did you mean 'block'?"));
  EXPECT_THAT(error_of(std::string(kInput) + "layers: [{repeat: 2}]"),
              HasSubstr("nothing to repeat"));
  EXPECT_THAT(error_of(std::string(kInput) + "layers: [{repeat: 5000, layers: []}]"),
              HasSubstr("0 to 4096"));
}

}  // namespace
}  // namespace systerm
