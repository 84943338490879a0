// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>

namespace systerm {

/// Training cannot go on: a loss, a gradient or an operand is not finite or leaves its format. The
/// parameters are those before the iteration.
class TrainingError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace systerm
