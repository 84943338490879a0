// SPDX-License-Identifier: Apache-2.0
// Training iterations beside the bare products that they contain, in the same format and on one
// thread: the closing ratio says what everything else costs.
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "components/arithmetic/bfp_gemm.h"
#include "model/training/policy.h"
#include "workloads/data/synthetic.h"
#include "workloads/training/bfp_products.h"
#include "workloads/training/initial_weights.h"
#include "workloads/training/training_engine.h"
#include "workloads/zoo/network_zoo.h"

namespace systerm {
namespace {

enum class Format { kFloat, kLow, kHigh };

struct Setting {
  std::string network;
  std::int64_t batch;
  Format format;
};

std::unique_ptr<LayerProducts> products_of(const Setting& setting,
                                           const std::vector<std::string>& layers) {
  if (setting.format == Format::kFloat) return std::make_unique<FloatProducts>();
  const int bits = setting.format == Format::kLow ? kLowMantissaBits : kHighMantissaBits;
  return std::make_unique<BfpProducts>(
      BfpTrainingFormat{},
      make_policy("fixed", {.weights = bits, .activations = bits, .gradients = bits}, {}),
      BfpProducts::Run{.layers = layers});
}

TrainingEngine engine_of(const Setting& setting) {
  const Graph graph = with_initial_weights(zoo_graph(setting.network, setting.batch), 1, true);
  return TrainingEngine(graph, make_optimizer("sgd", {}),
                        products_of(setting, weighted_layers(graph)), 1);
}

double macs_of(const TrainingGraph& graph) {
  double macs = 0;
  for (const TrainingStep& step : graph.steps) {
    for (const StepGemm& gemm : step.gemms) macs += static_cast<double>(gemm.macs());
  }
  return macs;
}

void report(benchmark::State& state, double macs) {
  state.counters["MAC/s"] = benchmark::Counter(macs, benchmark::Counter::kIsIterationInvariantRate);
}

void training_iteration(benchmark::State& state, const Setting& setting) {
  TrainingEngine engine = engine_of(setting);
  const auto samples =
      synthetic_data(1, "samples", static_cast<std::size_t>(element_count(engine.input_shape())));
  const std::vector<std::int64_t> labels(engine.batch(), 1);
  for (auto _ : state) benchmark::DoNotOptimize(engine.train(samples, labels, 1e-4));
  report(state, macs_of(engine.training_graph()));
}

/// One product with operands that are there in its format.
class BareProduct {
 public:
  BareProduct(const StepGemm& gemm, Format format)
      : gemm_(gemm),
        format_(format),
        left_values_(synthetic_data(1, "left", size(gemm.rows * gemm.contraction))),
        right_values_(synthetic_data(2, "right", size(gemm.columns * gemm.contraction))),
        sums_(size(gemm.rows * gemm.columns)) {
    if (format == Format::kFloat) return;
    BfpParameters parameters;
    parameters.mantissa_bits = format == Format::kLow ? kLowMantissaBits : kHighMantissaBits;
    BfpMatrix matrix;
    matrix.assign(matrix_view(left_values_, size(gemm.rows), size(gemm.contraction)),
                  GroupAxis::kColumns, parameters);
    left_.assign(matrix, BfpAccumulation::kPerPass);
    matrix.assign(matrix_view(right_values_, size(gemm.columns), size(gemm.contraction)),
                  GroupAxis::kColumns, parameters);
    right_.assign(matrix, BfpAccumulation::kPerPass);
  }

  void run(WorkerPool& workers) {
    if (format_ == Format::kFloat) {
      FloatProducts().forward({0, size(gemm_.rows), size(gemm_.contraction), size(gemm_.columns)},
                              left_values_.data(), right_values_.data(), sums_.data(), workers);
    } else {
      bfp_gemm(left_, right_, false, sums_, size(gemm_.columns));
    }
  }

 private:
  static std::size_t size(std::int64_t value) { return static_cast<std::size_t>(value); }

  StepGemm gemm_;
  Format format_;
  std::vector<float> left_values_;
  std::vector<float> right_values_;
  std::vector<float> sums_;
  BfpLeft left_;
  BfpRight right_;
};

void bare_products(benchmark::State& state, const Setting& setting) {
  const TrainingGraph graph = make_training_graph(zoo_graph(setting.network, setting.batch));
  std::vector<BareProduct> products;
  for (const TrainingStep& step : graph.steps) {
    for (const StepGemm& gemm : step.gemms) products.emplace_back(gemm, setting.format);
  }
  WorkerPool workers(1);
  for (auto _ : state) {
    for (BareProduct& product : products) product.run(workers);
  }
  report(state, macs_of(graph));
}

const int kRegistered = [] {
  for (const auto& [network, batch] :
       {std::pair{"mlp_784_512_512_10", 256}, {"lenet5", 64}, {"resnet20", 16}}) {
    for (const auto& [name, format] :
         {std::pair{"fp32", Format::kFloat}, {"m2", Format::kLow}, {"m4", Format::kHigh}}) {
      const Setting setting{network, batch, format};
      const std::string label = std::string("/") + network + "/" + name;
      benchmark::RegisterBenchmark(("training_iteration" + label).c_str(), training_iteration,
                                   setting);
      benchmark::RegisterBenchmark(("bare_products" + label).c_str(), bare_products, setting);
    }
  }
  return 0;
}();

}  // namespace
}  // namespace systerm
