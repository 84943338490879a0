// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "components/arithmetic/row_function.h"
#include "components/arithmetic/vector_operations.h"

namespace systerm {

namespace {

class Function final : public RowFunction {
 public:
  explicit Function(const AttentionSoftmax& options) : options_(options) {}

  std::string_view name() const override { return "attention_softmax"; }
  /// Largest, sum, quotient; a mask is one more.
  std::int64_t passes() const override { return 3; }
  bool is_nonnegative() const override { return true; }

  std::optional<std::int64_t> result_channels(
      std::span<const std::int64_t> operands) const override {
    const bool has_mask = operands.size() == 2;
    if (operands.empty() || operands.size() > 2 || operands[0] % options_.extent != 0 ||
        (has_mask && operands[1] != options_.extent)) {
      return std::nullopt;
    }
    return operands[0];
  }

  /// Of every score that is seen: mask, distance from the largest, exponential, sum, quotient.
  VectorOperations operations(std::span<const std::int64_t> operands,
                              const RowPosition& at) const override {
    const VectorOperations score{.additions = operands.size() == 2 ? 3 : 2,
                                 .multiplications = 1,
                                 .comparisons = 1,
                                 .functions = 1};
    return operands[0] / options_.extent * visible(at) * score;
  }

  void apply(std::span<const std::span<const float>> operands, const RowPosition& at,
             std::span<float> result) const override {
    const auto extent = static_cast<std::size_t>(options_.extent);
    const auto visible = static_cast<std::size_t>(this->visible(at));
    std::vector<float> masked(visible);
    for (std::size_t head = 0; head < result.size(); head += extent) {
      std::span<const float> scores = operands[0].subspan(head, visible);
      if (operands.size() == 2) {
        for (std::size_t i = 0; i < visible; ++i) masked[i] = scores[i] + operands[1][i];
        scores = masked;
      }
      softmax(scores, result.subspan(head, visible));
      std::ranges::fill(result.subspan(head + visible, extent - visible), 0.0F);
    }
  }

 private:
  std::int64_t visible(const RowPosition& at) const {
    if (!options_.is_causal) return options_.extent;
    return std::min(options_.extent, at.column + 1 + options_.visible_before);
  }

  AttentionSoftmax options_;
};

}  // namespace

SharedRowFunction make_attention_softmax(const AttentionSoftmax& options) {
  return std::make_shared<Function>(options);
}

}  // namespace systerm
