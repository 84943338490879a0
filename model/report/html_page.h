// SPDX-License-Identifier: Apache-2.0
// One HTML file with everything in it: style, scripts, data. It asks nothing of a network.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "model/report/svg_picture.h"

namespace systerm {

enum class ReportStyle : std::uint8_t {
  kInteractive,  ///< charts drawn by the page's scripts
  kStatic,       ///< pictures and tables without scripts
};

/// Interactive where this build has the scripts.
ReportStyle default_report_style();

struct HtmlPage {
  std::string title;
  std::string subtitle;
  std::string body;  ///< markup
  /// Packed texts for the scripts, see packed_text.h: elements `block-0`, `block-1`, ...
  std::vector<std::string> blocks = {};
};

/// `data` goes to the scripts of an interactive page; a static one has none.
std::string html_page(const HtmlPage& page, ReportStyle style, const nlohmann::ordered_json& data);

/// The colours that scripts draw with.
nlohmann::ordered_json palette_json();

/// A section with a heading. `explained` may be empty; `content` is markup.
std::string html_section(std::string_view id, std::string_view title, std::string_view explained,
                         std::string_view content);
std::string html_figure(const SvgPicture& picture, std::string_view css_class = {});

using HtmlRows = std::vector<std::vector<std::string>>;
/// Cells are text.
std::string html_table(const std::vector<std::string>& header, const HtmlRows& rows);
/// Title, value and a remark that may be empty.
struct KeyFigure {
  std::string title;
  std::string value;
  std::string remark = {};
};
std::string html_key_figures(const std::vector<KeyFigure>& figures);
/// What a reader must know before the figures; empty for no lines.
std::string html_notice(const std::vector<std::string>& lines);

}  // namespace systerm
