// SPDX-License-Identifier: Apache-2.0
// What is wired to what in a design, as text and for Graphviz.
#pragma once

#include <string>
#include <string_view>

#include "model/design/design.h"

namespace systerm {

/// The parameters of a unit in one line. Throws std::invalid_argument for an unknown unit.
std::string unit_summary(const Design& design, std::string_view unit);

/// "4 cores that share the memory, split by filters", a line.
std::string cores_text(const Design& design);

/// Every unit with the connections that leave it.
std::string text_diagram(const Design& design);

/// The same for Graphviz.
std::string dot_diagram(const Design& design);

}  // namespace systerm
