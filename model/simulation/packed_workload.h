// SPDX-License-Identifier: Apache-2.0
// Prunes and packs the layers of a network as an experiment says.
#pragma once

#include <memory>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "model/design/experiment.h"
#include "model/mapping/mapper.h"
#include "workloads/network/network.h"

namespace systerm {

/// The network with its weights pruned and its layers packed by `plan.packing`; the network itself
/// where that is empty. In timing fidelity the groups come from the weights of the file or from
/// synthetic ones, and a network without weights stays without. Throws WorkloadError for a rule
/// that matches no layer or a layer with nothing to combine, and for weights that are no numbers;
/// DataError for groups of a file that do not fit.
std::shared_ptr<const Network> pack_workload(const Experiment& experiment,
                                             const PrecisionPlan& plan,
                                             const std::shared_ptr<const Network>& network);

/// What `packing` holds in the report of one GEMM layer: how it was packed, or why it was not.
/// `shares` are those of all cores.
nlohmann::ordered_json packing_json(const Layer& layer, const std::vector<CoreLayer>& shares,
                                    const Design& design);

/// Sums of the above over the layers of a report.
nlohmann::ordered_json packing_total_json(const nlohmann::ordered_json& layers);

}  // namespace systerm
