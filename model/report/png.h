// SPDX-License-Identifier: Apache-2.0
// Pictures in pixels.
#pragma once

#include <string>

#include "model/report/svg_picture.h"

namespace systerm {

/// A PNG file, `scale` pixels for every pixel of the picture. Throws std::runtime_error.
std::string png_file(const SvgPicture& picture, double scale = 2.0);

}  // namespace systerm
