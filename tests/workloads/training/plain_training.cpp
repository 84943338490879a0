// SPDX-License-Identifier: Apache-2.0
#include "tests/workloads/training/plain_training.h"

#include <cmath>
#include <utility>

namespace systerm::test {

PlainNetwork::PlainNetwork(const Sizes& sizes, std::map<std::string, std::vector<float>> parameters)
    : sizes_(sizes), parameters_(std::move(parameters)) {
  for (const auto& [name, values] : parameters_) velocities_[name].assign(values.size(), 0.0F);
}

PlainNetwork::Values PlainNetwork::convolve(const Values& data) const {
  const int side = static_cast<int>(sizes_.side);
  const std::vector<float>& weights = parameters_.at("conv.weight");
  Values result;
  for (std::size_t f = 0; f < sizes_.filters; ++f) {
    for (int y = 0; y < side; ++y) {
      for (int x = 0; x < side; ++x) {
        double sum = parameters_.at("conv.bias")[f];
        for (std::size_t c = 0; c < sizes_.channels; ++c) {
          for (int ky = 0; ky < 3; ++ky) {
            for (int kx = 0; kx < 3; ++kx) {
              const int in_y = y + ky - 1;
              const int in_x = x + kx - 1;
              if (in_y < 0 || in_y >= side || in_x < 0 || in_x >= side) continue;
              const std::size_t tap = ((f * sizes_.channels + c) * 3 + ky) * 3 + kx;
              sum += weights[tap] * data[(c * sizes_.side + in_y) * sizes_.side + in_x];
            }
          }
        }
        result.push_back(sum);
      }
    }
  }
  return result;
}

void PlainNetwork::convolve_back(const Values& data, const Values& gradient,
                                 Gradients& gradients) const {
  const int side = static_cast<int>(sizes_.side);
  for (std::size_t f = 0; f < sizes_.filters; ++f) {
    for (int y = 0; y < side; ++y) {
      for (int x = 0; x < side; ++x) {
        const double from = gradient[(f * sizes_.side + y) * sizes_.side + x];
        gradients["conv.bias"][f] += from;
        for (std::size_t c = 0; c < sizes_.channels; ++c) {
          for (int ky = 0; ky < 3; ++ky) {
            for (int kx = 0; kx < 3; ++kx) {
              const int in_y = y + ky - 1;
              const int in_x = x + kx - 1;
              if (in_y < 0 || in_y >= side || in_x < 0 || in_x >= side) continue;
              const std::size_t tap = ((f * sizes_.channels + c) * 3 + ky) * 3 + kx;
              gradients["conv.weight"][tap] +=
                  from * data[(c * sizes_.side + in_y) * sizes_.side + in_x];
            }
          }
        }
      }
    }
  }
}

PlainNetwork::Values PlainNetwork::multiply(const std::string& layer, const Values& data) const {
  const std::vector<float>& weights = parameters_.at(layer + ".weight");
  const std::vector<float>& bias = parameters_.at(layer + ".bias");
  Values result;
  for (std::size_t f = 0; f < bias.size(); ++f) {
    double sum = bias[f];
    for (std::size_t k = 0; k < data.size(); ++k) sum += weights[f * data.size() + k] * data[k];
    result.push_back(sum);
  }
  return result;
}

PlainNetwork::Values PlainNetwork::multiply_back(const std::string& layer, const Values& data,
                                                 const Values& gradient,
                                                 Gradients& gradients) const {
  const std::vector<float>& weights = parameters_.at(layer + ".weight");
  Values result(data.size(), 0.0);
  for (std::size_t f = 0; f < gradient.size(); ++f) {
    gradients[layer + ".bias"][f] += gradient[f];
    for (std::size_t k = 0; k < data.size(); ++k) {
      gradients[layer + ".weight"][f * data.size() + k] += gradient[f] * data[k];
      result[k] += gradient[f] * weights[f * data.size() + k];
    }
  }
  return result;
}

double PlainNetwork::train_one(const Values& data, std::size_t label, double weight,
                               Gradients& gradients) const {
  const auto rectify = [](Values values) {
    for (double& value : values) value = value > 0.0 ? value : 0.0;
    return values;
  };
  const auto mask = [](Values gradient, const Values& rectified) {
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      if (rectified[i] <= 0.0) gradient[i] = 0.0;
    }
    return gradient;
  };
  Values features = data;
  Values image;
  std::vector<std::size_t> taken;
  if (sizes_.filters > 0) {
    image = rectify(convolve(data));
    features.clear();
    for (std::size_t f = 0; f < sizes_.filters; ++f) {
      for (std::size_t y = 0; y < sizes_.side; y += 2) {
        for (std::size_t x = 0; x < sizes_.side; x += 2) {
          const std::size_t corner = (f * sizes_.side + y) * sizes_.side + x;
          std::size_t best = corner;
          for (const std::size_t i : {corner + 1, corner + sizes_.side, corner + sizes_.side + 1}) {
            if (image[i] > image[best]) best = i;
          }
          taken.push_back(best);
          features.push_back(image[best]);
        }
      }
    }
  }
  const Values hidden = rectify(multiply("fc1", features));
  const Values logits = multiply("fc2", hidden);

  double sum = 0.0;
  for (const double logit : logits) sum += std::exp(logit);
  Values gradient;
  for (std::size_t c = 0; c < logits.size(); ++c) {
    gradient.push_back(weight * (std::exp(logits[c]) / sum - (c == label ? 1.0 : 0.0)));
  }
  const Values behind = mask(multiply_back("fc2", hidden, gradient, gradients), hidden);
  const Values pooled = multiply_back("fc1", features, behind, gradients);
  if (sizes_.filters > 0) {
    Values spread(image.size(), 0.0);
    for (std::size_t i = 0; i < taken.size(); ++i) spread[taken[i]] += pooled[i];
    convolve_back(data, mask(spread, image), gradients);
  }
  return weight * (std::log(sum) - logits[label]);
}

double PlainNetwork::train(const std::vector<float>& samples,
                           const std::vector<std::int64_t>& labels, double learning_rate,
                           double momentum, double weight_decay) {
  Gradients gradients;
  for (const auto& [name, values] : parameters_) gradients[name].assign(values.size(), 0.0);
  const std::size_t elements = samples.size() / labels.size();
  double loss = 0.0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto begin = samples.begin() + static_cast<std::ptrdiff_t>(i * elements);
    loss += train_one(Values(begin, begin + static_cast<std::ptrdiff_t>(elements)),
                      static_cast<std::size_t>(labels[i]), 1.0 / static_cast<double>(labels.size()),
                      gradients);
  }
  for (auto& [name, values] : parameters_) {
    std::vector<float>& velocity = velocities_[name];
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double slope = gradients[name][i] + weight_decay * values[i];
      velocity[i] = static_cast<float>(momentum * velocity[i] + slope);
      values[i] = static_cast<float>(values[i] - learning_rate * velocity[i]);
    }
  }
  return loss;
}

}  // namespace systerm::test
