// SPDX-License-Identifier: Apache-2.0
// The schedulers and write-batching policies that come with the project; each in a file of its own.
#pragma once

#include <memory>

#include "components/dram/scheduler.h"
#include "components/dram/write_batching.h"

namespace systerm {

std::unique_ptr<const DramScheduler> make_frfcfs_scheduler();
std::unique_ptr<const DramScheduler> make_strict_scheduler();
std::unique_ptr<const WriteBatching> make_no_write_batching();
std::unique_ptr<const WriteBatching> make_watermark_write_batching();

}  // namespace systerm
