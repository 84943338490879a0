// SPDX-License-Identifier: Apache-2.0
// Where the tensors of a training iteration lie: the forms that its steps read, and an address for
// each of them while it lives. Views of a tensor share its place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "model/mapping/tensor_form.h"
#include "workloads/graph/graph.h"
#include "workloads/training/training_graph.h"

namespace systerm {

class TrainingTensors {
 public:
  TrainingTensors(const Graph& graph, const TrainingGraph& training);

  /// Steps that move nothing: their output is their input in another shape.
  bool is_view_step(std::size_t step) const { return views_[step]; }
  /// The tensor whose place `id` shares; itself if none.
  TrainingTensorId place_of(TrainingTensorId id) const;

  /// Step `step` reads the tensor in this form; the address of `layout` is not used.
  const TensorForm& read(TrainingTensorId id, const TensorForm& layout, std::int64_t step);
  const TensorForm& read_words(TrainingTensorId id, std::int64_t step);
  /// After all reads are known: the forms that step `step` has to write, words only where a later
  /// step adds to them.
  std::vector<const TensorForm*> written(TrainingTensorId id, std::int64_t step);
  /// Forms of a tensor that is there before the iteration, without its words.
  std::vector<const TensorForm*> operand_forms(TrainingTensorId id) const;
  /// Words that live in one step alone.
  const TensorForm& scratch(std::int64_t words, std::int64_t step);

  /// Gives every form an address; what lives at once does not overlap. Returns the bytes needed.
  std::uint64_t place(std::int64_t alignment_bytes);

 private:
  struct Entry {
    TensorForm form;
    std::int64_t first = 0;  ///< step
    std::int64_t last = 0;
  };

  TensorForm words_of(TrainingTensorId id) const;
  Entry& entry(TrainingTensorId place, const TensorForm& layout);

  const TrainingGraph& training_;
  std::vector<bool> views_;                     ///< by step
  std::vector<TrainingTensorId> places_;        ///< by tensor
  std::vector<std::int64_t> first_write_;       ///< by place; -1: before the iteration
  std::vector<std::int64_t> last_write_;        ///< by place
  std::vector<std::vector<Entry*>> by_tensor_;  ///< by place
  std::deque<Entry> entries_;
};

}  // namespace systerm
