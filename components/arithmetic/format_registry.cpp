// SPDX-License-Identifier: Apache-2.0
// Formats by name.
#include <map>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "components/arithmetic/built_in_formats.h"
#include "components/arithmetic/format.h"

namespace systerm {
namespace {

struct Registry {
  std::mutex mutex;
  std::map<std::string, FormatFactory, std::less<>> factories = {
      {"term_quantized", make_term_quantized_format},
      {"uniform", make_uniform_format},
  };
};

Registry& registry() {
  static Registry instance;
  return instance;
}

}  // namespace

void register_format(std::string name, FormatFactory factory) {
  if (!factory) throw std::invalid_argument("format '" + name + "' needs a factory");
  Registry& formats = registry();
  const std::lock_guard lock(formats.mutex);
  const auto [position, inserted] = formats.factories.emplace(std::move(name), std::move(factory));
  if (!inserted) {
    throw std::invalid_argument("format '" + position->first + "' is registered already");
  }
}

std::unique_ptr<const Format> make_format(std::string_view name,
                                          const FormatParameters& parameters) {
  FormatFactory factory;
  {
    Registry& formats = registry();
    const std::lock_guard lock(formats.mutex);
    if (const auto found = formats.factories.find(name); found != formats.factories.end()) {
      factory = found->second;
    }
  }
  if (factory) return factory(parameters);

  std::string known;
  for (const std::string& other : format_names()) known += (known.empty() ? "" : ", ") + other;
  throw std::invalid_argument("unknown format '" + std::string(name) + "'; known are " + known);
}

std::vector<std::string> format_names() {
  Registry& formats = registry();
  const std::lock_guard lock(formats.mutex);
  std::vector<std::string> names;
  for (const auto& [name, factory] : formats.factories) names.push_back(name);
  return names;
}

}  // namespace systerm
