// SPDX-License-Identifier: Apache-2.0
#include "components/cost/operation_registry.h"

#include <map>
#include <stdexcept>

namespace systerm {
namespace {

std::map<std::string, std::string, std::less<>>& registry() {
  static std::map<std::string, std::string, std::less<>> operations = {
      {"clock", "the clock reaches flip-flops of this many bits, which keep their values"},
      {"compare", "two integers are compared"},
      {"fp_add", "two floating-point numbers are added"},
      {"fp_multiply", "two floating-point numbers are multiplied"},
      {"int_add", "two integers are added"},
      {"int_multiply", "two integers of this width are multiplied"},
      {"register", "flip-flops of this many bits take new values"},
      {"wire", "this many bits travel one millimetre"},
  };
  return operations;
}

}  // namespace

void register_operation(std::string name, std::string description) {
  const auto [position, inserted] = registry().try_emplace(std::move(name), std::move(description));
  if (!inserted) {
    throw std::invalid_argument("operation '" + position->first + "' is registered already");
  }
}

bool is_operation(std::string_view name) { return registry().contains(name); }

std::string_view operation_description(std::string_view name) {
  const auto found = registry().find(name);
  if (found == registry().end()) {
    throw std::invalid_argument("unknown operation '" + std::string(name) + "'");
  }
  return found->second;
}

std::vector<std::string> operation_names() {
  std::vector<std::string> names;
  for (const auto& [name, description] : registry()) names.push_back(name);
  return names;
}

}  // namespace systerm
