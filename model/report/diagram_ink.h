// SPDX-License-Identifier: Apache-2.0
// How connections and names look in block diagrams.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/accelerator/connections.h"

namespace systerm {

/// "data_buffer" as "data buffer".
std::string unit_words(std::string_view name);

std::vector<std::string> wrapped_words(const std::string& text, std::size_t length);

/// Attributes of a line.
std::string stroke_of(ConnectionKind kind);

/// Attributes of its arrow head.
std::string fill_of(ConnectionKind kind);

/// A triangle whose tip is at (x, y); it looks to the right for (1, 0).
std::string arrow_head(double x, double y, double dx, double dy);

}  // namespace systerm
