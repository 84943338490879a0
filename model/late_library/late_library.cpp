// SPDX-License-Identifier: Apache-2.0
#include "model/late_library/late_library.h"

#include <stdexcept>

#include <dlfcn.h>

namespace systerm {

LateLibrary::LateLibrary(const std::filesystem::path& file)
    : handle_(dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ == nullptr) {
    throw std::runtime_error(std::string("cannot load a part of the program: ") + dlerror());
  }
}

void* LateLibrary::symbol(const std::string& name) const {
  void* found = dlsym(handle_, name.c_str());
  if (found == nullptr) {
    throw std::runtime_error(std::string("a part of the program is of another version: ") +
                             dlerror());
  }
  return found;
}

}  // namespace systerm
