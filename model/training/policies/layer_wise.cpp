// SPDX-License-Identifier: Apache-2.0
#include "model/training/policy.h"

namespace systerm {

namespace {

/// Low precision in the first layers, high in the others, in all iterations.
class LayerWisePolicy final : public PrecisionPolicy {
 public:
  explicit LayerWisePolicy(double low_share) : low_share_(low_share) {}

  int mantissa_bits(const PrecisionRequest& request) const override {
    const auto share = static_cast<double>(request.layer) / static_cast<double>(request.layers);
    return share < low_share_ ? kLowMantissaBits : kHighMantissaBits;
  }

 private:
  double low_share_;
};

}  // namespace

PolicyEntry layer_wise_policy() {
  return {"layer_wise",
          [](const PolicyParameters& parameters,
             const PolicyContext&) -> std::unique_ptr<PrecisionPolicy> {
            return std::make_unique<LayerWisePolicy>(parameters.low_share);
          },
          {"low_share"}};
}

}  // namespace systerm
