// SPDX-License-Identifier: Apache-2.0
// Comparisons, choices and triangles of constants: what exporters leave of attention masks.
// Truth is an integer, 1 or 0. All throw GraphError where operands do not fit, without naming a
// node; a constant without values gives one without values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workloads/import/constant.h"

namespace systerm {

/// NumPy's broadcasting of the constant with `shape`.
Constant expanded(const Constant& constant, const Shape& shape);
/// ONNX's Equal, Less, LessOrEqual, Greater, GreaterOrEqual, And, Or; Min and Max too.
bool is_comparison(const std::string& type);
Constant compared(const std::string& type, const Constant& a, const Constant& b);
Constant negated_truth(const Constant& constant);
/// Everything but 0 is true.
Constant truth_of(const Constant& constant);
Constant chosen(const Constant& condition, const Constant& yes, const Constant& no);
/// Of each matrix of the last two axes what lies at or above (or at or below) diagonal `k`; 0
/// elsewhere.
Constant triangle(const Constant& constant, std::int64_t k, bool is_upper);
/// start, start + step ... before `limit`; floats where `start` is one.
Constant counted(const Constant& start, const Constant& limit, const Constant& step);
/// What the slice leaves, which lies inside the constant.
Constant sliced(const Constant& constant, const op::Slice& slice);
/// Entries of one axis, in the shape of `indices`; negative ones count from the end.
Constant taken(const Constant& constant, const Constant& indices, std::size_t axis);
/// Along one axis; the other extents are equal.
Constant joined(const std::vector<const Constant*>& parts, std::size_t axis);

}  // namespace systerm
