// SPDX-License-Identifier: Apache-2.0
// The kinds of memory that come with the project; each in a file of its own.
#pragma once

#include <memory>

#include "components/buffer/buffer_memory.h"

namespace systerm {

std::unique_ptr<BufferMemory> make_sram(const BufferConfig& config, double clock_hz);
std::unique_ptr<BufferMemory> make_edram(const BufferConfig& config, double clock_hz);

}  // namespace systerm
