// SPDX-License-Identifier: Apache-2.0
// A registry of policies by name.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace systerm {

template <typename T>
class NamedFactories {
 public:
  using Factory = std::function<std::unique_ptr<const T>()>;

  NamedFactories(std::string kind, std::map<std::string, Factory, std::less<>> factories)
      : kind_(std::move(kind)), factories_(std::move(factories)) {}

  /// Throws std::invalid_argument if the name is taken.
  void add(std::string name, Factory factory) {
    const auto [position, inserted] = factories_.try_emplace(std::move(name), std::move(factory));
    if (!inserted) {
      throw std::invalid_argument(
          fmt::format("{} '{}' is registered already", kind_, position->first));
    }
  }
  /// Throws std::invalid_argument for an unknown name.
  std::unique_ptr<const T> make(std::string_view name) const {
    const auto found = factories_.find(name);
    if (found == factories_.end()) {
      throw std::invalid_argument(
          fmt::format("unknown {} '{}'; known are {}", kind_, name, fmt::join(names(), ", ")));
    }
    return found->second();
  }
  /// In alphabetical order.
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& [name, factory] : factories_) names.push_back(name);
    return names;
  }

 private:
  std::string kind_;
  std::map<std::string, Factory, std::less<>> factories_;
};

}  // namespace systerm
