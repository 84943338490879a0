// SPDX-License-Identifier: Apache-2.0
// Source: Ioffe, Szegedy, "Batch Normalization", ICML 2015, algorithms 1 and 2. Running statistics
// move by a tenth of the way each iteration, the variance by its unbiased estimate.
#include <algorithm>
#include <cmath>

#include "workloads/training/trainable_operator.h"

namespace systerm {

namespace {

constexpr std::size_t kRowsAtOnce = 256;
constexpr float kMovingShare = 0.1F;

class BatchNormOperator final : public TrainableOperator {
 public:
  BatchNormOperator(double epsilon, const OperatorSource& source)
      : epsilon_(epsilon),
        channels_(static_cast<std::size_t>(source.input(0)[1])),
        rows_(static_cast<std::size_t>(element_count(source.input(0))) / channels_) {}

  void forward(const StepOperands& operands, StepServices& services) override {
    const float* const data = operands.reads[0];
    float* const mean = operands.writes[1];
    float* const inverse = operands.writes[2];
    if (services.is_training) {
      // A step that computes the same again leaves the running statistics alone.
      const bool is_first = operands.writes.size() > 3;
      measure(data, mean, inverse, is_first ? operands.writes[3] : nullptr,
              is_first ? operands.writes[4] : nullptr, services.workers);
    } else {
      std::copy_n(operands.reads[3], channels_, mean);
      for (std::size_t c = 0; c < channels_; ++c) {
        inverse[c] = inverse_deviation(static_cast<double>(operands.reads[4][c]));
      }
    }
    float* const to = operands.writes[0];
    services.workers.run_ranges(rows_, kRowsAtOnce, [&](std::size_t first, std::size_t end) {
      for (std::size_t i = first * channels_; i < end * channels_; i += channels_) {
        for (std::size_t c = 0; c < channels_; ++c) {
          to[i + c] =
              (data[i + c] - mean[c]) * inverse[c] * operands.reads[1][c] + operands.reads[2][c];
        }
      }
    });
  }

  /// dx = scale / deviation * (dy - mean(dy) - normalised x * mean(dy * normalised x))
  void backward_data(const StepOperands& operands, StepServices& services) override {
    const float* const gradient = operands.reads[0];
    const float* const data = operands.reads[1];
    const float* const scale = operands.reads[2];
    const float* const mean = operands.reads[3];
    const float* const inverse = operands.reads[4];
    const Sums sums = gradient_sums(gradient, data, mean, inverse, services.workers);
    const auto count = static_cast<double>(rows_);
    std::vector<float> mean_gradient(channels_);
    std::vector<float> mean_product(channels_);
    for (std::size_t c = 0; c < channels_; ++c) {
      mean_gradient[c] = static_cast<float>(sums.gradient[c] / count);
      mean_product[c] = static_cast<float>(sums.product[c] / count);
    }
    float* const to = operands.writes[0];
    services.workers.run_ranges(rows_, kRowsAtOnce, [&](std::size_t first, std::size_t end) {
      for (std::size_t i = first * channels_; i < end * channels_; i += channels_) {
        for (std::size_t c = 0; c < channels_; ++c) {
          const float normalised = (data[i + c] - mean[c]) * inverse[c];
          to[i + c] = scale[c] * inverse[c] *
                      (gradient[i + c] - mean_gradient[c] - normalised * mean_product[c]);
        }
      }
    });
  }

  void weight_gradient(const StepOperands& operands, StepServices& services) override {
    const Sums sums = gradient_sums(operands.reads[0], operands.reads[1], operands.reads[2],
                                    operands.reads[3], services.workers);
    for (std::size_t c = 0; c < channels_; ++c) {
      operands.writes[0][c] = static_cast<float>(sums.product[c]);
      operands.writes[1][c] = static_cast<float>(sums.gradient[c]);
    }
  }

 private:
  struct Sums {
    std::vector<double> gradient;
    std::vector<double> product;  ///< of gradient and normalised data
  };

  float inverse_deviation(double variance) const {
    return static_cast<float>(1.0 / std::sqrt(variance + epsilon_));
  }

  /// Sum over all rows of term(index of the element, channel), for each channel.
  template <typename Term>
  std::vector<double> channel_sums(WorkerPool& workers, const Term& term) const {
    const std::size_t pieces = (rows_ + kRowsAtOnce - 1) / kRowsAtOnce;
    std::vector<double> partial(pieces * channels_, 0.0);
    workers.run_ranges(rows_, kRowsAtOnce, [&](std::size_t first, std::size_t end) {
      double* const to = partial.data() + first / kRowsAtOnce * channels_;
      for (std::size_t i = first * channels_; i < end * channels_; i += channels_) {
        for (std::size_t c = 0; c < channels_; ++c) to[c] += term(i + c, c);
      }
    });
    std::vector<double> sums(channels_, 0.0);
    for (std::size_t piece = 0; piece < pieces; ++piece) {
      for (std::size_t c = 0; c < channels_; ++c) sums[c] += partial[piece * channels_ + c];
    }
    return sums;
  }

  void measure(const float* data, float* mean, float* inverse, float* running_mean,
               float* running_variance, WorkerPool& workers) const {
    const auto count = static_cast<double>(rows_);
    std::vector<double> means = channel_sums(
        workers, [&](std::size_t i, std::size_t) { return static_cast<double>(data[i]); });
    for (double& each : means) each /= count;
    const std::vector<double> squares = channel_sums(workers, [&](std::size_t i, std::size_t c) {
      const double distance = static_cast<double>(data[i]) - means[c];
      return distance * distance;
    });
    for (std::size_t c = 0; c < channels_; ++c) {
      mean[c] = static_cast<float>(means[c]);
      inverse[c] = inverse_deviation(squares[c] / count);
      if (running_mean == nullptr) continue;
      const auto unbiased = static_cast<float>(squares[c] / std::max(count - 1.0, 1.0));
      running_mean[c] += kMovingShare * (mean[c] - running_mean[c]);
      running_variance[c] += kMovingShare * (unbiased - running_variance[c]);
    }
  }

  Sums gradient_sums(const float* gradient, const float* data, const float* mean,
                     const float* inverse, WorkerPool& workers) const {
    return {channel_sums(workers, [&](std::size_t i,
                                      std::size_t) { return static_cast<double>(gradient[i]); }),
            channel_sums(workers, [&](std::size_t i, std::size_t c) {
              const float normalised = (data[i] - mean[c]) * inverse[c];
              return static_cast<double>(gradient[i]) * static_cast<double>(normalised);
            })};
  }

  double epsilon_;
  std::size_t channels_;
  std::size_t rows_;
};

}  // namespace

OperatorOrReason make_trainable(const op::BatchNorm& norm, const OperatorSource& source) {
  const std::size_t axes = source.input(0).size();
  if (axes != 2 && axes != 4) return NotTrainable{"has one spatial axis; two or none are expected"};
  return std::make_unique<BatchNormOperator>(norm.epsilon, source);
}

}  // namespace systerm
