// SPDX-License-Identifier: Apache-2.0
// Evaluation against runs through the sockets: the same answers for every sample that both compute,
// whatever scales, granularity and layer rules.
#include "model/evaluation/experiment_evaluator.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "model/mapping/mapper.h"
#include "model/simulation/isolated_run.h"
#include "model/simulation/packed_workload.h"
#include "model/simulation/prepared_workload.h"
#include "model/simulation/simulation.h"
#include "tests/model/evaluation/digits.h"
#include "workloads/execution/classification.h"
#include "workloads/execution/integer_executor.h"
#include "workloads/quantization/rebatch.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// Codes of every layer's output in the modelled memory, [batch][layer][...].
Json simulated_codes(const Experiment& experiment) {
  const auto network = pack_workload(experiment, experiment.precision, load_workload(experiment));
  const PreparedWorkload workload = prepare_workload(experiment, experiment.precision, network);
  Simulation::Setup setup;
  setup.design = experiment.design;
  setup.network = workload.network;
  setup.mapped = map_network(experiment.design, *workload.network, experiment.mapping);
  setup.fidelity = Fidelity::kData;
  setup.batches = workload.batches;
  setup.inputs = [&](std::size_t batch) { return workload.batch_inputs(batch); };
  Json codes = Json::array();
  setup.on_batch = [&](std::size_t, const SparseMemory& memory, const MemoryLayout& layout) {
    Json batch = Json::array();
    for (const Layer& layer : network->layers) {
      batch.push_back(read_feature(memory, layout.features[index(layer.output)]).codes);
    }
    codes.push_back(std::move(batch));
  };
  Simulation::run(setup);
  return codes;
}

struct Case {
  std::string name;
  std::string precision;
  std::string calibration;
  std::string more;
  std::string design = "tq_64x128";
};

void PrintTo(const Case& each, std::ostream* out) { *out << each.name; }

class BothPaths : public testing::TestWithParam<Case> {};

TEST_P(BothPaths, AgreeBitForBitOnEverySample) {
  constexpr std::int64_t kSamples = 6;
  const Experiment experiment = digits(GetParam().precision, kSamples, GetParam().calibration,
                                       GetParam().more, GetParam().design);
  const Json simulated = IsolatedRun([&] { return simulated_codes(experiment); }).wait();
  ASSERT_EQ(simulated.size(), 6U);

  // The evaluator's own batch holds all six samples, the run's one at a time.
  ExperimentEvaluator evaluator(experiment, 2);
  Experiment all = experiment;
  all.workload.batch = kSamples;
  const auto batched = load_workload(all);
  const auto integers = with_batch(*evaluator.quantized(experiment.precision), batched);
  ASSERT_TRUE(integers.has_value());
  const IntegerExecutor executor(std::make_shared<const QuantizedNetwork>(*integers));
  const WorkloadData data = load_workload_data(experiment, *batched, kSamples);
  const FeatureCodes input =
      quantize_feature(*integers, batched->inputs[0], data.inputs[0].batch(0, kSamples));
  IntegerExecutor::Scratch scratch;
  std::size_t compared = 0;
  executor.run({input}, scratch, [&](FeatureId id, const FeatureCodes& codes) {
    for (std::size_t layer = 0; layer < batched->layers.size(); ++layer) {
      if (batched->layers[layer].output != id) continue;
      const std::size_t run = codes.codes.size() / kSamples;
      for (std::size_t sample = 0; sample < simulated.size(); ++sample) {
        const std::vector<std::int32_t> expected = simulated[sample][layer];
        const auto begin = codes.codes.begin() + static_cast<std::ptrdiff_t>(sample * run);
        ASSERT_EQ(expected, std::vector<std::int32_t>(begin, begin + std::ssize(expected)))
            << batched->layers[layer].name << ", sample " << sample;
        compared += expected.size();
      }
    }
  });
  EXPECT_GT(compared, 6U * 1000);

  const Evaluation evaluation = evaluator.evaluate(experiment.precision, false);
  for (std::size_t sample = 0; sample < simulated.size(); ++sample) {
    const std::vector<std::int32_t> logits = simulated[sample].back();
    EXPECT_EQ(evaluation.quantized.classes[sample],
              std::ranges::max_element(logits) - logits.begin());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Settings, BothPaths,
    testing::Values(
        Case{"uniform", "{format: uniform}", "{samples: 100}", ""},
        Case{"term_quantized", kTermQuantizedDigits, "{samples: 100}", ""},
        Case{"unsigned_data", "{format: term_quantized, data_range: unsigned, data_terms: 2}",
             "{rule: percentile, percentile: 99, samples: 50}", ""},
        Case{"least_squares", "{format: term_quantized, weight_bits: 4, group_size: 16}",
             "{rule: mean_squared_error, weight_rule: mean_squared_error, samples: 50}", ""},
        Case{"prefix_of_stored_terms",
             "{format: term_quantized, term_layout: indexed, stored_budget: 20, group_budget: 7}",
             "{samples: 50}", ""},
        Case{"per_channel", kTermQuantizedDigits,
             "{weight_scales: per_channel, weight_rule: percentile, percentile: 99.5, samples: 50}",
             ""},
        Case{"per_channel_uniform", "{format: uniform, weight_bits: 5}",
             "{weight_scales: per_channel, samples: 50}", ""},
        Case{"packed", "{format: uniform, group_size: 1}", "{samples: 50}",
             "packing: {alpha: 8, gamma: 0.5, prune: 0.6}", "mx_64x64"},
        Case{"packed_term_quantized", kTermQuantizedDigits, "{samples: 50}",
             "packing: {alpha: 4, gamma: 0.5, prune: 0.6, layers: [{match: conv1, method: none}]}",
             "{base: tq_64x128, array: {multiplexer: 8}}"},
        Case{"pruned", kTermQuantizedDigits, "{samples: 50}",
             "packing: {method: none, prune: 0.9}"}),
    [](const auto& each) { return each.param.name; });

TEST(ExperimentEvaluator, GivesTheKeysOfTheDocumentation) {
  Experiment experiment = digits(kTermQuantizedDigits, 100);
  experiment.precision.layers.push_back({"conv1", {.format = "uniform", .parameters = {}}});
  ExperimentEvaluator evaluator(experiment);
  const Json json = evaluation_json(evaluator.evaluate(experiment.precision, true),
                                    evaluator.network(), experiment);
  EXPECT_EQ(json["samples"], 100);
  EXPECT_EQ(json["classes"], 10);
  EXPECT_EQ(json["synthetic"]["data"], false);
  EXPECT_GE(json["top5"], json["top1"]);
  EXPECT_GE(json["top1"], 0.9);
  EXPECT_GE(json["agreement"], 0.9);
  EXPECT_GT(json["sqnr_db"], 10.0);
  EXPECT_GT(json["kl"], 0.0);
  EXPECT_GE(json["perplexity"], 1.0);
  EXPECT_GE(json["float"]["top1"], 0.9);
  ASSERT_EQ(json["layers"].size(), evaluator.network().layers.size());
  EXPECT_EQ(json["layers"][0]["format"], "uniform");
  EXPECT_GT(json["layers"][0]["sqnr_db"], json["layers"][2]["sqnr_db"]);
}

TEST(ExperimentEvaluator, ComparesAPackedPlanAndItsBaselineWithTheSameFloatNetwork) {
  const Experiment packed =
      digits("{format: uniform, group_size: 1}", 200, "{samples: 50}",
             "packing: {alpha: 8, gamma: 0.5, prune: 0.3}\n"
             "baseline: {precision: {default: {format: uniform, group_size: 1}}}\n",
             "mx_64x64");
  ExperimentEvaluator evaluator(packed);
  const Json before =
      evaluation_json(evaluator.evaluate(*packed.baseline, false), evaluator.network(), packed);
  const Json after =
      evaluation_json(evaluator.evaluate(packed.precision, true), evaluator.network(), packed);
  EXPECT_EQ(after["float"], before["float"]);
  EXPECT_GE(before["top1"], 0.9);
  // Pruned without training on: it answers worse, but by far not at random.
  EXPECT_LT(after["top1"], before["top1"]);
  EXPECT_GT(after["top1"], 0.5);
  EXPECT_LT(after["sqnr_db"], before["sqnr_db"]);
}

TEST(ExperimentEvaluator, TakesSamplesFromTheFirstOneOnAndAllOfThemByDefault) {
  Experiment experiment = digits(kTermQuantizedDigits, 0);
  EXPECT_EQ(ExperimentEvaluator(experiment).samples(), 1000);
  experiment.workload.first_sample = 990;
  EXPECT_EQ(ExperimentEvaluator(experiment).samples(), 10);
  const Evaluation last = ExperimentEvaluator(experiment).evaluate(experiment.precision, false);
  experiment.workload.first_sample = 0;
  const Evaluation all = ExperimentEvaluator(experiment).evaluate(experiment.precision, false);
  EXPECT_TRUE(std::equal(last.quantized.classes.begin(), last.quantized.classes.end(),
                         all.quantized.classes.end() - 10));
}

TEST(ExperimentEvaluator, RefusesDataThatDoNotFit) {
  Experiment experiment = digits(kTermQuantizedDigits, 1001);
  EXPECT_THAT([&] { ExperimentEvaluator{experiment}; },
              ThrowsMessage<WorkloadError>(HasSubstr("holds 1000")));
  experiment = digits(kTermQuantizedDigits, 0);
  experiment.workload.labels = SYSTERM_SOURCE_DIR "/configs/data/digits/images.npy";
  EXPECT_ANY_THROW(ExperimentEvaluator{experiment});
  experiment = digits(kTermQuantizedDigits, 0);
  experiment.workload.data = SYSTERM_SOURCE_DIR "/configs/data/digits/calibration.npy";
  EXPECT_THAT([&] { ExperimentEvaluator{experiment}; },
              ThrowsMessage<WorkloadError>(HasSubstr("1000 labels, workload.data 200 samples")));
}

TEST(ExperimentEvaluator, CalibratesOnDataOfTheirOwn) {
  Experiment experiment = digits(kTermQuantizedDigits, 10);
  const auto scale = [&] {
    return ExperimentEvaluator(experiment).quantized(experiment.precision)->features[1].scale;
  };
  const float own = scale();
  experiment.calibration.data = SYSTERM_SOURCE_DIR "/configs/data/digits/calibration.npy";
  EXPECT_NE(scale(), own);
  experiment.calibration.first_sample = 201;
  EXPECT_THAT(scale, ThrowsMessage<WorkloadError>(HasSubstr("calibration.first_sample 201")));
}

TEST(ExperimentEvaluator, EvaluatesSyntheticNetworksByTheirErrors) {
  const Experiment synthetic = experiment(R"(systerm: 1
name: synthetic
design: tq_64x128
workload: {network: lenet5}
precision: {default: {format: term_quantized, group_budget: 12, data_terms: 3}}
run: {fidelity: data}
)");
  ExperimentEvaluator evaluator(synthetic);
  const Json json = evaluation_json(evaluator.evaluate(synthetic.precision, true),
                                    evaluator.network(), synthetic);
  EXPECT_EQ(json["top1"], nullptr);
  EXPECT_EQ(json["synthetic"]["weights"], true);
  EXPECT_GT(json["sqnr_db"], 5.0);
}

}  // namespace
}  // namespace systerm
