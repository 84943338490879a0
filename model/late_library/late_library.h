// SPDX-License-Identifier: Apache-2.0
// Libraries that are loaded when they are first needed: what few verbs use must not delay the start
// of all of them.
#pragma once

#include <filesystem>
#include <string>

namespace systerm {

/// Stays loaded until the program ends.
class LateLibrary {
 public:
  /// Throws std::runtime_error if the file, or a library that it needs, cannot be loaded.
  explicit LateLibrary(const std::filesystem::path& file);

  /// The function of that name, which has C linkage and the signature `Function`. Throws
  /// std::runtime_error if there is none.
  template <typename Function>
  Function* function(const std::string& name) const {
    return reinterpret_cast<Function*>(symbol(name));
  }

 private:
  void* symbol(const std::string& name) const;

  void* handle_;
};

}  // namespace systerm
