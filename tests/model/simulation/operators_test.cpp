// SPDX-License-Identifier: Apache-2.0
// Small networks of every kind of layer through the sockets: what is left in memory is bit for bit
// the reference's, and timing reports the cycles of data.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/mapping/mapper.h"
#include "model/mapping/mapping_error.h"
#include "model/simulation/isolated_run.h"
#include "model/simulation/prepared_workload.h"
#include "model/simulation/simulation.h"
#include "tests/model/simulation/program_vocabulary.h"
#include "workloads/execution/integer_reference.h"
#include "workloads/graph/lowering.h"
#include "workloads/quantization/synthetic_network.h"
#include "workloads/zoo/graph_document.h"

namespace systerm {
namespace {

struct Case {
  std::string name;
  std::string design;
  std::string network;
  std::vector<std::int64_t> batches = {1, 2};
};

void PrintTo(const Case& each, std::ostream* out) { *out << each.name; }

constexpr const char* kAttention = R"(
network: attention
description: one block
inputs:
  - {name: places, positions: 11}
  - {name: words, positions: 11}
layers:
  - {name: word, type: embedding, rows: 50, features: 24}
  - {name: place, type: embedding, from: places, rows: 11, features: 24}
  - {name: sum, type: add, from: [word, place]}
  - {name: norm, type: layer_norm}
  - {name: query, type: linear, features: 24}
  - {name: turned, type: rotary_embedding, heads: 4}
  - {name: key, type: linear, from: norm, features: 12}
  - {name: key_turned, type: rotary_embedding, heads: 2}
  - {name: value, type: linear, from: norm, features: 12}
  - {name: attention, type: attention, from: [turned, key_turned, value], heads: 4, key_value_heads: 2, causal: true}
  - {name: out, type: linear, features: 24, activation: gelu_tanh}
  - {name: add, type: add, from: [out, sum]}
  - {name: rms, type: rms_norm}
  - {name: head, type: linear, features: 9}
)";

constexpr const char* kDecoding = R"(
network: decoding
description: two positions behind nine
inputs: [{name: words, positions: 2}]
layers:
  - {name: word, type: embedding, rows: 50, features: 24}
  - {name: query, type: linear, features: 24}
  - {name: turned, type: rotary_embedding, heads: 4, first_position: 9}
  - {name: key, type: linear, from: word, features: 12}
  - {name: key_turned, type: rotary_embedding, heads: 2, first_position: 9}
  - {name: keys, type: cache, positions: 9}
  - {name: value, type: linear, from: word, features: 12}
  - {name: values, type: cache, positions: 9}
  - {name: attention, type: attention, from: [turned, keys, values], heads: 4, key_value_heads: 2, causal: true}
  - {name: head, type: linear, features: 9}
)";

constexpr const char* kPatches = R"(
network: patches
description: a vision transformer in small
input: {channels: 3, height: 12, width: 8}
layers:
  - {name: patches, type: convolution, filters: 20, kernel: 4, stride: 4}
  - {name: tokens, type: tokens}
  - {name: class, type: class_token}
  - {name: placed, type: position_embedding}
  - {name: query, type: linear, features: 20}
  - {name: key, type: linear, from: placed, features: 20}
  - {name: value, type: linear, from: placed, features: 20}
  - {name: attention, type: attention, from: [query, key, value], heads: 2}
  - {name: first, type: token}
  - {name: head, type: linear, features: 5}
)";

constexpr const char* kRecurrent = R"(
network: recurrent
description: an LSTM and a GRU
inputs: [{name: words, positions: 4}]
layers:
  - {name: word, type: embedding, rows: 30, features: 10}
  - {name: lstm, type: lstm, units: 12}
  - {name: gru, type: gru, units: 7}
  - {name: head, type: linear, features: 5}
)";

constexpr const char* kImage = R"(
network: image
description: norms and scales of images, transposed convolution
input: {channels: 3, height: 8, width: 8}
layers:
  - {name: conv, type: convolution, filters: 10, kernel: 3, padding: 1}
  - {name: norm, type: layer_norm}
  - {name: wide, type: convolution, filters: 20, kernel: 1, activation: gelu}
  - {name: narrow, type: convolution, filters: 10, kernel: 1}
  - {name: scale, type: scale}
  - {name: add, type: add, from: [scale, conv]}
  - {name: up, type: transposed_convolution, filters: 6, kernel: 3, stride: 2, padding: 1, extra: 1}
  - {name: bn, type: batch_norm, activation: relu}
  - {name: pool, type: global_average_pool}
)";

Experiment experiment_of(const Case& each, const std::string& fidelity) {
  return experiment("systerm: 1\ndesign: " + each.design +
                    "\nworkload: {gemms: [{name: unused, m: 1, k: 1, n: 1}], batch: 1}\n"
                    "precision: {default: {format: term_quantized, group_size: 8, group_budget: "
                    "12, data_terms: 3}}\nrun: {seed: 3, fidelity: " +
                    fidelity + "}\n");
}

/// The result, and in data fidelity the number of wrong elements.
nlohmann::ordered_json run(const Case& each, const std::string& fidelity, std::int64_t batch) {
  Experiment given = experiment_of(each, fidelity);
  given.workload.batch = batch;
  const auto network = std::make_shared<const Network>(with_synthetic_weights(
      lower(parse_graph_document(each.network, each.name, batch).graph), given.run.seed));
  const PreparedWorkload workload = prepare_workload(given, given.precision, network);
  Simulation::Setup setup;
  setup.design = given.design;
  setup.network = workload.network;
  setup.mapped = map_network(given.design, *workload.network, {});
  setup.fidelity = given.run.fidelity;
  setup.batches = 1;
  setup.inputs = [&](std::size_t index) { return workload.batch_inputs(index); };
  std::int64_t elements = 0;
  std::int64_t wrong = 0;
  std::string first;
  setup.on_batch = [&](std::size_t index, const SparseMemory& memory, const MemoryLayout& layout) {
    const auto expected = IntegerReference(workload.network).run(workload.batch_inputs(index));
    for (const Layer& layer : network->layers) {
      const auto actual = read_feature(memory, layout.features[systerm::index(layer.output)]).codes;
      const auto& codes = expected[systerm::index(layer.output)].codes;
      for (std::size_t i = 0; i < codes.size(); ++i) {
        ++elements;
        if (actual[i] == codes[i]) continue;
        if (wrong++ == 0) {
          first = layer.name + " element " + std::to_string(i) + ": " + std::to_string(actual[i]) +
                  " instead of " + std::to_string(codes[i]);
        }
      }
    }
  };
  const SimulationResult result = Simulation::run(setup);
  nlohmann::ordered_json json = {{"elements", elements}, {"wrong", wrong}, {"first", first}};
  for (std::size_t i = 0; i < result.layers.size(); ++i) {
    json["cycles"][network->layers[i].name] = result.layers[i].cycles;
  }
  json["macs"] = result.total.macs;
  json["network_macs"] = network->macs();
  return json;
}

class OperatorNetwork : public testing::TestWithParam<Case> {};
class TimedOperatorNetwork : public OperatorNetwork {};

TEST_P(OperatorNetwork, LeaveTheReferenceResultsInMemory) {
  for (const std::int64_t batch : GetParam().batches) {
    IsolatedRun isolated([&] { return run(GetParam(), "data", batch); });
    const auto result = isolated.wait();
    EXPECT_GT(result["elements"], 100);
    EXPECT_EQ(result["wrong"], 0) << result["first"];
    EXPECT_EQ(result["macs"], result["network_macs"]);
  }
}

TEST_P(TimedOperatorNetwork, TakeTheSameCyclesWithoutData) {
  IsolatedRun data_run([&] { return run(GetParam(), "data", 2); });
  IsolatedRun timing_run([&] { return run(GetParam(), "timing", 2); });
  EXPECT_EQ(data_run.wait()["cycles"], timing_run.wait()["cycles"]);
}

constexpr const char* kSmall = "{base: tq_64x128, array: {rows: 3, columns: 10}}";
constexpr const char* kTight =
    "{base: tq_64x128, array: {rows: 2, columns: 5}, weight_buffer: {size: 512 B}, data_buffer: "
    "{size: 2 KiB}, operand_buffer: {size: 3 KiB}, result_buffer: {size: 2 KiB}}";
constexpr const char* kOutputStationary =
    "{base: tq_64x128, array: {rows: 4, columns: 6, dataflow: output_stationary}}";

std::string cores(const std::string& split) {
  return "{base: tq_64x128, array: {rows: 3, columns: 10}, cores: {count: 2, split: " + split +
         "}}";
}

TEST(Operators, RefuseToDivideMovedElementsByImages) {
  try {
    run({"patches", cores("batch"), kPatches}, "timing", 2);
    FAIL();
  } catch (const MappingError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("moves elements among all images"));
  }
}

const std::vector<Case> kCases{{"attention", "tq_64x128", kAttention},
                               {"attention_small_array", kSmall, kAttention},
                               {"decoding", "tq_64x128", kDecoding},
                               {"decoding_tight_buffers", kTight, kDecoding},
                               {"attention_tight_buffers", kTight, kAttention},
                               {"attention_output_stationary", kOutputStationary, kAttention},
                               {"attention_by_filters", cores("filters"), kAttention},
                               {"attention_by_layer", cores("layer"), kAttention},
                               {"patches", kSmall, kPatches},
                               {"patches_by_filters", cores("filters"), kPatches},
                               {"recurrent", kSmall, kRecurrent},
                               {"recurrent_by_filters", cores("filters"), kRecurrent},
                               {"recurrent_by_layer", cores("layer"), kRecurrent},
                               {"image", kSmall, kImage},
                               {"image_tight_buffers", kTight, kImage}};

// Without data every core assumes the row numbers of its first images, so cycles may differ.
const std::vector<Case> kDividedImages{{"attention_by_batch", cores("batch"), kAttention, {2, 5}}};

std::string name_of(const testing::TestParamInfo<Case>& each) { return each.param.name; }

INSTANTIATE_TEST_SUITE_P(Operators, OperatorNetwork, testing::ValuesIn(kCases), name_of);
INSTANTIATE_TEST_SUITE_P(DividedImages, OperatorNetwork, testing::ValuesIn(kDividedImages),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Operators, TimedOperatorNetwork, testing::ValuesIn(kCases), name_of);

}  // namespace
}  // namespace systerm
