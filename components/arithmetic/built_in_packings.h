// SPDX-License-Identifier: Apache-2.0
// The packings that come with the library: one factory each, listed once more in
// packing_registry.cpp. (A static library drops object files that only register themselves.)
#pragma once

#include <memory>

#include "components/arithmetic/packing.h"

namespace systerm {

std::unique_ptr<const Packing> make_no_packing(const PackingParameters& parameters);
std::unique_ptr<const Packing> make_column_combining(const PackingParameters& parameters);

}  // namespace systerm
