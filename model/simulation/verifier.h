// SPDX-License-Identifier: Apache-2.0
// Holds what runs leave in the modelled memory against the reference executor.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <nlohmann/json.hpp>

#include "components/dram/sparse_memory.h"
#include "model/mapping/memory_layout.h"
#include "workloads/execution/integer_reference.h"

namespace systerm {

class Verifier {
 public:
  explicit Verifier(std::shared_ptr<const QuantizedNetwork> network);

  /// Every feature of a batch, element by element.
  void compare(std::span<const FeatureCodes> inputs, const SparseMemory& memory,
               const MemoryLayout& layout);
  /// Adds the counts of another one.
  void merge(const Verifier& other);
  /// elements, mismatches, first_mismatch.
  nlohmann::ordered_json json() const;

 private:
  std::shared_ptr<const QuantizedNetwork> network_;
  IntegerReference reference_;
  std::int64_t elements_ = 0;
  std::int64_t mismatches_ = 0;
  std::string first_;
};

}  // namespace systerm
