// SPDX-License-Identifier: Apache-2.0
#include "model/report/html_page.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/report/page/embedded_page.h"
#include "model/report/palette.h"

namespace systerm {

namespace {

using Json = nlohmann::ordered_json;

/// JSON that may stand in a script element: nothing in it ends the element or begins a comment.
std::string script_json(const Json& data) {
  const std::string text = data.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe += c;
    }
  }
  return safe;
}

}  // namespace

ReportStyle default_report_style() {
  return page_script().empty() ? ReportStyle::kStatic : ReportStyle::kInteractive;
}

Json palette_json() {
  Json palette = {{"causes", Json::object()}, {"series", Json::array()}};
  for (const auto& [cause, colour] : cause_colours())
    palette["causes"][std::string(cause)] = colour;
  for (const std::string_view colour : series_colours()) palette["series"].push_back(colour);
  return palette;
}

std::string html_page(const HtmlPage& page, ReportStyle style, const Json& data) {
  std::string scripts;
  if (style == ReportStyle::kInteractive) {
    scripts =
        "<noscript><p class=\"notice\">The charts of this report need JavaScript.</p>"
        "</noscript>\n<script type=\"application/json\" id=\"report-data\">";
    scripts += script_json(data);
    scripts += "</script>\n";
    for (std::size_t i = 0; i < page.blocks.size(); ++i) {
      scripts += fmt::format("<script type=\"text/plain\" id=\"block-{}\">{}</script>\n", i,
                             page.blocks[i]);
    }
    scripts += "<script>";
    scripts += page_script();
    scripts += "</script>\n";
  }
  return fmt::format(
      R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>{0}</title>
<style>
{2}</style>
</head>
<body>
<main>
<header><h1>{0}</h1><p>{1}</p></header>
{3}</main>
{4}</body>
</html>
)",
      escape_markup(page.title), escape_markup(page.subtitle), page_style(), page.body, scripts);
}

std::string html_section(std::string_view id, std::string_view title, std::string_view explained,
                         std::string_view content) {
  return fmt::format("<section id=\"{}\"><h2>{}</h2>\n{}{}</section>\n", id, escape_markup(title),
                     explained.empty()
                         ? std::string()
                         : fmt::format("<p class=\"explained\">{}</p>\n", escape_markup(explained)),
                     content);
}

std::string html_figure(const SvgPicture& picture, std::string_view css_class) {
  return fmt::format("<figure{}>\n{}</figure>\n",
                     css_class.empty() ? "" : fmt::format(" class=\"{}\"", css_class),
                     picture.embedded());
}

std::string html_table(const std::vector<std::string>& header, const HtmlRows& rows) {
  constexpr std::size_t kLongText = 60;
  std::string markup = "<div class=\"scroll\"><table>\n<thead><tr>";
  for (const std::string& title : header) {
    markup += fmt::format("<th>{}</th>", escape_markup(title));
  }
  markup += "</tr></thead>\n<tbody>\n";
  for (const auto& row : rows) {
    markup += "<tr>";
    for (const std::string& cell : row) {
      markup += fmt::format("<td{}>{}</td>", cell.size() > kLongText ? " class=\"wraps\"" : "",
                            escape_markup(cell));
    }
    markup += "</tr>\n";
  }
  return markup + "</tbody>\n</table></div>\n";
}

std::string html_key_figures(const std::vector<KeyFigure>& figures) {
  std::string markup = "<dl class=\"figures\">\n";
  for (const KeyFigure& figure : figures) {
    markup += fmt::format("<div><dt>{}</dt><dd>{}{}</dd></div>\n", escape_markup(figure.title),
                          escape_markup(figure.value),
                          figure.remark.empty()
                              ? std::string()
                              : fmt::format("<small>{}</small>", escape_markup(figure.remark)));
  }
  return markup + "</dl>\n";
}

std::string html_notice(const std::vector<std::string>& lines) {
  if (lines.empty()) return {};
  std::string markup = "<div class=\"notice\" role=\"note\">";
  for (const std::string& line : lines) markup += fmt::format("<div>{}</div>", escape_markup(line));
  return markup + "</div>\n";
}

}  // namespace systerm
