// SPDX-License-Identifier: Apache-2.0
// The formats that come with the library: one factory each, listed once more in
// format_registry.cpp. (A static library drops object files that only register themselves.)
#pragma once

#include <memory>

#include "components/arithmetic/format.h"

namespace systerm {

std::unique_ptr<const Format> make_uniform_format(const FormatParameters& parameters);
std::unique_ptr<const Format> make_term_quantized_format(const FormatParameters& parameters);

}  // namespace systerm
