// SPDX-License-Identifier: Apache-2.0
// Packings by name.
#include <map>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "components/arithmetic/built_in_packings.h"
#include "components/arithmetic/packing.h"

namespace systerm {
namespace {

struct Registry {
  std::mutex mutex;
  std::map<std::string, PackingFactory, std::less<>> factories = {
      {"column_combining", make_column_combining},
      {"none", make_no_packing},
  };
};

Registry& registry() {
  static Registry instance;
  return instance;
}

}  // namespace

void register_packing(std::string name, PackingFactory factory) {
  if (!factory) throw std::invalid_argument("packing '" + name + "' needs a factory");
  Registry& packings = registry();
  const std::lock_guard lock(packings.mutex);
  const auto [position, inserted] = packings.factories.emplace(std::move(name), std::move(factory));
  if (!inserted) {
    throw std::invalid_argument("packing '" + position->first + "' is registered already");
  }
}

std::unique_ptr<const Packing> make_packing(std::string_view name,
                                            const PackingParameters& parameters) {
  PackingFactory factory;
  {
    Registry& packings = registry();
    const std::lock_guard lock(packings.mutex);
    if (const auto found = packings.factories.find(name); found != packings.factories.end()) {
      factory = found->second;
    }
  }
  if (factory) return factory(parameters);

  std::string known;
  for (const std::string& other : packing_names()) known += (known.empty() ? "" : ", ") + other;
  throw std::invalid_argument("unknown packing '" + std::string(name) + "'; known are " + known);
}

std::vector<std::string> packing_names() {
  Registry& packings = registry();
  const std::lock_guard lock(packings.mutex);
  std::vector<std::string> names;
  for (const auto& [name, factory] : packings.factories) names.push_back(name);
  return names;
}

}  // namespace systerm
