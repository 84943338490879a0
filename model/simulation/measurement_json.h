// SPDX-License-Identifier: Apache-2.0
// Measurements of a run as parts of the document that result.json holds; docs/results.md has the
// keys.
#pragma once

#include <vector>

#include <nlohmann/json.hpp>

#include "model/design/design.h"
#include "model/simulation/simulation.h"
#include "workloads/network/network.h"
#include "workloads/quantization/quantized_network.h"

namespace systerm {

/// Of `cores` cores together.
nlohmann::ordered_json measurement_json(const Measurement& measurement, const Design& design,
                                        int cores);
/// Names and sizes of a layer before its measurement.
nlohmann::ordered_json layer_json(const Layer& layer, const QuantizedLayer& quantized,
                                  const Measurement& measurement, const Design& design);
nlohmann::ordered_json cores_json(const std::vector<Measurement>& cores, const Design& design);
nlohmann::ordered_json retention_json(const SimulationResult::Retention& retention);
nlohmann::ordered_json units_json(const std::vector<UnitStatistic>& statistics);
/// Where scales come from: activations and weights, `model` and `calibrated` of each. Null where
/// the model brings none.
nlohmann::ordered_json scales_json(const Network& network);
/// Share of the multiply-accumulates that have a layer; 1 where there are none at all.
double modelled_share(const Network& network);
/// `macs`: that share.
nlohmann::ordered_json coverage_json(const Network& network);
nlohmann::ordered_json unmodelled_json(const std::vector<UnmodelledOperator>& operators);

}  // namespace systerm
