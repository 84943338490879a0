// SPDX-License-Identifier: Apache-2.0
// Policies of the precision controller in training, by name. One is one file in policies/ and one
// line in the registry.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/training/precision_choice.h"

namespace systerm {

/// The keys of all policies; each says which ones it does not use.
struct PolicyParameters {
  /// fixed: mantissa bits throughout.
  int weights = kHighMantissaBits;
  int activations = kHighMantissaBits;
  int gradients = kHighMantissaBits;
  /// temporal, layer_wise: share of the iterations, or of the layers, at low precision.
  double low_share = 0.5;
  /// adaptive: threshold(l, i) = start - fall i / I - fall l / L.
  double threshold_start = 0.6;
  double threshold_fall = 0.3;
  /// adaptive: iterations from one decision to the next.
  std::int64_t cadence = 1;
  /// trace: table of precisions (precision_trace.h).
  std::filesystem::path file{};
};

/// Of the run that asks.
struct PolicyContext {
  std::vector<std::string> layers;  ///< names
  std::int64_t iterations = 1;
};

struct PolicyEntry {
  std::string name;
  std::unique_ptr<PrecisionPolicy> (*make)(const PolicyParameters&, const PolicyContext&);
  std::vector<std::string> keys;  ///< of PolicyParameters that it uses
};

/// In alphabetical order.
const std::vector<PolicyEntry>& policies();
std::vector<std::string> policy_names();
/// Null for an unknown name.
const PolicyEntry* find_policy(std::string_view name);
/// Throws std::invalid_argument for an unknown name, with the nearest one; whatever the policy
/// finds wrong with its parameters.
std::unique_ptr<PrecisionPolicy> make_policy(std::string_view name,
                                             const PolicyParameters& parameters,
                                             const PolicyContext& context);

// One file each.
PolicyEntry adaptive_policy();
PolicyEntry fixed_policy();
PolicyEntry layer_wise_policy();
PolicyEntry temporal_policy();
PolicyEntry trace_policy();

}  // namespace systerm
