// SPDX-License-Identifier: Apache-2.0
#include "workloads/training/trainable_operator.h"

#include <algorithm>
#include <type_traits>

#include <fmt/format.h>

namespace systerm {

namespace {

template <typename Operation, typename... Others>
constexpr bool kIsOneOf = (std::is_same_v<Operation, Others> || ...);

}  // namespace

OperatorOrReason make_trainable(const OperatorSource& source) {
  return std::visit(
      [&](const auto& operation) -> OperatorOrReason {
        using Type = std::decay_t<decltype(operation)>;
        if constexpr (kIsOneOf<Type, op::Convolution, op::Linear, op::Pooling, op::GlobalPooling,
                               op::Binary, op::Activate, op::BatchNorm, op::Slice, op::Pad,
                               op::Transpose, op::Select, op::Concatenate>) {
          return make_trainable(operation, source);
        } else if constexpr (kIsOneOf<Type, op::Flatten, op::Reshape, op::Squeeze, op::Unsqueeze,
                                      op::Identity>) {
          return make_trainable_view(source);
        } else {
          return NotTrainable{"has no backward pass here"};
        }
      },
      source.node.operation);
}

void sum_rows(const float* values, std::size_t rows, std::size_t columns, float* sums,
              WorkerPool& workers) {
  constexpr std::size_t kRowsAtOnce = 256;
  const std::size_t pieces = (rows + kRowsAtOnce - 1) / kRowsAtOnce;
  std::vector<double> partial(pieces * columns, 0.0);
  workers.run(pieces, [&](std::size_t piece) {
    double* const to = partial.data() + piece * columns;
    const std::size_t end = std::min(rows, (piece + 1) * kRowsAtOnce);
    for (std::size_t row = piece * kRowsAtOnce; row < end; ++row) {
      for (std::size_t c = 0; c < columns; ++c) {
        to[c] += static_cast<double>(values[row * columns + c]);
      }
    }
  });
  for (std::size_t c = 0; c < columns; ++c) {
    double sum = 0.0;
    for (std::size_t piece = 0; piece < pieces; ++piece) sum += partial[piece * columns + c];
    sums[c] = static_cast<float>(sum);
  }
}

}  // namespace systerm
