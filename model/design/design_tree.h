// SPDX-License-Identifier: Apache-2.0
// Where the description of a design and its technology comes from: a file, a shipped one by name,
// or keys laid over another.
#pragma once

#include <filesystem>
#include <string>

#include "model/design/vocabulary.h"
#include "workloads/document/diagnostics.h"
#include "workloads/document/tree.h"

namespace systerm {

/// `value` is a path (relative to `directory`, then to the current directory), the name of a
/// shipped design, or a mapping, whose key `base` names a design that the other keys are laid over;
/// bases may have bases. Its technology is resolved in the same way. Gives the mapping with all
/// keys of the design, without `base` and schema version. Null, and a diagnostic at `path`, if
/// there is none.
Tree design_tree(const Tree& value, const std::string& path, const std::filesystem::path& directory,
                 const Vocabulary& vocabulary, Diagnostics& diagnostics);

/// The same for a file or name that does not stand in a document.
Tree design_tree(const std::string& path_or_name, const Vocabulary& vocabulary,
                 Diagnostics& diagnostics);

/// `design`, a resolved one that stands at `path`, in another technology: a path, a name or a
/// mapping with a base replace its own; the keys of another mapping are laid over it.
Tree with_technology(const Tree& design, const Tree& technology, const std::string& path,
                     const std::filesystem::path& directory, const Vocabulary& vocabulary,
                     Diagnostics& diagnostics);

}  // namespace systerm
