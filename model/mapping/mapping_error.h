// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace systerm {

/// A network that does not fit the design. what() has one problem a line: layer, resource, demand
/// against bound, and the keys that would help.
class MappingError : public std::runtime_error {
 public:
  explicit MappingError(const std::vector<std::string>& problems);
};

}  // namespace systerm
