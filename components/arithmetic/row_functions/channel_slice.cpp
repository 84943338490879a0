// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/row_function.h"

namespace systerm {

namespace {

class Function final : public RowFunction {
 public:
  Function(std::int64_t begin, std::int64_t count, std::int64_t step)
      : begin_(begin), count_(count), step_(step) {}

  std::string_view name() const override { return "slice"; }
  std::int64_t passes() const override { return 1; }

  std::optional<std::int64_t> result_channels(
      std::span<const std::int64_t> operands) const override {
    const std::int64_t last = begin_ + (count_ - 1) * step_;
    if (operands.size() != 1 || begin_ >= operands[0] || last < 0 || last >= operands[0]) {
      return std::nullopt;
    }
    return count_;
  }

  VectorOperations operations(std::span<const std::int64_t>, const RowPosition&) const override {
    return {};
  }

  void apply(std::span<const std::span<const float>> operands, const RowPosition&,
             std::span<float> result) const override {
    std::int64_t from = begin_;
    for (float& value : result) {
      value = operands[0][static_cast<std::size_t>(from)];
      from += step_;
    }
  }

 private:
  std::int64_t begin_;
  std::int64_t count_;
  std::int64_t step_;
};

}  // namespace

SharedRowFunction make_channel_slice(std::int64_t begin, std::int64_t count, std::int64_t step) {
  return std::make_shared<Function>(begin, count, step);
}

}  // namespace systerm
