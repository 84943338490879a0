// SPDX-License-Identifier: Apache-2.0
#include "model/training/policy.h"

#include <stdexcept>

#include <fmt/format.h>

#include "workloads/document/nearest_name.h"

namespace systerm {

const std::vector<PolicyEntry>& policies() {
  static const std::vector<PolicyEntry> kPolicies{
      adaptive_policy(), fixed_policy(), layer_wise_policy(), temporal_policy(), trace_policy()};
  return kPolicies;
}

std::vector<std::string> policy_names() {
  std::vector<std::string> names;
  for (const PolicyEntry& entry : policies()) names.push_back(entry.name);
  return names;
}

const PolicyEntry* find_policy(std::string_view name) {
  for (const PolicyEntry& entry : policies()) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

std::unique_ptr<PrecisionPolicy> make_policy(std::string_view name,
                                             const PolicyParameters& parameters,
                                             const PolicyContext& context) {
  const PolicyEntry* const entry = find_policy(name);
  if (entry == nullptr) {
    throw std::invalid_argument(
        fmt::format("unknown precision policy '{}'; {}", name, suggest_name(name, policy_names())));
  }
  return entry->make(parameters, context);
}

}  // namespace systerm
