// SPDX-License-Identifier: Apache-2.0
// The precision staircase: which layers have which mantissa bits in which iterations, a panel for
// each kind of operand.
#pragma once

#include <cstdint>
#include <string>

#include "model/report/svg_picture.h"
#include "model/training/precision_trace.h"

namespace systerm {

SvgPicture staircase_picture(const std::string& title, const PrecisionTrace& trace,
                             std::int64_t iterations);

}  // namespace systerm
