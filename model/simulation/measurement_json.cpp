// SPDX-License-Identifier: Apache-2.0
#include "model/simulation/measurement_json.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace systerm {

using Json = nlohmann::ordered_json;

namespace {

/// What the data buses and rows of the DRAM did meanwhile.
Json dram_json(const DramCounts& counts) {
  std::int64_t cycles = 0;
  for (const std::int64_t each : counts.bus_cycles) cycles += each;
  const auto share = [](std::int64_t part, std::int64_t whole) {
    return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
  };
  Json json = {{"bursts", counts.bursts()},
               {"row_hits", counts.row_hits},
               {"row_hit_rate", share(counts.row_hits, counts.bursts())},
               {"row_conflicts", counts.commands[ordinal(DramCommand::kPrecharge)]},
               {"refreshes", counts.commands[ordinal(DramCommand::kRefresh)]},
               {"peak_share", share(counts.bus_cycles[ordinal(BusUse::kData)], cycles)}};
  for (std::size_t i = 0; i < kBusUses; ++i) {
    json["bus_cycles"][std::string(kBusUseNames[i])] = counts.bus_cycles[i];
  }
  return json;
}

}  // namespace

Json measurement_json(const Measurement& measurement, const Design& design, int cores) {
  const double cells = static_cast<double>(design.array.rows * design.array.columns * cores);
  const auto cycles = static_cast<double>(measurement.cycles);
  Json json;
  json["cycles"] = measurement.cycles;
  json["seconds"] = cycles / design.clock_hz;
  json["macs"] = measurement.macs;
  json["term_pairs"] = measurement.term_pairs;
  json["term_pair_bound"] = measurement.term_pair_bound;
  json["utilisation"] = measurement.cycles == 0
                            ? 0.0
                            : static_cast<double>(measurement.cell_cycles) / (cells * cycles);
  if (cores > 1) json["core_cycles"] = measurement.core_cycles;
  json["busy"] = measurement.array_cycles[0];
  for (std::size_t i = 1; i < kArrayCauses; ++i) {
    if (static_cast<ArrayCause>(i) == ArrayCause::kOtherCores && design.cores.count == 1) continue;
    json["stalls"][std::string(kArrayCauseNames[i])] = measurement.array_cycles[i];
  }
  json["vector_unit_cycles"] = measurement.vector_unit_cycles;
  for (const MemoryTraffic& traffic : measurement.traffic) {
    json["bytes"][traffic.memory] = {{"read", traffic.read}, {"written", traffic.written}};
  }
  // All cores share it.
  if (design.dram.model == DramModel::kBanks && cores == design.cores.count) {
    json["dram"] = dram_json(measurement.dram);
  }
  return json;
}

Json layer_json(const Layer& layer, const QuantizedLayer& quantized, const Measurement& measurement,
                const Design& design) {
  Json json;
  json["name"] = layer.name;
  json["type"] = layer.type;
  const Gemm* gemm = layer.gemm();
  json["m"] = gemm ? gemm->m : 0;
  json["k"] = gemm ? gemm->k : 0;
  json["n"] = gemm ? gemm->n : 0;
  json["groups"] = gemm ? gemm->groups : 0;
  json["format"] = gemm ? std::string(quantized.format->name()) : "";
  json.update(measurement_json(measurement, design, design.cores.count));
  return json;
}

Json cores_json(const std::vector<Measurement>& cores, const Design& design) {
  Json json = Json::array();
  for (std::size_t core = 0; core < cores.size(); ++core) {
    Json entry = {{"name", fmt::format("core{}", core)}};
    entry.update(measurement_json(cores[core], design, 1));
    json.push_back(std::move(entry));
  }
  return json;
}

Json retention_json(const SimulationResult::Retention& retention) {
  const RetentionReport& report = retention.report;
  Json json = {{"unit", retention.unit},
               {"retention_cycles", report.retention_cycles},
               {"rows", report.rows},
               {"refreshes", report.refreshes},
               {"violations", report.violations},
               {"longest_lifetime_cycles", report.longest_cycles}};
  json["lifetimes"] = Json::array();
  for (const RetentionReport::Bin& bin : report.lifetimes) {
    json["lifetimes"].push_back({{"from_cycles", bin.from_cycles}, {"count", bin.lifetimes}});
  }
  json["worst_rows"] = Json::array();
  for (const RetentionReport::Row& row : report.worst_rows) {
    json["worst_rows"].push_back({{"bank", row.bank},
                                  {"row", row.row},
                                  {"written_at_cycle", row.written_at},
                                  {"lifetime_cycles", row.lifetime_cycles}});
  }
  return json;
}

Json units_json(const std::vector<UnitStatistic>& statistics) {
  Json json = Json::array();
  for (const UnitStatistic& statistic : statistics) {
    json.push_back({{"unit", statistic.unit},
                    {"name", statistic.name},
                    {"value", statistic.value},
                    {"measure", statistic.measure},
                    {"description", statistic.description}});
  }
  return json;
}

Json scales_json(const Network& network) {
  const ModelStorage stored = stored_in_model(network);
  if (stored == ModelStorage{}) return nullptr;
  const auto features = std::ranges::count(network.features, 0, &Feature::index_range);
  const auto weights = std::ranges::count_if(network.layers, [](const Layer& layer) {
    return layer.gemm() != nullptr && !layer.gemm()->second;
  });
  const auto parts = [](std::int64_t model, std::int64_t all) {
    return Json{{"model", model}, {"calibrated", all - model}};
  };
  return {{"activations", parts(stored.activations, features)},
          {"weights", parts(stored.weights, weights)}};
}

double modelled_share(const Network& network) {
  const std::int64_t modelled = network.macs();
  std::int64_t all = modelled;
  for (const UnmodelledOperator& each : network.unmodelled) all += each.macs;
  return all == 0 ? 1.0 : static_cast<double>(modelled) / static_cast<double>(all);
}

Json coverage_json(const Network& network) { return {{"macs", modelled_share(network)}}; }

Json unmodelled_json(const std::vector<UnmodelledOperator>& operators) {
  Json json = Json::array();
  for (const UnmodelledOperator& missing : operators) {
    json.push_back({{"name", missing.name},
                    {"type", missing.type},
                    {"reason", missing.reason},
                    {"macs", missing.macs}});
  }
  return json;
}

}  // namespace systerm
