// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/float_executor.h"

#include <cstdlib>
#include <utility>

#include <omp.h>

#include "workloads/execution/feature_layout.h"
#include "workloads/execution/float_program.h"

namespace systerm {

namespace {

/// One thread unless the user asked for a number.
class ThreadLimit {
 public:
  ThreadLimit() : before_(omp_get_max_threads()) {
    if (std::getenv("OMP_NUM_THREADS") == nullptr) omp_set_num_threads(1);
  }
  ~ThreadLimit() { omp_set_num_threads(before_); }
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;

 private:
  int before_;
};

}  // namespace

FloatExecutor::FloatExecutor(std::shared_ptr<const Network> network) {
  const ThreadLimit limit;
  program_ = std::make_unique<FloatProgram>(std::move(network));
}
FloatExecutor::~FloatExecutor() = default;
FloatExecutor::FloatExecutor(FloatExecutor&&) noexcept = default;
FloatExecutor& FloatExecutor::operator=(FloatExecutor&&) noexcept = default;

void FloatExecutor::run(std::span<const Tensor> inputs, const Observer& observer) {
  const ThreadLimit limit;
  program_->run(inputs, observer);
}

std::vector<Tensor> FloatExecutor::run(std::span<const Tensor> inputs) {
  const Network& network = program_->network();
  std::vector<Tensor> outputs(network.outputs.size());
  run(inputs, [&](FeatureId id, std::span<const float> values) {
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (network.outputs[i] == id) outputs[i] = to_source_order(network.feature(id), values);
    }
  });
  return outputs;
}

std::vector<std::vector<float>> FloatExecutor::run_all(std::span<const Tensor> inputs) {
  std::vector<std::vector<float>> features(program_->network().features.size());
  run(inputs, [&](FeatureId id, std::span<const float> values) {
    features[index(id)].assign(values.begin(), values.end());
  });
  return features;
}

void calibrate(FloatExecutor& executor, std::span<const Tensor> inputs,
               std::span<MagnitudeHistogram> magnitudes) {
  executor.run(inputs, [&](FeatureId id, std::span<const float> values) {
    magnitudes[index(id)].add(values);
  });
}

}  // namespace systerm
