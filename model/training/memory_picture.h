// SPDX-License-Identifier: Apache-2.0
// Live elements over the steps of an iteration, stacked by class.
#pragma once

#include <string>

#include "model/report/svg_picture.h"
#include "workloads/training/memory_plan.h"

namespace systerm {

/// Weight gradients are left out: they live until the update and depend on no schedule.
SvgPicture memory_picture(const std::string& title, const ScheduledMemory& scheduled);

}  // namespace systerm
