// SPDX-License-Identifier: Apache-2.0
// The commented files that `init` starts from; the build embeds configs/templates.
#pragma once

#include <span>

#include "workloads/document/embedded_text.h"

namespace systerm {

/// By kind of file.
std::span<const EmbeddedText> file_templates();

}  // namespace systerm
