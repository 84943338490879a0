// SPDX-License-Identifier: Apache-2.0
// Reads a sweep file.
#pragma once

#include <filesystem>
#include <string_view>

#include "model/exploration/sweep.h"

namespace systerm {

/// Throws DocumentError with every error in the file, the syntax of its base experiment and the
/// names in its expressions included. Whether the points are experiments is not known yet.
Sweep load_sweep(const std::filesystem::path& file);

/// The same for the text of a sweep; files are looked up next to `name`.
Sweep parse_sweep(std::string_view text, const std::filesystem::path& name);

}  // namespace systerm
