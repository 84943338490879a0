// SPDX-License-Identifier: Apache-2.0
#include "model/training/policy.h"

namespace systerm {

namespace {

class FixedPolicy final : public PrecisionPolicy {
 public:
  explicit FixedPolicy(const PolicyParameters& parameters)
      : precision_{parameters.weights, parameters.activations, parameters.gradients} {}

  int mantissa_bits(const PrecisionRequest& request) const override {
    return precision_[index(request.kind)];
  }

 private:
  LayerPrecision precision_;
};

}  // namespace

PolicyEntry fixed_policy() {
  return {"fixed",
          [](const PolicyParameters& parameters,
             const PolicyContext&) -> std::unique_ptr<PrecisionPolicy> {
            return std::make_unique<FixedPolicy>(parameters);
          },
          {"weights", "activations", "gradients"}};
}

}  // namespace systerm
