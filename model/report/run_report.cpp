// SPDX-License-Identifier: Apache-2.0
#include "model/report/run_report.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/report/axis.h"
#include "model/report/block_diagram_picture.h"
#include "model/report/machine_summary.h"
#include "model/report/memory_use.h"
#include "model/report/result_tables.h"
#include "model/report/run_figures.h"

namespace systerm {

namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string percent(double share) { return fmt::format("{:.1f} %", 100.0 * share); }

/// What must be known before the figures are believed.
std::string notices(const Json& result, const ReportedExperiment& experiment) {
  std::vector<std::string> lines;
  const std::string origin = origin_text(result);
  if (!origin.empty()) {
    lines.push_back(origin + "Cycles and traffic are meaningful, accuracy is not.");
  }
  if (const std::string scales = scales_text(result); !scales.empty()) lines.push_back(scales);
  if (result.contains("unmodelled")) {
    lines.push_back(unmodelled_text(result));
  }
  if (result.contains("verification") && result.at("verification").at("mismatches") != 0) {
    lines.push_back(fmt::format("{} of {} results differ from the reference executor's.",
                                text_of(result.at("verification").at("mismatches")),
                                text_of(result.at("verification").at("elements"))));
  }
  if (result.contains("technology") && !result.at("technology").value("unknown", Json()).empty()) {
    lines.push_back(fmt::format(
        "{} figures of area or leakage are unknown in technology {} and left "
        "out of energy and area.",
        result.at("technology").at("unknown").size(), text_of(result.at("technology").at("name"))));
  }
  if (experiment.experiment == nullptr) lines.push_back(experiment.missing);
  return html_notice(lines);
}

std::string unmodelled(const Json& result) {
  if (!result.contains("unmodelled")) return {};
  HtmlRows rows;
  for (const Json& each : result.at("unmodelled")) {
    rows.push_back({text_of(each.at("name")), text_of(each.at("type")), text_of(each.at("macs")),
                    text_of(each.at("reason"))});
  }
  return html_section(
      "unmodelled", "Not modelled",
      "The run left these operators out: neither their cycles nor their traffic are "
      "in any figure.",
      html_table({"operator", "type", "MACs", "reason"}, rows));
}

std::string provenance(const Json& result) {
  HtmlRows rows;
  const auto add = [&](const std::string& title, const Json& document, const char* key) {
    if (document.contains(key)) rows.push_back({title, text_of(document.at(key))});
  };
  add("experiment", result, "experiment");
  add("design", result, "design");
  add("network", result, "network");
  add("fidelity", result, "fidelity");
  add("samples", result, "samples");
  if (result.contains("provenance")) {
    for (const auto& [key, value] : result.at("provenance").items()) {
      std::string title = key;
      std::ranges::replace(title, '_', ' ');
      rows.push_back({title, text_of(value)});
    }
  }
  return html_section("provenance", "Provenance", "", html_table({"", ""}, rows));
}

std::string layer_table(const Json& result) {
  HtmlRows rows;
  const bool has_banks = result.at("total").contains("dram");
  for (const Json& layer : result.at("layers")) {
    const bool has_macs = layer.at("macs").get<double>() > 0.0;
    rows.push_back({text_of(layer.at("name")), text_of(layer.at("type")),
                    text_of(layer.at("format")), text_of(layer.at("m")), text_of(layer.at("k")),
                    text_of(layer.at("n")), text_of(layer.at("cycles")),
                    has_macs ? percent(layer.at("utilisation").get<double>()) : "",
                    main_stall(layer)});
    if (has_banks) rows.back().push_back(short_memory_use(layer));
  }
  std::vector<std::string> header = {"layer",  "type",        "format",       "M", "K", "N",
                                     "cycles", "utilisation", "largest stall"};
  if (has_banks) header.emplace_back("DRAM bus: data, lost to");
  return html_section("layers", "Layers", "", html_table(header, rows));
}

std::vector<KeyFigure> key_figures(const Json& result) {
  const Json& total = result.at("total");
  const Json& dram = total.at("bytes").at("dram");
  std::vector<KeyFigure> figures = {
      {"Cycles", short_number(total.at("cycles").get<double>()),
       fmt::format("{:.4g} ms", 1e3 * total.at("seconds").get<double>())},
      {"Utilisation of the cells", percent(total.at("utilisation").get<double>())},
      {"Largest stall", main_stall(total), "of all cycles"},
      {"DRAM traffic",
       short_number(dram.at("read").get<double>() + dram.at("written").get<double>()) + "B"}};
  if (total.contains("dram")) {
    figures.push_back({"DRAM bus: data, lost to", short_memory_use(total),
                       percent(total.at("dram").at("row_hit_rate").get<double>()) + " row hits"});
  }
  if (result.contains("speedup")) {
    figures.push_back({"Speed-up over the baseline",
                       fmt::format("{:.2f} \xC3\x97", result.at("speedup").get<double>())});
  }
  if (total.contains("energy_pj") && total.at("energy_pj").is_object()) {
    const std::string energy = short_number(1e-12 * sum_of_numbers(total.at("energy_pj")));
    figures.push_back({"Energy", energy + "J"});
  }
  if (result.contains("area_total_mm2")) {
    figures.push_back({"Area",
                       fmt::format("{:.3g} mm\xC2\xB2", result.at("area_total_mm2").get<double>()),
                       "of what is known"});
  }
  if (result.contains("accuracy")) {
    figures.push_back({"Accuracy", percent(result.at("accuracy").at("top1").get<double>())});
  }
  return figures;
}

std::string static_charts(const Json& result, const ReportedExperiment& experiment) {
  std::string markup = html_section("cycles", "Where the cycles went",
                                    "Every cycle is busy or a stall of exactly one cause.",
                                    html_figure(cycles_picture(result)));
  if (result.contains("baseline")) {
    markup += html_section("comparison", "Against the baseline", "",
                           html_figure(comparison_picture(result)));
  }
  markup +=
      html_section("utilisation", "Utilisation", "", html_figure(utilisation_picture(result)));
  markup += html_section("traffic", "Traffic", "", html_figure(dram_traffic_picture(result)));
  if (const auto picture = memory_use_picture(result)) {
    markup += html_section("memory", "Why the memory gave less than its peak",
                           explained_memory_use(), html_figure(*picture));
  }
  if (experiment.experiment != nullptr) {
    const Roofline roofline = roofline_of(*experiment.experiment);
    if (const auto picture = roofline_picture(result, roofline)) {
      markup += html_section("roofline", "Roofline", explained(roofline), html_figure(*picture));
    }
  }
  if (const auto picture = energy_picture(result)) {
    markup += html_section("energy", "Energy", "", html_figure(*picture));
  }
  return markup + layer_table(result);
}

/// Counters of units and energies of events have no chart; they would be most of the file.
void drop_details(Json& part) {
  part.erase("units");
  part["total"].erase("energy_events_pj");
  for (Json& layer : part["layers"]) layer.erase("energy_events_pj");
}

Json page_data(const Json& result, const ReportedExperiment& experiment) {
  Json shown = result;
  drop_details(shown);
  if (shown.contains("baseline")) drop_details(shown["baseline"]);
  Json data = {{"kind", "run"}, {"palette", palette_json()}, {"result", std::move(shown)}};
  if (result.at("total").contains("dram")) data["memory"]["explained"] = explained_memory_use();
  if (experiment.experiment == nullptr) return data;
  const Roofline roofline = roofline_of(*experiment.experiment);
  Json roofs = Json::array();
  for (const PrecisionRoof& roof : roofline.roofs) {
    roofs.push_back(
        {{"name", roof.name}, {"format", roof.format}, {"macs_per_second", roof.macs_per_second}});
  }
  data["machine"]["roofline"] = {{"memory", roofline.memory},
                                 {"memory_bytes_per_second", roofline.memory_bytes_per_second},
                                 {"roofs", std::move(roofs)},
                                 {"explained", explained(roofline)}};
  return data;
}

}  // namespace

std::string run_report(const Json& result, const ReportedExperiment& experiment,
                       ReportStyle style) {
  HtmlPage page;
  page.title = fmt::format("{} on {}", text_of(result.at("network")), text_of(result.at("design")));
  page.subtitle =
      fmt::format("{}: {} fidelity, {} sample{}, {:g} MHz", text_of(result.at("experiment")),
                  text_of(result.at("fidelity")), text_of(result.at("samples")),
                  result.at("samples") == 1 ? "" : "s", 1e-6 * result.at("clock_hz").get<double>());
  page.body = notices(result, experiment);
  page.body += "<div id=\"key-figures\" style=\"margin-top:16px\">" +
               html_key_figures(key_figures(result)) + "</div>\n";
  if (experiment.experiment != nullptr) {
    const Design& design = experiment.experiment->design;
    page.body += html_section("design", "The design", design.description,
                              html_figure(block_diagram_picture(design), "diagram"));
  }
  page.body += "<div id=\"charts\">\n";
  if (style == ReportStyle::kStatic) page.body += static_charts(result, experiment);
  page.body += "</div>\n" + unmodelled(result) + provenance(result);
  return html_page(page, style,
                   style == ReportStyle::kStatic ? Json() : page_data(result, experiment));
}

}  // namespace systerm
