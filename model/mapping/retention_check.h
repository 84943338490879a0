// SPDX-License-Identifier: Apache-2.0
// Data that do not outlive a beat cannot be computed with: eDRAM buffers against the beats of all
// layers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/design/design.h"

namespace systerm {

class RetentionCheck {
 public:
  /// `design` must outlive the check.
  explicit RetentionCheck(const Design& design) : design_(design) {}

  void add(const std::string& layer, std::int64_t beat_cycles);
  /// One a buffer that is too short for a layer.
  std::vector<std::string> problems() const;

 private:
  struct Beat {
    std::string layer;
    std::int64_t cycles = 0;
  };
  const Design& design_;
  std::vector<Beat> beats_;
};

}  // namespace systerm
