// SPDX-License-Identifier: Apache-2.0
#include "model/simulation/iteration_run.h"

#include <array>
#include <optional>

#include <nlohmann/json.hpp>

#include "model/simulation/energy_report.h"
#include "model/simulation/measurement_json.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<const char*, 3> kModes = {"results_right", "results_up", "results_held"};

Json measured(const Measurement& measurement, const Design& design) {
  Json json = measurement_json(measurement, design, 1);
  for (const MemoryTraffic& content : measurement.contents) {
    json["bytes_by_content"][content.memory] = {{"read", content.read},
                                                {"written", content.written}};
  }
  return json;
}

Json row_json(const IterationRow& row, const FmacArray& array, const Measurement& measurement,
              const Design& design) {
  Json json = {{"name", row.name}, {"kind", row.kind}};
  std::int64_t closed_form = 0;
  for (const TrainingProduct& product : row.products) {
    closed_form += training_cycles(array, product).total();
    json["products"].push_back({{"mode", kModes[static_cast<std::size_t>(product.gemm.mode)]},
                                {"m", product.gemm.m},
                                {"k", product.gemm.k},
                                {"n", product.gemm.n},
                                {"count", product.count},
                                {"passes", product.gemm.passes}});
  }
  if (!row.products.empty()) json["product_cycles"] = closed_form;
  json.update(measured(measurement, design));
  return json;
}

}  // namespace

SimulationResult simulate_iteration(const Design& design, const MappedIteration& mapped) {
  Simulation::Setup setup;
  setup.design = design;
  setup.layers = mapped.rows.size();
  setup.mapped.cores.resize(1);
  for (const auto& command : mapped.commands) {
    setup.mapped.cores[0].push_back({static_cast<std::size_t>(command->layer), command, 0});
  }
  return Simulation::run(setup);
}

Json iteration_document(const IterationSetup& setup) {
  const MappedIteration mapped =
      map_iteration(setup.design, setup.arithmetic, setup.graph, setup.training, setup.mantissas);
  std::optional<EnergyReport> energy;
  if (setup.design.technology) energy.emplace(setup.design, /*external_memory=*/false);
  const SimulationResult result = simulate_iteration(setup.design, mapped);
  Json json;
  json["memory_bytes"] = mapped.memory_bytes;
  json["total"] = measured(result.total, setup.design);
  json["layers"] = Json::array();
  for (std::size_t i = 0; i < mapped.rows.size(); ++i) {
    json["layers"].push_back(
        row_json(mapped.rows[i], setup.arithmetic.array, result.layers[i], setup.design));
  }
  if (energy) energy->add(result.events, result.layers, result.total, json);
  json["units"] = units_json(result.statistics);
  return json;
}

}  // namespace systerm
