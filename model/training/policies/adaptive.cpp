// SPDX-License-Identifier: Apache-2.0
// High precision where it improves a tensor by more than a threshold that falls with iterations and
// layers. Source: Zhang, McDanel, Kung, "FAST", HPCA'22 (arXiv 2110.15456).
#include "model/training/policy.h"

namespace systerm {

namespace {

class AdaptivePolicy final : public PrecisionPolicy {
 public:
  AdaptivePolicy(double start, double fall) : start_(start), fall_(fall) {}

  int mantissa_bits(const PrecisionRequest& request) const override {
    const auto time =
        static_cast<double>(request.iteration) / static_cast<double>(request.iterations);
    const auto depth = static_cast<double>(request.layer) / static_cast<double>(request.layers);
    const double threshold = start_ - fall_ * time - fall_ * depth;
    return request.improvement() > threshold ? kHighMantissaBits : kLowMantissaBits;
  }

 private:
  double start_;
  double fall_;
};

}  // namespace

PolicyEntry adaptive_policy() {
  return {"adaptive",
          [](const PolicyParameters& parameters,
             const PolicyContext&) -> std::unique_ptr<PrecisionPolicy> {
            return std::make_unique<AdaptivePolicy>(parameters.threshold_start,
                                                    parameters.threshold_fall);
          },
          {"threshold_start", "threshold_fall", "cadence"}};
}

}  // namespace systerm
