// SPDX-License-Identifier: Apache-2.0
#include "components/vector_unit/vector_program.h"

namespace systerm {
namespace {

using Source = VectorProgram::Source;

VectorOperations source_operations(const VectorProgram& program) {
  const std::int64_t window = program.window.kernel_height * program.window.kernel_width;
  switch (program.source) {
    case Source::kSums:
      return {.additions = 1, .multiplications = 1};
    case Source::kMaximum:
      return {.comparisons = window};
    case Source::kAverage:
      return {.additions = window, .multiplications = 1};
    case Source::kPass:
    case Source::kConcatenation:
      return {};
    case Source::kSoftmax:
      return {.additions = 1, .multiplications = 1, .comparisons = 1, .functions = 1};
  }
  return {};
}

VectorOperations activation_operations(ActivationFunction function) {
  switch (function) {
    case ActivationFunction::kIdentity:
      return {};
    case ActivationFunction::kRelu:
      return {.comparisons = 1};
    case ActivationFunction::kClip:
      return {.comparisons = 2};
    case ActivationFunction::kLeakyRelu:
      return {.multiplications = 1, .comparisons = 1};
    case ActivationFunction::kHardSigmoid:
      return {.additions = 1, .multiplications = 1, .comparisons = 2};
    case ActivationFunction::kHardSwish:
      return {.additions = 1, .multiplications = 2, .comparisons = 2};
    case ActivationFunction::kSigmoid:
    case ActivationFunction::kTanh:
      return {.functions = 1};
    case ActivationFunction::kSwish:
    case ActivationFunction::kGelu:
      return {.multiplications = 1, .functions = 1};
  }
  return {};
}

VectorOperations step_operations(const PostStep& step) {
  switch (step.kind) {
    case PostStep::Kind::kActivation:
      return activation_operations(step.activation.function);
    case PostStep::Kind::kAdd:
      return {.additions = 1};
    case PostStep::Kind::kMultiply:
      return {.multiplications = 1};
  }
  return {};
}

}  // namespace

VectorOperations& VectorOperations::operator+=(const VectorOperations& other) {
  additions += other.additions;
  multiplications += other.multiplications;
  comparisons += other.comparisons;
  functions += other.functions;
  return *this;
}

VectorOperations vector_operations(const LayerDescriptor& layer, std::int64_t words) {
  VectorOperations a_word = source_operations(layer.program);
  for (const PostStep& step : layer.program.steps) a_word += step_operations(step);
  a_word += {.multiplications = 1, .comparisons = 1};
  return {words * a_word.additions, words * a_word.multiplications, words * a_word.comparisons,
          words * a_word.functions};
}

}  // namespace systerm
