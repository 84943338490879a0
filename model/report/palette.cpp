// SPDX-License-Identifier: Apache-2.0
#include "model/report/palette.h"

#include <algorithm>
#include <array>

namespace systerm {

namespace {

constexpr std::array<std::string_view, 12> kSeries = {"#2f83c5", "#e08a1e", "#2a9d6f", "#c94f6d",
                                                      "#8a63c9", "#22a6b3", "#a8752e", "#d972b8",
                                                      "#8794a8", "#9aa82c", "#5867c7", "#d9603b"};

constexpr std::array<std::pair<std::string_view, std::string_view>, 17> kCauses = {{
    {"busy", "#2a9d6f"},
    {"skew", "#8794a8"},
    {"encoder", "#e08a1e"},
    {"data_memory", "#d1495b"},
    {"weight_memory", "#8a4fb0"},
    {"weight_load", "#bb8fe0"},
    {"output", "#2f83c5"},
    {"drain", "#4fc0d0"},
    {"control", "#a8752e"},
    {"vector_layer", "#b7b52a"},
    {"data", "#2a9d6f"},
    {"no_request", "#8794a8"},
    {"refresh", "#8a4fb0"},
    {"precharge", "#d1495b"},
    {"activate", "#e08a1e"},
    {"turnaround", "#2f83c5"},
    {"column_spacing", "#b7b52a"},
}};

/// Equal steps of lightness, told apart without colour vision too.
constexpr std::array<std::string_view, 6> kScale = {"#46327e", "#365c8d", "#277f8e",
                                                    "#1fa187", "#65b83f", "#d8b71f"};

}  // namespace

std::span<const std::string_view> series_colours() { return kSeries; }

std::string_view series_colour(std::size_t index) { return kSeries[index % kSeries.size()]; }

std::span<const std::pair<std::string_view, std::string_view>> cause_colours() { return kCauses; }

std::string_view cause_colour(std::string_view cause, std::size_t index) {
  const auto found = std::ranges::find(kCauses, cause, [](const auto& each) { return each.first; });
  return found == kCauses.end() ? series_colour(index) : found->second;
}

std::string_view scale_colour(double share) {
  const double bounded = std::clamp(share, 0.0, 1.0);
  return kScale[std::min(kScale.size() - 1,
                         static_cast<std::size_t>(bounded * static_cast<double>(kScale.size())))];
}

}  // namespace systerm
