// SPDX-License-Identifier: Apache-2.0
// The valid name that a mistyped one was probably meant to be.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace systerm {

/// The candidate with the fewest insertions, deletions, substitutions and swaps of neighbours, case
/// ignored; the first of equals. Nothing if even that differs in more than a third of its letters
/// (two at least are always allowed, for names of four letters and up).
std::optional<std::string> nearest_name(std::string_view name, std::span<const std::string> names);

/// "a, b, c", or "none" for an empty list.
std::string list_names(std::span<const std::string> names);

/// What to say of a name that is not valid: "did you mean 'x'?", or else which names there are.
std::string suggest_name(std::string_view name, std::span<const std::string> names);

}  // namespace systerm
