// SPDX-License-Identifier: Apache-2.0
// How users name the sweep whose results they want to see.
#pragma once

#include <string>

#include "model/design/vocabulary.h"
#include "model/exploration/sweep_manifest.h"

namespace systerm {

struct SweepSource {
  std::string sweep;  ///< sweep file, name of a sweep of the store, or empty for its only one
  std::string store;
};

/// A sweep file is expanded anew: its points are those that this program would run. Throws
/// DocumentError for errors in it, std::runtime_error for a sweep that the store does not hold.
SweepManifest find_manifest(const SweepSource& source, const Vocabulary& vocabulary,
                            const ProgramIdentity& program);

}  // namespace systerm
