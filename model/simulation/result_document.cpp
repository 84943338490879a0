// SPDX-License-Identifier: Apache-2.0
#include "model/simulation/result_document.h"

#include <stdexcept>

namespace systerm {

using Json = nlohmann::ordered_json;

Json provenance_json(const Experiment& experiment, const std::string& program,
                     const std::string& configuration_hash) {
  return {{"program", program},
          {"configuration_hash", configuration_hash},
          {"seed", experiment.run.seed}};
}

Json result_document(const Experiment& experiment, const Json& main,
                     const std::optional<Json>& baseline, const Json& provenance) {
  Json document;
  document["experiment"] = experiment.name;
  document["design"] = experiment.design.name;
  document["network"] =
      experiment.workload.network.empty() ? "inline" : experiment.workload.network;
  document["fidelity"] = experiment.run.fidelity == Fidelity::kData ? "data" : "timing";
  document["clock_hz"] = experiment.design.clock_hz;
  document.update(main);
  if (baseline) {
    document["baseline"] = *baseline;
    document["speedup"] = document["baseline"]["total"]["cycles"].get<double>() /
                          document["total"]["cycles"].get<double>();
    if (document["total"].contains("energy_total_pj")) {
      document["energy_gain"] = document["baseline"]["total"]["energy_total_pj"].get<double>() /
                                document["total"]["energy_total_pj"].get<double>();
    }
  }
  document["provenance"] = provenance;
  return document;
}

void refuse_mismatches(const Json& document) {
  const auto differs = [](const Json& part) {
    return part.contains("verification") && part["verification"]["mismatches"] != 0;
  };
  if (differs(document) || (document.contains("baseline") && differs(document["baseline"]))) {
    throw std::runtime_error(
        "the results in the modelled memory differ from the reference executor's");
  }
}

}  // namespace systerm
