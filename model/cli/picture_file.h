// SPDX-License-Identifier: Apache-2.0
// Pictures that a verb writes: .svg, or .png in pixels.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "model/report/svg_picture.h"

namespace systerm {

/// Accepts names that end in .svg or .png.
CLI::Validator picture_name();

/// In the form that the name asks for. Throws std::runtime_error.
void write_picture(const std::string& out, const SvgPicture& picture);

}  // namespace systerm
