// SPDX-License-Identifier: Apache-2.0
// Reads an experiment: its own file, the design it refers to, and values from the command line.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "model/design/experiment.h"
#include "model/design/vocabulary.h"
#include "workloads/document/diagnostics.h"
#include "workloads/document/overrides.h"
#include "workloads/document/tree.h"

namespace systerm {

/// Source of the overrides in diagnostics.
inline constexpr std::string_view kOverrideOption = "--set";

/// `overrides` are `design.array.rows=32` and the like, laid over the experiment and its design in
/// order. Files are looked up next to the experiment, then in the current directory. Throws
/// DocumentError with every error there is.
Experiment load_experiment(const std::filesystem::path& file, const Vocabulary& vocabulary,
                           std::span<const std::string> overrides = {});

/// The same for the text of an experiment; `name` is what diagnostics call it, and its parent path
/// is where files are looked up.
Experiment parse_experiment(std::string_view text, const std::filesystem::path& name,
                            const Vocabulary& vocabulary,
                            std::span<const std::string> overrides = {});

/// An experiment, its design and `overrides` in one tree, not read yet. What cannot be found is
/// recorded and left out.
Tree assemble_experiment(const Tree& root, const std::filesystem::path& file,
                         const Vocabulary& vocabulary, std::span<const Override> overrides,
                         Diagnostics& diagnostics);

/// Reads a tree, assembled or as written. Where `diagnostics` has errors afterwards, the result
/// means nothing.
Experiment read_experiment(const Tree& root, const std::filesystem::path& file,
                           const Vocabulary& vocabulary, std::span<const Override> overrides,
                           Diagnostics& diagnostics);

}  // namespace systerm
