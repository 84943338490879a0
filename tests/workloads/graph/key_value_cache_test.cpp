// SPDX-License-Identifier: Apache-2.0
// Decoding behind a cache of keys and values gives what reading the whole sequence gives.
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workloads/data/synthetic.h"
#include "workloads/execution/float_executor.h"
#include "workloads/graph/lowering.h"
#include "workloads/zoo/graph_document.h"
#include "workloads/zoo/network_zoo.h"

namespace systerm {
namespace {

constexpr std::int64_t kPositions = 7;
constexpr std::int64_t kFeatures = 8;

Network network_of(const std::string& layers, std::int64_t new_positions,
                   std::int64_t cached_positions) {
  const std::string text = fmt::format(
      "network: n\ndescription: d\ninputs: [{{name: x, positions: {}, features: {}}}]\nlayers:\n",
      new_positions, kFeatures);
  const std::string attention = fmt::format(
      R"(  - {{name: turned, type: rotary_embedding, from: x, heads: 2, first_position: {0}}}
  - {{name: keys, type: cache, from: turned, positions: {0}}}
  - {{name: values, type: cache, from: x, positions: {0}}}
  - {{name: attention, type: attention, from: [turned, keys, values], heads: 2, causal: true}}
)",
      cached_positions);
  return lower(
      parse_graph_document(text + (layers.empty() ? attention : layers), "n.yaml", 1).graph);
}

std::vector<float> rows(const std::vector<float>& values, std::int64_t first, std::int64_t count) {
  const auto begin = values.begin() + first * kFeatures;
  return {begin, begin + count * kFeatures};
}

std::vector<float> run(const Network& network,
                       const std::map<std::string, std::vector<float>>& data) {
  std::vector<Tensor> inputs;
  for (const FeatureId id : network.inputs) {
    const Feature& feature = network.feature(id);
    inputs.push_back({feature.source_shape, data.at(feature.name)});
  }
  return FloatExecutor(std::make_shared<const Network>(network)).run(inputs).front().values;
}

TEST(KeyValueCache, DecodesWhatTheWholeSequenceGives) {
  const std::vector<float> x =
      synthetic_weights(7, "x", kFeatures, static_cast<std::size_t>(kPositions * kFeatures));
  const std::vector<float> turned =
      run(network_of("  - {name: turned, type: rotary_embedding, heads: 2}\n", kPositions, 0),
          {{"x", x}});
  const std::vector<float> whole = run(network_of("", kPositions, 0), {{"x", x}});
  for (const std::int64_t cached : {1, 4, 6}) {
    for (std::int64_t count = 1; cached + count <= kPositions; ++count) {
      const std::vector<float> decoded =
          run(network_of("", count, cached), {{"x", rows(x, cached, count)},
                                              {"keys.earlier", rows(turned, 0, cached)},
                                              {"values.earlier", rows(x, 0, cached)}});
      EXPECT_THAT(decoded,
                  testing::Pointwise(testing::FloatNear(1e-5F), rows(whole, cached, count)))
          << cached << " + " << count;
    }
  }
}

TEST(KeyValueCache, OfNothingLeavesNoTrace) {
  const Network network = network_of("", kPositions, 0);
  EXPECT_EQ(network.inputs.size(), 1U);
  for (const Layer& layer : network.layers) EXPECT_EQ(layer.name.find("keys"), std::string::npos);
}

TEST(KeyValueCache, DecodersOfTheZooTakeOneTokenBehindIt) {
  for (const char* name : {"gpt2_small", "llama_7b"}) {
    const Network prompt = lower(zoo_graph(name, 1, {{"sequence_length", 16}}));
    const Network step =
        lower(zoo_graph(name, 1, {{"sequence_length", 1}, {"cached_positions", 15}}));
    EXPECT_TRUE(step.unmodelled.empty());
    EXPECT_EQ(step.parameters(), prompt.parameters());
    // Everything but the attention itself is a sixteenth of the work.
    EXPECT_LT(step.macs(), prompt.macs() / 15);
    EXPECT_GE(step.macs(), prompt.macs() / 16);
  }
}

}  // namespace
}  // namespace systerm
