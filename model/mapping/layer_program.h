// SPDX-License-Identifier: Apache-2.0
// What the precision registers hold and the vector unit does for a layer, whatever the tiles.
#pragma once

#include "components/descriptors/layer_descriptor.h"
#include "workloads/network/network.h"

namespace systerm {

PrecisionSettings register_settings(const Format& format);

void set_source(const Operation& operation, VectorProgram& program);

}  // namespace systerm
