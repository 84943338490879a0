// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/training_tensors.h"

#include <algorithm>

#include "components/arithmetic/ceil_div.h"
#include "model/mapping/training_vector_work.h"

namespace systerm {
namespace {

bool is_there_before(const TrainingTensor& tensor) {
  return tensor.is_persistent() || tensor.role == TensorRole::kInput ||
         tensor.role == TensorRole::kLabels;
}

/// The tensor that a step passes on as it is, if it does nothing else.
bool only_changes_shape(const Graph& graph, const TrainingStep& step) {
  if (step.kind != StepKind::kForward && step.kind != StepKind::kBackwardData) return false;
  return is_view(graph.nodes()[*step.node]) && step.writes.size() == 1 &&
         !step.writes.front().accumulates;
}

}  // namespace

TrainingTensors::TrainingTensors(const Graph& graph, const TrainingGraph& training)
    : training_(training), by_tensor_(training.tensors.size()) {
  for (std::size_t i = 0; i < training.tensors.size(); ++i) {
    places_.push_back(static_cast<TrainingTensorId>(i));
  }
  first_write_.assign(training.tensors.size(), -1);
  last_write_.assign(training.tensors.size(), -1);
  for (std::size_t i = 0; i < training.steps.size(); ++i) {
    const TrainingStep& step = training.steps[i];
    views_.push_back(only_changes_shape(graph, step));
    if (views_.back()) {
      places_[index(step.writes.front().tensor)] = place_of(step.reads.front());
      continue;
    }
    for (const StepOutput& out : step.writes) {
      const std::size_t place = index(place_of(out.tensor));
      if (first_write_[place] < 0 && !is_there_before(training.tensors[place])) {
        first_write_[place] = static_cast<std::int64_t>(i);
      }
      last_write_[place] = static_cast<std::int64_t>(i);
    }
  }
}

TrainingTensorId TrainingTensors::place_of(TrainingTensorId id) const {
  while (places_[index(id)] != id) id = places_[index(id)];
  return id;
}

TensorForm TrainingTensors::words_of(TrainingTensorId id) const {
  return {.values = element_count(training_.tensor(id).shape)};
}

TrainingTensors::Entry& TrainingTensors::entry(TrainingTensorId place, const TensorForm& layout) {
  for (Entry* known : by_tensor_[index(place)]) {
    if (known->form.same_layout(layout)) return *known;
  }
  Entry& added = entries_.emplace_back();
  added.form = layout;
  added.first = first_write_[index(place)];
  added.last = training_.tensor(place).is_persistent()
                   ? static_cast<std::int64_t>(training_.steps.size())
                   : added.first;
  by_tensor_[index(place)].push_back(&added);
  return added;
}

const TensorForm& TrainingTensors::read(TrainingTensorId id, const TensorForm& layout,
                                        std::int64_t step) {
  Entry& read = entry(place_of(id), layout);
  read.last = std::max(read.last, step);
  return read.form;
}

const TensorForm& TrainingTensors::read_words(TrainingTensorId id, std::int64_t step) {
  return read(id, words_of(id), step);
}

std::vector<const TensorForm*> TrainingTensors::written(TrainingTensorId id, std::int64_t step) {
  const TrainingTensorId place = place_of(id);
  const bool is_last = last_write_[index(place)] == step;
  std::vector<const TensorForm*> forms;
  for (const Entry* known : by_tensor_[index(place)]) {
    if (known->form.format ? is_last : !is_last || known->last > step) {
      forms.push_back(&known->form);
    }
  }
  if (forms.empty()) {
    Entry& words = entry(place, words_of(place));
    words.last = std::max(words.last, step);
    forms.push_back(&words.form);
  }
  return forms;
}

std::vector<const TensorForm*> TrainingTensors::operand_forms(TrainingTensorId id) const {
  std::vector<const TensorForm*> forms;
  for (const Entry* known : by_tensor_[index(place_of(id))]) {
    if (known->form.format) forms.push_back(&known->form);
  }
  return forms;
}

const TensorForm& TrainingTensors::scratch(std::int64_t words, std::int64_t step) {
  return entries_.emplace_back(Entry{TensorForm{.values = words}, step, step}).form;
}

std::uint64_t TrainingTensors::place(std::int64_t alignment_bytes) {
  std::vector<const Entry*> placed;  // by address
  std::uint64_t end = 0;
  const auto aligned_bytes = [&](const Entry& entry) {
    return static_cast<std::uint64_t>(ceil_div(entry.form.bytes(), alignment_bytes) *
                                      alignment_bytes);
  };
  for (Entry& entry : entries_) {
    const std::uint64_t bytes = aligned_bytes(entry);
    std::uint64_t address = 0;
    for (const Entry* other : placed) {
      if (other->last < entry.first || entry.last < other->first) continue;
      if (address + bytes <= other->form.address) break;
      address = std::max(address, other->form.address + aligned_bytes(*other));
    }
    entry.form.address = address;
    end = std::max(end, address + bytes);
    placed.insert(std::ranges::upper_bound(placed, address, {},
                                           [](const Entry* each) { return each->form.address; }),
                  &entry);
  }
  return end;
}

}  // namespace systerm
