// SPDX-License-Identifier: Apache-2.0
// Training by plain loops over [image][channel][row][column], one after the other, in double
// precision sums: independent of the engine in everything but the mathematics.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace systerm::test {

/// data -> 3 x 3 convolution (padding 1) + ReLU -> 2 x 2 maximum -> linear + ReLU -> linear, or
/// without the first two where there are no filters. SGD with momentum and weight decay.
class PlainNetwork {
 public:
  struct Sizes {
    std::size_t channels = 1;
    std::size_t side = 0;
    std::size_t filters = 0;
    std::size_t hidden = 0;
    std::size_t classes = 0;
  };

  /// `parameters` by name: conv.weight, conv.bias, fc1.weight, fc1.bias, fc2.weight, fc2.bias.
  PlainNetwork(const Sizes& sizes, std::map<std::string, std::vector<float>> parameters);

  /// The loss before the update.
  double train(const std::vector<float>& samples, const std::vector<std::int64_t>& labels,
               double learning_rate, double momentum, double weight_decay);

  const std::vector<float>& parameter(const std::string& name) const {
    return parameters_.at(name);
  }

 private:
  using Values = std::vector<double>;
  using Gradients = std::map<std::string, Values>;

  Values convolve(const Values& data) const;
  void convolve_back(const Values& data, const Values& gradient, Gradients& gradients) const;
  Values multiply(const std::string& layer, const Values& data) const;
  Values multiply_back(const std::string& layer, const Values& data, const Values& gradient,
                       Gradients& gradients) const;
  double train_one(const Values& data, std::size_t label, double weight,
                   Gradients& gradients) const;

  Sizes sizes_;
  std::map<std::string, std::vector<float>> parameters_;
  std::map<std::string, std::vector<float>> velocities_;
};

}  // namespace systerm::test
