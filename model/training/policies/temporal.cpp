// SPDX-License-Identifier: Apache-2.0
#include "model/training/policy.h"

namespace systerm {

namespace {

/// Low precision first, then high, in all layers at once.
class TemporalPolicy final : public PrecisionPolicy {
 public:
  explicit TemporalPolicy(double low_share) : low_share_(low_share) {}

  int mantissa_bits(const PrecisionRequest& request) const override {
    const auto share =
        static_cast<double>(request.iteration) / static_cast<double>(request.iterations);
    return share < low_share_ ? kLowMantissaBits : kHighMantissaBits;
  }

 private:
  double low_share_;
};

}  // namespace

PolicyEntry temporal_policy() {
  return {"temporal",
          [](const PolicyParameters& parameters,
             const PolicyContext&) -> std::unique_ptr<PrecisionPolicy> {
            return std::make_unique<TemporalPolicy>(parameters.low_share);
          },
          {"low_share"}};
}

}  // namespace systerm
