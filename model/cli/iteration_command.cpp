// SPDX-License-Identifier: Apache-2.0
// `iteration`: the products of one training iteration of a network on an array of fMACs, beside
// cells of bfloat16 on the same area.
#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "components/array/cell.h"
#include "components/cost/price_lookup.h"
#include "model/cli/commands.h"
#include "model/cli/table.h"
#include "model/cli/vocabulary.h"
#include "model/design/load_design.h"
#include "model/mapping/training_products.h"
#include "model/simulation/isolated_run.h"
#include "model/simulation/iteration_run.h"
#include "model/training/training_network.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

struct IterationOptions {
  std::string network;
  std::string design = "fast_training_64x256";
  std::int64_t batch = 32;
  std::vector<int> mantissa_bits = {4, 4, 4};
  bool per_group = false;
  int exponent_bits = 3;
  bool products_only = false;
  bool json = false;
};

constexpr std::array<const char*, 3> kKinds = {"forward", "backward_data", "weight_gradient"};

ProductArithmetic arithmetic_of(const Design& design, const IterationOptions& options) {
  if (design.array.cell != "fmac") {
    throw std::invalid_argument(
        fmt::format("iteration: design {} has cells {}; one with cell fmac is needed", design.name,
                    design.array.cell));
  }
  return fmac_arithmetic(design,
                         options.per_group ? BfpAccumulation::kPerGroup : BfpAccumulation::kPerPass,
                         options.exponent_bits);
}

struct Sums {
  std::array<std::int64_t, 3> cycles{};
  std::array<std::int64_t, 3> macs{};

  std::int64_t all_cycles() const { return cycles[0] + cycles[1] + cycles[2]; }
};

Sums sums_of(const std::vector<TrainingProduct>& products, const FmacArray& array) {
  Sums sums;
  for (const TrainingProduct& product : products) {
    const auto kind = static_cast<std::size_t>(product.gemm.mode);
    sums.cycles[kind] += training_cycles(array, product).total();
    sums.macs[kind] += product.macs();
  }
  return sums;
}

/// One multiplier of 16 bit, an FP32 adder, registers of two operands (one of them twice, for
/// double buffering) and a sum.
std::vector<LogicUse> bfloat16_cell() {
  return {{"fp_multiply", 16}, {"fp_add", 32}, {"register", 3 * 16 + 32}};
}

double area_of(PriceLookup& lookup, const std::vector<LogicUse>& parts) {
  double area = 0;
  for (const LogicUse& part : parts) {
    const PriceLookup::Found found = lookup.area(part);
    if (!found.value) throw std::runtime_error("iteration: " + found.problem);
    area += *found.value;
  }
  return area;
}

/// The same products with cells of bfloat16, as many columns as the area of the fMACs holds.
Json comparison(const Design& design, const FmacArray& array,
                const std::vector<TrainingProduct>& products, std::int64_t cycles) {
  if (!design.technology) return nullptr;
  PriceLookup lookup(*design.technology);
  const double fmac = area_of(lookup, make_cell("fmac")->cost(design.array).logic);
  const double bfloat16 = area_of(lookup, bfloat16_cell());
  FmacArray plain = array;
  plain.group_size = 1;
  plain.columns = std::max<std::int64_t>(
      1, static_cast<std::int64_t>(static_cast<double>(array.columns) * fmac / bfloat16));
  std::int64_t plain_cycles = 0;
  for (TrainingProduct product : products) {
    product.gemm.passes = 1;
    plain_cycles += training_cycles(plain, product).total();
  }
  Json sources = Json::array();
  for (const PriceOrigin& origin : lookup.origins()) {
    if (origin.quantity != "area") continue;
    sources.push_back({{"key", origin.key},
                       {"width_bits", origin.width_bits},
                       {"um2", origin.used},
                       {"source", origin.origin.source}});
  }
  return {{"fmac_um2", fmac},
          {"bfloat16_um2", bfloat16},
          {"rows", plain.rows},
          {"columns", plain.columns},
          {"cycles", plain_cycles},
          {"speedup", static_cast<double>(plain_cycles) / static_cast<double>(cycles)},
          {"areas", sources}};
}

Json iteration_json(const IterationOptions& options) {
  const Design design = load_design(options.design, program_vocabulary());
  const ProductArithmetic arithmetic = arithmetic_of(design, options);
  const FmacArray& array = arithmetic.array;
  const Graph graph = load_training_network(options.network, options.batch, {}, {});
  const TrainingGraph training = make_training_graph(graph);
  const FmacMantissas mantissas{options.mantissa_bits[0], options.mantissa_bits[1],
                                options.mantissa_bits[2]};
  const std::vector<TrainingProduct> products = training_products(training, {&mantissas, 1});
  const Sums sums = sums_of(products, array);
  Json layers = Json::array();
  for (const TrainingProduct& product : products) {
    const FmacCycles cycles = training_cycles(array, product);
    layers.push_back({{"name", product.layer},
                      {"product", kKinds[static_cast<std::size_t>(product.gemm.mode)]},
                      {"count", product.count},
                      {"m", product.gemm.m},
                      {"k", product.gemm.k},
                      {"n", product.gemm.n},
                      {"passes", product.gemm.passes},
                      {"tiles", cycles.tiles},
                      {"cycles", cycles.total()},
                      {"busy", cycles.busy}});
  }
  Json kinds = Json::object();
  for (std::size_t kind = 0; kind < kKinds.size(); ++kind) {
    kinds[kKinds[kind]] = {{"cycles", sums.cycles[kind]}, {"macs", sums.macs[kind]}};
  }
  const std::int64_t cycles = sums.all_cycles();
  const std::int64_t macs = sums.macs[0] + sums.macs[1] + sums.macs[2];
  Json json = {{"network", options.network},
               {"batch", options.batch},
               {"design", design.name},
               {"rows", array.rows},
               {"columns", array.columns},
               {"group_size", array.group_size},
               {"mantissa_bits", options.mantissa_bits},
               {"total",
                {{"cycles", cycles},
                 {"seconds", static_cast<double>(cycles) / design.clock_hz},
                 {"macs", macs},
                 {"macs_per_cycle", static_cast<double>(macs) / static_cast<double>(cycles)}}},
               {"products", kinds},
               {"bfloat16", comparison(design, array, products, cycles)},
               {"layers", layers}};
  if (!options.products_only) {
    const IterationSetup setup{design, arithmetic, graph, training, {&mantissas, 1}};
    json["simulation"] = IsolatedRun([&] { return iteration_document(setup); }).wait();
  }
  return json;
}

/// Sums of the rows of a kind, in the order of the kinds' first rows.
std::string simulation_text(const Json& simulation) {
  struct Sum {
    std::string kind;
    std::int64_t cycles = 0;
    std::int64_t array = 0;
    std::int64_t read = 0;
    std::int64_t written = 0;
    double energy_pj = 0;
  };
  std::vector<Sum> sums;
  for (const Json& row : simulation["layers"]) {
    const auto kind = row["kind"].get<std::string>();
    auto sum = std::ranges::find(sums, kind, &Sum::kind);
    if (sum == sums.end()) sum = sums.insert(sum, Sum{.kind = kind});
    sum->cycles += row["cycles"].get<std::int64_t>();
    sum->array += row["busy"].get<std::int64_t>();
    sum->read += row["bytes"]["dram"]["read"].get<std::int64_t>();
    sum->written += row["bytes"]["dram"]["written"].get<std::int64_t>();
    if (row.contains("energy_total_pj")) sum->energy_pj += row["energy_total_pj"].get<double>();
  }
  Table table({{"steps"},
               {"cycles", true},
               {"array busy", true},
               {"MB read", true},
               {"MB written", true},
               {"mJ", true}});
  const auto add = [&](const Sum& sum) {
    table.add_row({sum.kind, grouped(sum.cycles), grouped(sum.array),
                   fmt::format("{:.1f}", static_cast<double>(sum.read) / 1e6),
                   fmt::format("{:.1f}", static_cast<double>(sum.written) / 1e6),
                   fmt::format("{:.3f}", sum.energy_pj / 1e9)});
  };
  Sum total{.kind = "iteration"};
  for (const Sum& sum : sums) {
    add(sum);
    total.cycles += sum.cycles;
    total.array += sum.array;
    total.read += sum.read;
    total.written += sum.written;
    total.energy_pj += sum.energy_pj;
  }
  table.add_rule();
  add(total);
  std::string text = table.text();
  text +=
      fmt::format("{:.3g} s; {:.1f} MB of memory\n", simulation["total"]["seconds"].get<double>(),
                  simulation["memory_bytes"].get<double>() / 1e6);
  return text;
}

std::string iteration_text(const Json& json) {
  std::string text = json.contains("simulation")
                         ? "on the platform\n" + simulation_text(json["simulation"]) +
                               "\nproducts alone, operands on chip in time\n"
                         : "";
  Table table({{"product"}, {"cycles", true}, {"MACs", true}});
  for (const auto& [kind, sums] : json["products"].items()) {
    table.add_row(
        {kind, grouped(sums["cycles"].get<long long>()), grouped(sums["macs"].get<long long>())});
  }
  table.add_rule();
  const Json& total = json["total"];
  table.add_row({"iteration", grouped(total["cycles"].get<long long>()),
                 grouped(total["macs"].get<long long>())});
  text +=
      table.text() + fmt::format("{:.3g} s, {:.0f} MACs a cycle\n", total["seconds"].get<double>(),
                                 total["macs_per_cycle"].get<double>());
  const Json& plain = json["bfloat16"];
  if (plain.is_null()) return text + "no areas: the design names no technology\n";
  text += fmt::format(
      "bfloat16 cells on the same area ({:.0f} against {:.0f} um2 a cell: {} x {}): {} cycles, "
      "{:.2f} times as long\n",
      plain["bfloat16_um2"].get<double>(), plain["fmac_um2"].get<double>(),
      plain["rows"].get<std::int64_t>(), plain["columns"].get<std::int64_t>(),
      grouped(plain["cycles"].get<long long>()), plain["speedup"].get<double>());
  for (const Json& area : plain["areas"]) {
    text += fmt::format("  {} {} bit: {:.4g} um2, {}\n", area["key"].get<std::string>(),
                        area["width_bits"].get<double>(), area["um2"].get<double>(),
                        area["source"].get<std::string>());
  }
  return text;
}

}  // namespace

void add_iteration_command(CLI::App& app) {
  auto options = std::make_shared<IterationOptions>();
  CLI::App* verb =
      app.add_subcommand("iteration", "Run one training iteration on an array of fMACs");
  verb->add_option("network", options->network, "Zoo name or .onnx file")->required();
  verb->add_option("--design", options->design, "Design with cell fmac")->capture_default_str();
  verb->add_option("--batch", options->batch, "Images an iteration")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  verb->add_option("--mantissa-bits", options->mantissa_bits,
                   "Of weights, activations and gradients: W,A,G")
      ->delimiter(',')
      ->expected(3)
      ->check(CLI::Range(1, 7))
      ->capture_default_str();
  verb->add_flag("--per-group", options->per_group,
                 "Round sums once a group instead of once a pass");
  verb->add_option("--exponent-bits", options->exponent_bits, "Of a group")
      ->check(CLI::Range(1, 8))
      ->capture_default_str();
  verb->add_flag("--products-only", options->products_only,
                 "Closed forms of the products, without a simulation");
  verb->add_flag("--json", options->json, "Print one JSON object");
  verb->footer(
      "Simulates every step on the design; beside it the products alone, by closed forms with\n"
      "operands on chip in time.\n"
      "Examples:\n"
      "  systerm iteration resnet18 --batch 64\n"
      "  systerm iteration mobilenet_v2 --mantissa-bits 2,2,4 --json\n"
      "JSON keys: network; batch; design; rows; columns; group_size; mantissa_bits; total: "
      "cycles,\n"
      "seconds, macs, macs_per_cycle; products: forward, backward_data, weight_gradient, each "
      "with\n"
      "cycles and macs; bfloat16: fmac_um2, bfloat16_um2, rows, columns, cycles, speedup, areas\n"
      "(null without a technology); layers[]: name, product, count, m, k, n, passes, tiles, "
      "cycles,\n"
      "busy; simulation: total, layers[], memory_bytes and the keys of energy and area, as in\n"
      "docs/training_platform.md.");
  verb->callback([options] {
    const Json json = iteration_json(*options);
    fmt::print("{}", options->json ? json.dump() + "\n" : iteration_text(json));
  });
}

}  // namespace systerm
