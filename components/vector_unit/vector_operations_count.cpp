// SPDX-License-Identifier: Apache-2.0
#include <vector>

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
    case Source::kLookup:
    case Source::kRearranged:
    case Source::kRow:  // row by row
      return {};
    case Source::kSoftmax:
      return {.additions = 1, .multiplications = 1, .comparisons = 1, .functions = 1};
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

VectorOperations row_operations(const LayerDescriptor& layer, const OutputTile& tile) {
  std::vector<std::int64_t> channels;
  for (const FeatureMap& operand : layer.operands) channels.push_back(operand.channels);
  VectorOperations all;
  const Region region = layer.output_region(tile);
  for (std::int64_t image = region.image_begin; image < region.image_end; ++image) {
    for (std::int64_t row = region.row_begin; row < region.row_end; ++row) {
      for (std::int64_t column = region.column_begin; column < region.column_end; ++column) {
        all += layer.program.row->operations(channels, {image, row, column});
      }
    }
  }
  return all;
}

}  // namespace

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
    case ActivationFunction::kErf:
    case ActivationFunction::kExp:
    case ActivationFunction::kSoftplus:
      return {.functions = 1};
    case ActivationFunction::kElu:
      return {.multiplications = 1, .comparisons = 1, .functions = 1};
    case ActivationFunction::kSoftsign:
      return {.additions = 1, .multiplications = 1};
    case ActivationFunction::kAbsolute:
      return {.comparisons = 1};
    case ActivationFunction::kSwish:
    case ActivationFunction::kGelu:
    case ActivationFunction::kGeluTanh:
      return {.multiplications = 1, .functions = 1};
  }
  return {};
}

VectorOperations vector_operations(const LayerDescriptor& layer, const OutputTile& tile) {
  // Bias and bounds; the shift itself is wires.
  if (layer.program.requantizer) {
    return layer.output_region(tile).elements() *
           VectorOperations{.additions = 1, .comparisons = 1};
  }
  VectorOperations a_word = source_operations(layer.program);
  for (const PostStep& step : layer.program.steps) a_word += step_operations(step);
  a_word += {.multiplications = 1, .comparisons = 1};
  VectorOperations all = layer.output_region(tile).elements() * a_word;
  if (layer.program.source == Source::kRow) all += row_operations(layer, tile);
  return all;
}

}  // namespace systerm
