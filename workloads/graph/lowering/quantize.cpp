// SPDX-License-Identifier: Apache-2.0
// Codes that the model itself chose for an activation: they belong to the feature that holds it.
#include <algorithm>
#include <utility>

#include "workloads/graph/lowering/placement.h"

namespace systerm {

namespace {

/// Whether whoever reads the tensor reads these codes.
bool all_read(const LayerBuilder& builder, TensorId id, const ModelCodes& codes) {
  return !builder.use().is_output(id) &&
         std::ranges::all_of(builder.use().readers(id), [&](std::size_t reader) {
           const auto* other =
               std::get_if<op::Quantize>(&builder.graph().nodes()[reader].operation);
           return other && other->codes == codes;
         });
}

}  // namespace

void place(LayerBuilder& builder, const GraphNode& node, const op::Quantize& quantize) {
  const TensorId input = node.inputs[0];
  const TensorId output = node.outputs.front();
  if (builder.data(input).kind == LayerBuilder::Value::Kind::kUnmade) {
    builder.alias(input, output, builder.value(input).layout);
    return;
  }
  const LayerBuilder::Value value = builder.any_layout(input);
  Feature& feature = builder.network().features[index(value.feature)];
  if (feature.codes != quantize.codes) {
    const bool is_free = !feature.codes && feature.index_range == 0 && value.is_exclusive &&
                         all_read(builder, input, quantize.codes);
    if (!is_free) {
      const Feature from = feature;
      builder.add_layer(node, "requantization", Elementwise{}, {value.feature}, {}, from.shape,
                        value.layout, from.source_shape);
      builder.value(output).is_exclusive = false;
      Feature& made = builder.network().features[index(builder.value(output).feature)];
      made.codes = quantize.codes;
      made.is_nonnegative |= quantize.codes.range.lowest >= 0;
      return;
    }
    feature.codes = quantize.codes;
    feature.is_nonnegative |= quantize.codes.range.lowest >= 0;
  }
  builder.alias(input, output, value.layout);
  // A further step would change what is stored.
  builder.value(output).is_exclusive = false;
}

}  // namespace systerm
