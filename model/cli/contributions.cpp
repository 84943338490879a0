// SPDX-License-Identifier: Apache-2.0
#include "model/cli/contributions.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "model/simulation/experiment_run.h"
#include "model/simulation/isolated_run.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

bool same_precision(const PrecisionPlan& a, const PrecisionPlan& b) {
  return a.defaults == b.defaults &&
         std::ranges::equal(a.layers, b.layers, [](const auto& x, const auto& y) {
           return x.match == y.match && x.precision == y.precision;
         });
}

Json contribution(const Json& total, const Json& baseline) {
  const auto cycles = total.at("cycles").get<std::int64_t>();
  const Json& dram = total.at("bytes").at("dram");
  Json json = {
      {"cycles", cycles},
      {"speedup", baseline.at("cycles").get<double>() / static_cast<double>(cycles)},
      {"dram_bytes", dram.at("read").get<std::int64_t>() + dram.at("written").get<std::int64_t>()},
      {"term_pair_bound", total.at("term_pair_bound")}};
  if (total.contains("energy_pj")) json["energy_pj"] = total.at("energy_pj");
  return json;
}

}  // namespace

void add_contributions(const Experiment& experiment, nlohmann::ordered_json& document) {
  const PrecisionPlan& both = experiment.precision;
  if (!experiment.baseline || both.packing == experiment.baseline->packing ||
      same_precision(both, *experiment.baseline)) {
    return;
  }
  PrecisionPlan packing = *experiment.baseline;
  packing.packing = both.packing;
  PrecisionPlan precision = both;
  precision.packing = experiment.baseline->packing;
  IsolatedRun packing_run([&] { return run_plan(experiment, packing, {}); });
  IsolatedRun precision_run([&] { return run_plan(experiment, precision, {}); });
  const Json& baseline = document.at("baseline").at("total");
  Json contributions;
  contributions["baseline"] = contribution(baseline, baseline);
  contributions["packing"] = contribution(packing_run.wait().at("total"), baseline);
  contributions["precision"] = contribution(precision_run.wait().at("total"), baseline);
  contributions["both"] = contribution(document.at("total"), baseline);
  document["contributions"] = std::move(contributions);
}

}  // namespace systerm
