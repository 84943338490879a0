// SPDX-License-Identifier: Apache-2.0
// Reads the description of a design.
#pragma once

#include <span>
#include <string>

#include "model/design/design.h"
#include "model/design/vocabulary.h"

namespace systerm {

/// `path_or_name` is a file or the name of a shipped design; `overrides` are `array.rows=32` and
/// the like, laid over it in order. Throws DocumentError with every error there is.
Design load_design(const std::string& path_or_name, const Vocabulary& vocabulary,
                   std::span<const std::string> overrides = {});

}  // namespace systerm
