// SPDX-License-Identifier: Apache-2.0
// Accuracy, cycles and energy over term budgets as one picture, a panel each.
#pragma once

#include <nlohmann/json.hpp>

#include "model/report/svg_picture.h"

namespace systerm {

/// `document` has `experiment`, `design`, and what budget_curve() gives. Group budgets lie across,
/// a series for each number of data terms; the other way round where there is one group budget
/// only. The float network and the baseline are dashed lines. Accuracy is top-1 where there are
/// labels, else agreement with the float network, else the signal-to-noise ratio of the output.
SvgPicture budget_picture(const nlohmann::ordered_json& document);

}  // namespace systerm
