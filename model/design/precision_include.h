// SPDX-License-Identifier: Apache-2.0
// A precision plan kept in a file of its own.
#pragma once

#include <filesystem>

#include "workloads/document/diagnostics.h"
#include "workloads/document/tree.h"

namespace systerm {

/// `plan` (what stands under a precision key, at `path`) with the keys beside its `include` laid
/// over those of the included file's `precision`; as it is if it includes nothing. The file has
/// the keys systerm and precision; it is looked up in `directory`, then in the current directory.
/// Null, with the errors recorded, if it cannot be included.
Tree with_included_plan(const Tree& plan, const std::string& path,
                        const std::filesystem::path& directory, Diagnostics& diagnostics);

}  // namespace systerm
