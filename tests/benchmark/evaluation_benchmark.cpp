// SPDX-License-Identifier: Apache-2.0
// Evaluation without event simulation beside the bare integer matrix products of the same shapes,
// both on one thread: how much im2col, encoding and post-processing cost.
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "components/arithmetic/gemm.h"
#include "workloads/data/synthetic.h"
#include "workloads/evaluation/evaluator.h"
#include "workloads/execution/integer_executor.h"
#include "workloads/quantization/quantize.h"
#include "workloads/quantization/synthetic_network.h"
#include "workloads/zoo/load_network.h"

namespace systerm {
namespace {

std::size_t size(std::int64_t value) { return static_cast<std::size_t>(value); }

std::shared_ptr<const Network> network_of(const std::string& source) {
  const Network one = load_network(source, 1);
  return std::make_shared<const Network>(
      with_synthetic_weights(load_network(source, evaluation_batch(one, 1)), /*seed=*/1));
}

Tensor input_of(const Network& network) {
  const Feature& feature = network.feature(network.inputs.front());
  return {feature.source_shape, synthetic_data(1, feature.name, size(feature.shape.elements()))};
}

std::shared_ptr<const QuantizedNetwork> quantized(const std::shared_ptr<const Network>& network,
                                                  const std::string& format) {
  FloatExecutor executor(network);
  std::vector<MagnitudeHistogram> magnitudes(network->features.size(), MagnitudeHistogram(false));
  const Tensor input = input_of(*network);
  calibrate(executor, {&input, 1}, magnitudes);
  const Precision precision{.format = format, .parameters = {}};
  return std::make_shared<const QuantizedNetwork>(
      quantize_network(network, std::vector<Precision>(network->layers.size(), precision),
                       magnitudes, ScaleRule::kMaximum));
}

void count(benchmark::State& state, const Network& network) {
  const auto samples =
      static_cast<double>(network.feature(network.inputs.front()).source_shape.front());
  state.counters["MAC/s"] = benchmark::Counter(static_cast<double>(network.macs()),
                                               benchmark::Counter::kIsIterationInvariantRate);
  state.counters["samples/s"] =
      benchmark::Counter(samples, benchmark::Counter::kIsIterationInvariantRate);
}

bool is_missing(const std::string& source) {
  return source.ends_with(".onnx") && !std::filesystem::exists(source);
}

/// Every product of the network once: data and weights are ready as the kernel takes them.
void bare_products(benchmark::State& state, const std::string& source) {
  if (is_missing(source)) return state.SkipWithError("the network is not there");
  const auto network = network_of(source);
  struct Product {
    std::size_t vectors, depth, columns, groups;
    std::vector<std::int16_t> data;
    PackedWeights weights;
    std::vector<std::int32_t> sums;
  };
  std::vector<Product> products;
  for (const Layer& layer : network->layers) {
    const Gemm* gemm = layer.gemm();
    if (gemm == nullptr) continue;
    Product& product = products.emplace_back(
        Product{size(gemm->m), size(gemm->k), size(gemm->n), size(gemm->groups), {}, {}, {}});
    product.data.resize(product.vectors * product.depth);
    for (std::size_t i = 0; i < product.data.size(); ++i) {
      product.data[i] = static_cast<std::int16_t>(random_bits(1, i) % 255) - 127;
    }
    std::vector<std::int16_t> weights(product.depth * product.columns);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      weights[i] = static_cast<std::int16_t>(random_bits(2, i) % 255) - 127;
    }
    product.weights.assign(weights, product.depth, product.columns);
    product.sums.resize(product.vectors * product.columns);
  }
  for (auto _ : state) {
    for (Product& product : products) {
      for (std::size_t group = 0; group < product.groups; ++group) {
        std::fill(product.sums.begin(), product.sums.end(), 0);
        gemm_accumulate(product.data, product.vectors, product.depth, product.weights, product.sums,
                        product.columns);
        benchmark::DoNotOptimize(product.sums.data());
      }
    }
  }
  count(state, *network);
}

void evaluation(benchmark::State& state, const std::string& source, const std::string& format) {
  if (is_missing(source)) return state.SkipWithError("the network is not there");
  const auto network = network_of(source);
  const auto integers = quantized(network, format);
  const IntegerExecutor executor(integers);
  const FeatureCodes input =
      quantize_feature(*integers, network->inputs.front(), input_of(*network));
  IntegerExecutor::Scratch scratch;
  for (auto _ : state) benchmark::DoNotOptimize(executor.run({input}, scratch));
  count(state, *network);
}

std::string keywords() {
  const char* folder = std::getenv("SYSTERM_SHARED_DATA");
  return (folder != nullptr ? std::string(folder) : SYSTERM_SOURCE_DIR "/../shared/data") +
         "/kws/kws_dscnn.onnx";
}
const std::string kDigits = SYSTERM_SOURCE_DIR "/configs/data/digits/network.onnx";

BENCHMARK_CAPTURE(bare_products, resnet18, "resnet18")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(evaluation, resnet18_term_quantized, "resnet18", "term_quantized")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(evaluation, resnet18_uniform, "resnet18", "uniform")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bare_products, lenet5, "lenet5")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(evaluation, lenet5_term_quantized, "lenet5", "term_quantized")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bare_products, mlp, "mlp_784_512_512_10")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(evaluation, mlp_term_quantized, "mlp_784_512_512_10", "term_quantized")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bare_products, digits, kDigits)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(evaluation, digits_term_quantized, kDigits, "term_quantized")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bare_products, keywords, keywords())->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(evaluation, keywords_term_quantized, keywords(), "term_quantized")
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace systerm
