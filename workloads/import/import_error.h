// SPDX-License-Identifier: Apache-2.0
// A model file cannot be imported.
#pragma once

#include <stdexcept>

namespace systerm {

/// The message names the file, and the node, tensor or line where there is one.
class ImportError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace systerm
