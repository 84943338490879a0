// SPDX-License-Identifier: Apache-2.0
#include "model/report/run_figures.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/report/axis.h"
#include "model/report/bar_figure.h"
#include "model/report/palette.h"
#include "model/report/scatter_figure.h"

namespace systerm {

namespace {

using Json = nlohmann::ordered_json;

std::string words(std::string name) {
  std::ranges::replace(name, '_', ' ');
  return name;
}

std::vector<std::string> names_of(const Json& layers) {
  std::vector<std::string> names;
  for (const Json& layer : layers) names.push_back(layer.at("name").get<std::string>());
  return names;
}

template <typename Value>
std::vector<double> values_of(const Json& layers, Value value) {
  std::vector<double> values;
  for (const Json& layer : layers) values.push_back(value(layer));
  return values;
}

bool any_positive(const std::vector<double>& values) {
  return std::ranges::any_of(values, [](double value) { return value > 0.0; });
}

constexpr std::size_t kMostEnergyUnits = 10;

double dram_bytes(const Json& layer) {
  const Json& dram = layer.at("bytes").at("dram");
  return dram.at("read").get<double>() + dram.at("written").get<double>();
}

}  // namespace

double sum_of_numbers(const Json& value) {
  if (value.is_number()) return value.get<double>();
  double sum = 0.0;
  if (value.is_structured()) {
    for (const Json& each : value) sum += sum_of_numbers(each);
  }
  return sum;
}

SvgPicture cycles_picture(const Json& result) {
  const Json& layers = result.at("layers");
  BarFigure figure{"Where the cycles of each layer went", "cycles", names_of(layers), {}};
  figure.series.push_back(
      {"busy", std::string(cause_colour("busy", 0)),
       values_of(layers, [](const Json& layer) { return layer.at("busy").get<double>(); })});
  for (const auto& [cause, cycles] : result.at("total").at("stalls").items()) {
    const std::string key = cause;
    auto values = values_of(
        layers, [&](const Json& layer) { return layer.at("stalls").at(key).get<double>(); });
    if (!any_positive(values)) continue;
    figure.series.push_back(
        {words(key), std::string(cause_colour(key, figure.series.size())), std::move(values)});
  }
  return bar_picture(figure);
}

SvgPicture comparison_picture(const Json& result) {
  const auto cycles = [](const Json& layer) { return layer.at("cycles").get<double>(); };
  const Json& layers = result.at("layers");
  BarFigure figure{"Cycles of each layer against the baseline", "cycles", names_of(layers), {}};
  figure.stacked = false;
  figure.series.push_back({"this run", std::string(series_colour(0)), values_of(layers, cycles)});
  figure.series.push_back({"baseline", std::string(series_colour(8)),
                           values_of(result.at("baseline").at("layers"), cycles)});
  return bar_picture(figure);
}

SvgPicture utilisation_picture(const Json& result) {
  Json gemms = Json::array();
  for (const Json& layer : result.at("layers")) {
    if (layer.at("macs").get<double>() > 0.0) gemms.push_back(layer);
  }
  BarFigure figure{"Utilisation of the cells", "cell cycles with work (%)", names_of(gemms), {}};
  figure.series.push_back(
      {"utilisation (%)", std::string(series_colour(0)), values_of(gemms, [](const Json& layer) {
         return 100.0 * layer.at("utilisation").get<double>();
       })});
  return bar_picture(figure);
}

SvgPicture dram_traffic_picture(const Json& result) {
  const Json& layers = result.at("layers");
  BarFigure figure{"DRAM traffic", "payload (B)", names_of(layers), {}};
  for (const char* direction : {"read", "written"}) {
    figure.series.push_back({direction, std::string(series_colour(figure.series.size())),
                             values_of(layers, [&](const Json& layer) {
                               return layer.at("bytes").at("dram").at(direction).get<double>();
                             })});
  }
  return bar_picture(figure);
}

std::optional<SvgPicture> memory_use_picture(const Json& result) {
  if (!result.at("total").contains("dram")) return std::nullopt;
  const Json& layers = result.at("layers");
  BarFigure figure{
      "What the DRAM's data bus did", "cycles of the memory's clock", names_of(layers), {}};
  for (const auto& [use, cycles] : result.at("total").at("dram").at("bus_cycles").items()) {
    const std::string key = use;
    auto values = values_of(layers, [&](const Json& layer) {
      return layer.at("dram").at("bus_cycles").at(key).get<double>();
    });
    if (!any_positive(values)) continue;
    figure.series.push_back(
        {words(key), std::string(cause_colour(key, figure.series.size())), std::move(values)});
  }
  return bar_picture(figure);
}

std::optional<SvgPicture> energy_picture(const Json& result) {
  const Json& total = result.at("total");
  if (!total.contains("energy_pj") || !total.at("energy_pj").is_object()) return std::nullopt;
  const Json& layers = result.at("layers");
  BarFigure figure{"Energy by unit", "energy (J)", names_of(layers), {}};
  // The largest units first; those for which no colour is left share one.
  std::vector<std::pair<double, std::string>> units;
  for (const auto& [unit, energy] : total.at("energy_pj").items()) {
    if (sum_of_numbers(energy) > 0.0) units.emplace_back(sum_of_numbers(energy), unit);
  }
  std::ranges::stable_sort(units, std::greater<>{}, [](const auto& unit) { return unit.first; });
  for (std::size_t i = 0; i < units.size(); ++i) {
    auto values = values_of(layers, [&](const Json& layer) {
      const auto split = layer.find("energy_pj");
      const bool has_unit = split != layer.end() && split->contains(units[i].second);
      return has_unit ? 1e-12 * sum_of_numbers(split->at(units[i].second)) : 0.0;
    });
    if (i < kMostEnergyUnits) {
      figure.series.push_back({i + 1 < kMostEnergyUnits || units.size() == kMostEnergyUnits
                                   ? words(units[i].second)
                                   : "others",
                               std::string(series_colour(i)), std::move(values)});
    } else {
      std::ranges::transform(figure.series.back().values, values,
                             figure.series.back().values.begin(), std::plus<>{});
    }
  }
  if (figure.series.empty()) return std::nullopt;
  return bar_picture(figure);
}

std::optional<SvgPicture> roofline_picture(const Json& result, const Roofline& roofline) {
  ScatterFigure figure{"Roofline",
                       {"MACs a byte of memory traffic (MAC/B)", true},
                       {"MACs a second (MAC/s)", true},
                       {}};
  double lowest = 1e30;
  double highest = 0.0;
  double most_macs = 1.0;
  for (const Json& layer : result.at("layers")) {
    most_macs = std::max(most_macs, layer.at("macs").get<double>());
  }
  std::vector<ScatterSeries> layers;
  for (const Json& layer : result.at("layers")) {
    const double macs = layer.at("macs").get<double>();
    if (macs <= 0.0 || layer.at("seconds").get<double>() <= 0.0) continue;
    const double intensity = macs / std::max(1.0, dram_bytes(layer));
    const double rate = macs / layer.at("seconds").get<double>();
    lowest = std::min(lowest, intensity);
    highest = std::max(highest, intensity);
    const std::string name =
        fmt::format("layers, {}", words(layer.at("format").get<std::string>()));
    auto series = std::ranges::find(layers, name, &ScatterSeries::name);
    if (series == layers.end()) {
      layers.push_back({name, std::string(series_colour(layers.size())), {}});
      series = layers.end() - 1;
    }
    series->points.push_back(
        {intensity, rate,
         fmt::format("{}: {} MAC/s, {:.3g} MAC/B", layer.at("name").get<std::string>(),
                     short_number(rate), intensity),
         4.0 + 6.0 * std::sqrt(macs / most_macs)});
  }
  if (layers.empty()) return std::nullopt;
  const double slope = roofline.memory_bytes_per_second;
  double peak = 0.0;
  for (const PrecisionRoof& roof : roofline.roofs) peak = std::max(peak, roof.macs_per_second);
  const double left = std::min(lowest, peak / slope / 4);
  const double right = std::max(highest, peak / slope * 2);
  figure.series.push_back({fmt::format("{}, {:g} GB/s", roofline.memory, slope * 1e-9),
                           "#8794a8",
                           {{left, left * slope}, {peak / slope, peak}},
                           true,
                           false});
  for (std::size_t i = 0; i < roofline.roofs.size(); ++i) {
    const PrecisionRoof& roof = roofline.roofs[i];
    figure.series.push_back(
        {fmt::format("{}, {} MAC/s", words(roof.name), short_number(roof.macs_per_second)),
         std::string(series_colour(i + 5)),
         {{roof.macs_per_second / slope, roof.macs_per_second}, {right, roof.macs_per_second}},
         true,
         false});
  }
  figure.series.insert(figure.series.end(), layers.begin(), layers.end());
  return scatter_picture(figure);
}

}  // namespace systerm
