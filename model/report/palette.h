// SPDX-License-Identifier: Apache-2.0
// Colours of pictures and pages, readable on light and on dark ground.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

namespace systerm {

/// Of series without a meaning of their own; for more series than colours they repeat.
std::span<const std::string_view> series_colours();
std::string_view series_colour(std::size_t index);

/// What cycles go to, with their colours: "busy" and the causes of stalls, uses of a DRAM's bus.
std::span<const std::pair<std::string_view, std::string_view>> cause_colours();
/// Of a cause; the colour of series `index` for one that is not listed.
std::string_view cause_colour(std::string_view cause, std::size_t index);

/// Colour of a number on a scale, 0 to 1: dark blue to yellow.
std::string_view scale_colour(double share);

}  // namespace systerm
