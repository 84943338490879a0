// SPDX-License-Identifier: Apache-2.0
// What draws pixels: librsvg and cairo, loaded when a picture in pixels is asked for.
#pragma once

#include <string>

extern "C" {

/// Draws `svg`, scaled to `width` by `height` pixels, as a PNG file. Throws std::runtime_error.
__attribute__((visibility("default"))) void systerm_render_png(const std::string& svg, double width,
                                                               double height, std::string& file);
}
