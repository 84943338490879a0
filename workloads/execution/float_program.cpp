// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/float_program.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "workloads/execution/feature_layout.h"

namespace systerm {

using dnnl::memory;

FloatProgram::FloatProgram(std::shared_ptr<const Network> network) : network_(std::move(network)) {
  assign_memory();
  store_constants();
  for (const Layer& layer : network_->layers) {
    try {
      stages_.push_back(std::visit([&](const auto& operation) { return prepare(layer, operation); },
                                   layer.operation));
    } catch (const dnnl::error& error) {
      throw std::invalid_argument(
          fmt::format("layer '{}' cannot be executed: {}", layer.name, error.what()));
    }
  }
}

/// A feature takes the free buffer that fits best, and gives it back after its last reader.
void FloatProgram::assign_memory() {
  const std::vector<Layer>& layers = network_->layers;
  constexpr std::size_t kNever = 0;
  std::vector<std::size_t> last_reader(network_->features.size(), kNever);
  for (std::size_t position = 0; position < layers.size(); ++position) {
    for (const FeatureId id : layers[position].inputs) last_reader[index(id)] = position + 1;
    // A feature that nobody reads still needs its memory while its layer runs.
    auto& own = last_reader[index(layers[position].output)];
    own = std::max(own, position + 1);
  }
  for (const FeatureId id : network_->outputs) last_reader[index(id)] = layers.size() + 1;
  for (const ConstantFeature& constant : network_->constants) {
    last_reader[index(constant.feature)] = layers.size() + 1;
  }

  slots_.assign(network_->features.size(), 0);
  std::vector<std::size_t> slot_elements;
  std::vector<std::size_t> free_slots;
  const auto take = [&](FeatureId id) {
    const std::size_t wanted = count(network_->feature(id).shape.elements());
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < free_slots.size(); ++i) {
      const std::size_t have = slot_elements[free_slots[i]];
      if (have >= wanted && (!best || have < slot_elements[free_slots[*best]])) best = i;
    }
    if (best) {
      slots_[index(id)] = free_slots[*best];
      free_slots.erase(free_slots.begin() + static_cast<std::ptrdiff_t>(*best));
    } else {
      slots_[index(id)] = slot_elements.size();
      slot_elements.push_back(wanted);
    }
  };
  for (const FeatureId id : network_->inputs) take(id);
  for (const ConstantFeature& constant : network_->constants) take(constant.feature);
  for (std::size_t position = 0; position < layers.size(); ++position) {
    take(layers[position].output);
    for (std::size_t i = 0; i < last_reader.size(); ++i) {
      if (last_reader[i] == position + 1) free_slots.push_back(slots_[i]);
    }
  }
  for (const std::size_t elements : slot_elements) buffers_.emplace_back(elements);
}

FloatProgram::Stage FloatProgram::execute_later(dnnl::primitive primitive,
                                                std::unordered_map<int, memory> arguments,
                                                std::size_t fused_steps) {
  return {[this, primitive = std::move(primitive), arguments = std::move(arguments)] {
            primitive.execute(stream_, arguments);
          },
          fused_steps};
}

void FloatProgram::store_constants() {
  for (const ConstantFeature& constant : network_->constants) {
    if (!constant.values) {
      throw std::invalid_argument(
          fmt::format("constant '{}' has no values", network_->feature(constant.feature).name));
    }
    std::ranges::copy(*constant.values, values(constant.feature).begin());
  }
}

void FloatProgram::run(std::span<const Tensor> inputs, const FloatExecutor::Observer& observer) {
  if (inputs.size() != network_->inputs.size()) {
    throw std::invalid_argument(
        fmt::format("{} inputs given, {} wanted", inputs.size(), network_->inputs.size()));
  }
  const auto finished = [&](FeatureId id) { observer(id, values(id)); };
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const FeatureId id = network_->inputs[i];
    std::ranges::copy(to_memory_order(network_->feature(id), inputs[i]), values(id).begin());
    finished(id);
  }
  for (const ConstantFeature& constant : network_->constants) finished(constant.feature);
  for (std::size_t position = 0; position < stages_.size(); ++position) {
    const Layer& layer = network_->layers[position];
    stages_[position].operation();
    stream_.wait();
    apply_steps(layer, stages_[position].fused_steps);
    finished(layer.output);
  }
}

}  // namespace systerm
