// SPDX-License-Identifier: Apache-2.0
// Memory of the tensors of a training graph while its steps are executed.
#pragma once

#include <cstddef>
#include <map>
#include <utility>
#include <vector>

namespace systerm {

/// Memory of the tensors; that of one whose lifetime is over serves the next of the same size.
struct TrainingBuffers {
  std::vector<std::vector<float>> values;  ///< by TrainingTensorId
  std::map<std::size_t, std::vector<std::vector<float>>> free;
  std::vector<float> scratch;

  void provide(std::size_t id, std::size_t elements) {
    if (values[id].size() == elements) return;
    auto& spare = free[elements];
    if (spare.empty()) {
      values[id].resize(elements);
    } else {
      values[id] = std::move(spare.back());
      spare.pop_back();
    }
  }
  void release(std::size_t id) {
    if (values[id].empty()) return;
    const std::size_t elements = values[id].size();
    free[elements].push_back(std::move(values[id]));
    values[id].clear();
  }
};

}  // namespace systerm
