// SPDX-License-Identifier: Apache-2.0
// Builds small networks by hand, with synthetic weights, for tests.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/square_window.h"
#include "workloads/network/network.h"

namespace systerm::test {

class NetworkBuilder {
 public:
  explicit NetworkBuilder(const FeatureShape& input);

  FeatureId input() const { return network_.inputs.front(); }
  const FeatureShape& shape(FeatureId id) const { return network_.feature(id).shape; }

  struct Convolution {
    std::int64_t filters = 1;
    Window window{};
    std::int64_t groups = 1;
    std::vector<PostStep> steps{};
    std::vector<FeatureId> operands{};  ///< of the steps, which count them from 1
  };
  FeatureId convolution(FeatureId input, const Convolution& convolution);
  FeatureId linear(FeatureId input, std::int64_t filters, std::vector<PostStep> steps = {});
  FeatureId pool(FeatureId input, const Pool& pool);
  /// Any other layer whose output has shape `shape`.
  FeatureId layer(const Operation& operation, const FeatureShape& shape,
                  std::vector<FeatureId> inputs, std::vector<PostStep> steps = {});

  std::shared_ptr<const Network> build(std::vector<FeatureId> outputs, std::uint64_t seed = 1);

 private:
  FeatureId add_feature(const FeatureShape& shape);

  Network network_;
};

PostStep relu();
PostStep add(int operand);
PostStep multiply(int operand);

/// The published network for 224 x 224 images; `blocks` is {3, 4, 6, 3} for 50 layers.
std::shared_ptr<const Network> bottleneck_resnet(const std::vector<int>& blocks);
/// Likewise with two 3 x 3 convolutions a block; {2, 2, 2, 2} for 18 layers.
std::shared_ptr<const Network> basic_resnet(const std::vector<int>& blocks);

}  // namespace systerm::test
