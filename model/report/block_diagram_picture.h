// SPDX-License-Identifier: Apache-2.0
// The block diagram of a design as a picture.
#pragma once

#include "model/design/design.h"
#include "model/report/svg_picture.h"

namespace systerm {

/// Every unit with its parameters and every connection; arrows point from the socket that calls to
/// the one that is called. Of several cores, which are alike, one is drawn, in a frame that says so.
SvgPicture block_diagram_picture(const Design& design);

}  // namespace systerm
