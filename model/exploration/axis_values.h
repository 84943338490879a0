// SPDX-License-Identifier: Apache-2.0
// The values of an axis: a list, or a range with a step or a factor.
#pragma once

#include <string>
#include <vector>

#include "model/exploration/sweep.h"
#include "workloads/document/mapping.h"

namespace systerm {

/// Reads `values` or `range` of `axis`; says what is wrong with them.
std::vector<AxisValue> read_axis_values(Mapping& axis);

/// A value as it was written.
AxisValue axis_value(const Tree& tree);

/// What a scalar is in an expression: a number, a quantity in its base unit, a truth value, or
/// text. A mapping or sequence is its text.
ExpressionValue expression_value(const TreeNode& node);

/// Hz, B, B/s or s if the scalar is a quantity; else empty.
std::string scalar_unit(const TreeNode& node);

/// A mapping or sequence in one line.
std::string tree_text(const TreeNode& node);

/// A scalar that stands at `position`.
Tree scalar_tree(std::string text, const Position& position, bool quoted = false);

}  // namespace systerm
