// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>

#include <fmt/format.h>

#include "model/training/policy.h"
#include "model/training/precision_trace.h"

namespace systerm {

namespace {

class TracePolicy final : public PrecisionPolicy {
 public:
  explicit TracePolicy(PrecisionTrace trace) : trace_(std::move(trace)) {}

  int mantissa_bits(const PrecisionRequest& request) const override {
    return trace_.at(request.layer, request.iteration)[index(request.kind)];
  }

 private:
  PrecisionTrace trace_;
};

}  // namespace

PolicyEntry trace_policy() {
  return {
      "trace",
      [](const PolicyParameters& parameters,
         const PolicyContext& context) -> std::unique_ptr<PrecisionPolicy> {
        return std::make_unique<TracePolicy>(load_precision_trace(parameters.file, context.layers));
      },
      {"file"}};
}

}  // namespace systerm
