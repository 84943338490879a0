// SPDX-License-Identifier: Apache-2.0
#include "workloads/evaluation/evaluator.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "components/arithmetic/row_operations.h"
#include "components/arithmetic/vector_operations.h"
#include "workloads/execution/feature_layout.h"
#include "workloads/execution/worker_threads.h"

namespace systerm {

namespace {

constexpr std::int64_t kTop = 5;

std::size_t size(std::int64_t value) { return static_cast<std::size_t>(value); }

/// ln of the probabilities of one row.
std::vector<double> log_probabilities(std::span<const double> logits, bool are_probabilities) {
  std::vector<double> result(logits.begin(), logits.end());
  if (are_probabilities) {
    constexpr double kSmallest = 1e-30;  // a probability that was rounded to zero
    for (double& value : result) value = std::log(std::max(value, kSmallest));
    return result;
  }
  const double largest = *std::ranges::max_element(result);
  double sum = 0.0;
  for (const double value : result) sum += std::exp(value - largest);
  const double shift = largest + std::log(sum);
  for (double& value : result) value -= shift;
  return result;
}

double divergence(std::span<const double> log_p, std::span<const double> log_q) {
  double sum = 0.0;
  for (std::size_t i = 0; i < log_p.size(); ++i) sum += std::exp(log_p[i]) * (log_p[i] - log_q[i]);
  return sum;
}

std::vector<double> to_double(std::span<const float> values) {
  return {values.begin(), values.end()};
}

void append(Answers& to, const Answers& from) {
  to.classes.insert(to.classes.end(), from.classes.begin(), from.classes.end());
  to.top5 += from.top5;
  to.log_likelihood += from.log_likelihood;
}

/// Takes results in any order and hands them on in the order of their pieces.
template <typename Result>
class InOrder {
 public:
  explicit InOrder(std::function<void(Result)> take) : take_(std::move(take)) {}

  void put(std::size_t piece, Result result) {
    const std::lock_guard lock(mutex_);
    waiting_.emplace(piece, std::move(result));
    for (auto first = waiting_.begin(); first != waiting_.end() && first->first == next_;
         first = waiting_.erase(first), ++next_) {
      take_(std::move(first->second));
    }
  }

 private:
  std::function<void(Result)> take_;
  std::mutex mutex_;
  std::map<std::size_t, Result> waiting_;
  std::size_t next_ = 0;
};

}  // namespace

struct Evaluator::Piece {
  std::int64_t samples = 0;
  Answers quantized;
  Answers reference;
  std::vector<float> reference_logits;  ///< only if they were computed here
  double divergence = 0.0;
  ValueComparison output;
  std::vector<ValueComparison> features;
};

std::int64_t Evaluation::agreeing() const {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < quantized.classes.size(); ++i) {
    count += quantized.classes[i] == reference->classes[i];
  }
  return count;
}

std::int64_t Evaluation::correct(const Answers& answers) const {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) count += answers.classes[i] == labels[i];
  return count;
}

Evaluator::Evaluator(std::shared_ptr<const Network> network, EvaluationData data,
                     std::size_t threads)
    : network_(std::move(network)),
      data_(std::move(data)),
      threads_(threads == 0 ? hardware_threads() : threads) {
  if (data_.inputs.size() != network_->inputs.size() || data_.inputs.empty()) {
    throw std::invalid_argument(fmt::format("{} inputs given, network '{}' has {}",
                                            data_.inputs.size(), network_->name,
                                            network_->inputs.size()));
  }
  const Dataset& first = data_.inputs.front();
  samples_ = first.count;
  const std::int64_t elements = network_->feature(network_->inputs.front()).shape.elements();
  batch_ = std::max<std::int64_t>(1, elements / std::max<std::int64_t>(1, first.sample_elements()));
  for (std::size_t i = 0; i < data_.inputs.size(); ++i) {
    const Feature& feature = network_->feature(network_->inputs[i]);
    if (data_.inputs[i].sample_elements() * batch_ != feature.shape.elements() ||
        data_.inputs[i].count != samples_) {
      throw std::invalid_argument(
          fmt::format("samples of '{}' do not fit input '{}'", data_.inputs[i].name, feature.name));
    }
  }
  const FeatureShape& output = network_->feature(network_->outputs.front()).shape;
  classes_ = output.channels;
  rows_per_sample_ = output.elements() / classes_ / batch_;
  if (rows_per_sample_ * batch_ * classes_ != output.elements()) {
    throw std::invalid_argument(
        fmt::format("the output of network '{}' does not divide into {} "
                    "samples",
                    network_->name, batch_));
  }
  gives_probabilities_ = std::holds_alternative<Softmax>(network_->layers.back().operation);
  const std::int64_t rows = samples_ * rows_per_sample_;
  if (data_.labels.empty()) return;
  if (std::ssize(data_.labels) != rows) {
    throw std::invalid_argument(
        fmt::format("{} labels for {} rows of logits", data_.labels.size(), rows));
  }
  for (std::size_t i = 0; i < data_.labels.size(); ++i) {
    if (data_.labels[i] < 0 || data_.labels[i] >= classes_) {
      throw std::invalid_argument(fmt::format("label {} of sample {} is none of the {} classes",
                                              data_.labels[i], i, classes_));
    }
  }
}

std::size_t Evaluator::samples_of(std::size_t piece) const {
  return size(std::min(batch_, samples_ - static_cast<std::int64_t>(piece) * batch_));
}

std::vector<Tensor> Evaluator::batch(std::size_t piece) const {
  const auto first = static_cast<std::int64_t>(piece) * batch_;
  const std::size_t count = samples_of(piece);
  std::vector<Tensor> tensors;
  for (const Dataset& data : data_.inputs) {
    Tensor tensor = data.batch(first, static_cast<std::int64_t>(count));
    // The last batch is filled up with its last sample, whose answers nobody reads.
    const std::size_t elements = size(data.sample_elements());
    for (std::size_t i = count; i < size(batch_); ++i) {
      const std::size_t from = tensor.values.size() - elements;
      tensor.values.resize(tensor.values.size() + elements);
      std::copy_n(tensor.values.data() + from, elements, tensor.values.data() + from + elements);
    }
    tensor.shape.front() = batch_;
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

std::vector<float> Evaluator::run_float(std::size_t worker, const std::vector<Tensor>& tensors,
                                        std::vector<std::vector<float>>* features) {
  auto& executor = float_executors_[worker];
  if (!executor) executor = std::make_unique<FloatExecutor>(network_);
  std::vector<float> output;
  executor->run(tensors, [&](FeatureId id, std::span<const float> values) {
    if (id == network_->outputs.front()) output.assign(values.begin(), values.end());
    if (features != nullptr) (*features)[index(id)].assign(values.begin(), values.end());
  });
  return output;
}

void Evaluator::score(std::span<const double> logits, std::size_t row, Answers& answers) const {
  answers.classes.push_back(std::ranges::max_element(logits) - logits.begin());
  if (data_.labels.empty()) return;
  const std::size_t label = size(data_.labels[row]);
  std::int64_t ahead = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    ahead += logits[i] > logits[label] || (logits[i] == logits[label] && i < label);
  }
  answers.top5 += ahead < kTop;
  answers.log_likelihood += log_probabilities(logits, gives_probabilities_)[label];
}

Evaluator::Piece Evaluator::run_piece(const IntegerExecutor& executor,
                                      IntegerExecutor::Scratch& scratch, std::size_t worker,
                                      std::size_t piece, bool compare_features) {
  const QuantizedNetwork& quantized = executor.network();
  const std::vector<Tensor> tensors = batch(piece);
  Piece result;
  result.samples = static_cast<std::int64_t>(samples_of(piece));
  const std::size_t rows = size(result.samples * rows_per_sample_);
  const std::size_t first_row = piece * size(batch_ * rows_per_sample_);

  std::vector<std::vector<float>> references(compare_features ? network_->features.size() : 0);
  if (reference_ == nullptr || compare_features) {
    result.reference_logits = run_float(worker, tensors, compare_features ? &references : nullptr);
    result.reference_logits.resize(rows * size(classes_));
  }
  const std::span<const float> reference_logits =
      reference_ == nullptr || compare_features
          ? std::span<const float>(result.reference_logits)
          : std::span<const float>(reference_logits_)
                .subspan(first_row * size(classes_), rows * size(classes_));

  std::vector<FeatureCodes> inputs;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const FeatureId id = network_->inputs[i];
    const std::vector<float> values = to_memory_order(network_->feature(id), tensors[i]);
    FeatureCodes& codes = inputs.emplace_back();
    codes.shape = network_->feature(id).shape;
    codes.codes.resize(values.size());
    quantize_values(values, quantized.features[index(id)], codes.codes);
  }
  result.features.resize(references.size());
  std::vector<float> values;
  const auto dequantized = [&](FeatureId id, const FeatureCodes& codes) {
    // Samples lie one after the other, so the filled-up ones are behind the others.
    values.resize(codes.codes.size() / size(batch_) * size(result.samples));
    const float scale = quantized.features[index(id)].scale;
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = dequantize(codes.codes[i], scale);
    return std::span<const float>(values);
  };
  const auto compare = [&](FeatureId id, const FeatureCodes& codes) {
    const std::span<const float> stored = dequantized(id, codes);
    result.features[index(id)].add(
        std::span<const float>(references[index(id)]).first(stored.size()), stored);
  };
  const std::vector<FeatureCodes> outputs = executor.run(
      std::move(inputs), scratch, compare_features ? IntegerExecutor::Observer(compare) : nullptr);

  const FeatureId output = network_->outputs.front();
  result.output.add(reference_logits, dequantized(output, outputs.front()));
  const double scale = quantized.features[index(output)].scale;
  std::vector<double> logits(size(classes_));
  for (std::size_t row = 0; row < rows; ++row) {
    const auto codes = std::span(outputs.front().codes).subspan(row * logits.size(), logits.size());
    // Exact: a code has 24 bits, a scale as many.
    for (std::size_t i = 0; i < logits.size(); ++i) logits[i] = codes[i] * scale;
    const std::vector<double> reference =
        to_double(reference_logits.subspan(row * logits.size(), logits.size()));
    score(logits, first_row + row, result.quantized);
    score(reference, first_row + row, result.reference);
    result.divergence += divergence(log_probabilities(reference, gives_probabilities_),
                                    log_probabilities(logits, gives_probabilities_));
  }
  return result;
}

Evaluation Evaluator::evaluate(const std::shared_ptr<const QuantizedNetwork>& quantized,
                               bool compare_features, const Progress& progress) {
  const IntegerExecutor executor(quantized);
  const std::size_t pieces = size((samples_ + batch_ - 1) / batch_);
  const bool computes_reference = reference_ == nullptr;
  std::vector<IntegerExecutor::Scratch> scratch(threads_);
  float_executors_.resize(threads_);

  Evaluation result;
  result.class_count = classes_;
  result.labels = data_.labels;
  if (compare_features) result.features.resize(network_->features.size());
  auto reference = std::make_shared<Answers>();
  std::vector<float> logits;
  InOrder<Piece> merged([&](Piece piece) {
    result.samples += piece.samples;
    append(result.quantized, piece.quantized);
    result.divergence += piece.divergence;
    result.output.merge(piece.output);
    for (std::size_t i = 0; i < piece.features.size(); ++i) {
      result.features[i].merge(piece.features[i]);
    }
    if (computes_reference) {
      append(*reference, piece.reference);
      logits.insert(logits.end(), piece.reference_logits.begin(), piece.reference_logits.end());
    }
    if (progress) progress(result.samples, samples_);
  });
  for_each_piece(pieces, threads_, [&](std::size_t worker, std::size_t piece) {
    merged.put(piece, run_piece(executor, scratch[worker], worker, piece, compare_features));
  });
  if (computes_reference) {
    reference_ = std::move(reference);
    reference_logits_ = std::move(logits);
  }
  result.reference = reference_;
  result.rows = std::ssize(result.quantized.classes);
  return result;
}

std::int64_t evaluation_batch(const Network& network, std::int64_t batch) {
  constexpr std::int64_t kElements = std::int64_t{1} << 18;
  constexpr std::int64_t kMost = 64;
  std::int64_t largest = 1;
  for (const Feature& feature : network.features) {
    largest = std::max(largest, feature.shape.elements() / batch);
  }
  return std::clamp<std::int64_t>(kElements / largest, 1, kMost);
}

}  // namespace systerm
