// SPDX-License-Identifier: Apache-2.0
#include "workloads/zoo/layer_form.h"

#include <fmt/format.h>

#include "workloads/graph/shape_inference.h"

namespace systerm {

bool LayerForm::expect_inputs(std::size_t count) const {
  if (inputs_.size() == count) return true;
  error(fmt::format("reads {} layers, expected {} in 'from'", inputs_.size(), count));
  return false;
}

void LayerForm::read_pair(const char* key, std::int64_t& height, std::int64_t& width,
                          IntegerRange range, Presence presence) {
  const auto node = presence == Presence::kRequired
                        ? std::optional(mapping_.require(key, expected_integer(range)))
                        : mapping_.find(key);
  if (!node || node->is_silent()) return;
  if (!node->is_sequence()) {
    height = width = node->integer(range).value_or(height);
    return;
  }
  const std::vector<Node> items = node->items();
  if (items.size() != 2) {
    node->mismatch("one number, or [height, width]");
    return;
  }
  height = items[0].integer(range).value_or(height);
  width = items[1].integer(range).value_or(width);
}

Window LayerForm::read_window(bool stride_is_kernel) {
  Window window;
  read_pair("kernel", window.kernel_height, window.kernel_width, kPositive, Presence::kRequired);
  if (stride_is_kernel) {
    window.stride_height = window.kernel_height;
    window.stride_width = window.kernel_width;
  }
  read_pair("stride", window.stride_height, window.stride_width, kPositive);
  read_pair("dilation", window.dilation_height, window.dilation_width, kPositive);
  read_pair("padding", window.pad_top, window.pad_left, kNotNegative);
  window.pad_bottom = window.pad_top;
  window.pad_right = window.pad_left;
  read_pair("padding_after", window.pad_bottom, window.pad_right, kNotNegative);
  return window;
}

TensorId LayerForm::parameter(const std::string& suffix, Shape shape) {
  return graph_.add_constant(name_ + suffix, std::move(shape));
}

NodeInput LayerForm::add(const std::string& stage, Operator operation,
                         std::vector<NodeInput> inputs) {
  stages_.push_back({stage, std::move(operation), std::move(inputs)});
  return NodeInput(stages_.size() - 1);
}

NodeInput LayerForm::add_behind(const std::string& stage, Operator operation,
                                const std::vector<TensorId>& parameters) {
  std::vector<NodeInput> inputs;
  inputs.push_back(stages_.empty() ? NodeInput(inputs_.front()) : NodeInput(stages_.size() - 1));
  inputs.insert(inputs.end(), parameters.begin(), parameters.end());
  return add(stage, std::move(operation), std::move(inputs));
}

TensorId LayerForm::build() {
  std::vector<TensorId> made;
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    Stage& stage = stages_[i];
    const bool is_first = i == 0;
    const bool is_last = i + 1 == stages_.size();
    std::vector<TensorId> inputs;
    for (const NodeInput& input : stage.inputs) {
      inputs.push_back(input.stage ? made[*input.stage] : input.tensor);
    }
    made.push_back(graph_.add_tensor({.name = is_last ? name_ : name_ + "/" + stage.name}));
    const GraphNode& node = graph_.add_node({.name = is_first ? name_ : name_ + "/" + stage.name,
                                             .type = stage.name,
                                             .operation = std::move(stage.operation),
                                             .inputs = std::move(inputs),
                                             .outputs = {made.back()}});
    infer_shapes(graph_, node);
  }
  return made.empty() ? inputs_.front() : made.back();
}

}  // namespace systerm
