// SPDX-License-Identifier: Apache-2.0
#include "model/report/svg_picture.h"

#include <array>

#include <fmt/format.h>

namespace systerm {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kFontFamily =
    "system-ui, -apple-system, &quot;Segoe UI&quot;, &quot;DejaVu Sans&quot;, sans-serif";

/// Bytes of the character at the start of `text`; 0 if they are no UTF-8 (RFC 3629).
std::size_t character_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 && first <= 0xF4   ? 4
                             : first >= 0xE0 && first <= 0xEF ? 3
                             : first >= 0xC2 && first <= 0xDF ? 2
                                                              : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  const bool outside = (first == 0xED && byte(1) > 0x9F) || (first == 0xF4 && byte(1) > 0x8F);
  return overlong || outside ? 0 : length;
}

/// At most two decimals, no zeros behind.
std::string number(double value) {
  std::string text = fmt::format("{:.2f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

}  // namespace

std::string escape_markup(std::string_view text) {
  std::string escaped;
  while (!text.empty()) {
    const std::size_t length = character_bytes(text);
    const char c = text.front();
    if (length == 0) {
      escaped += kReplacement;
      text.remove_prefix(1);
      continue;
    }
    if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else if (c == '&') {
      escaped += "&amp;";
    } else if (c == '"') {
      escaped += "&quot;";
    } else if (c == '\'') {
      escaped += "&#39;";
    } else if (length == 1 && static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') {
      escaped += kReplacement;
    } else {
      escaped += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return escaped;
}

double text_width(std::string_view text, double font_size) {
  double units = 0.0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0) == 0x80) continue;
    constexpr std::string_view kNarrow = "iljtfr.,:;|!'()[] ";
    const bool is_narrow = kNarrow.find(c) != std::string_view::npos;
    units += is_narrow ? 0.36 : c == 'm' || c == 'w' || c == 'M' || c == 'W' ? 0.95 : 0.62;
  }
  return units * font_size;
}

SvgPicture::SvgPicture(double width, double height, std::string title)
    : width_(width), height_(height), title_(std::move(title)) {}

void SvgPicture::close(std::string_view tooltip, std::string_view tag) {
  body_ += tooltip.empty() ? "/>\n"
                           : fmt::format("><title>{}</title></{}>\n", escape_markup(tooltip), tag);
}

void SvgPicture::rect(double x, double y, double width, double height, std::string_view style,
                      std::string_view tooltip) {
  body_ += fmt::format(R"(<rect x="{}" y="{}" width="{}" height="{}" {})", number(x), number(y),
                       number(width), number(height), style);
  close(tooltip, "rect");
}

void SvgPicture::circle(double x, double y, double radius, std::string_view style,
                        std::string_view tooltip) {
  body_ += fmt::format(R"(<circle cx="{}" cy="{}" r="{}" {})", number(x), number(y), number(radius),
                       style);
  close(tooltip, "circle");
}

void SvgPicture::line(double x1, double y1, double x2, double y2, std::string_view style) {
  body_ += fmt::format(R"(<line x1="{}" y1="{}" x2="{}" y2="{}" {}/>)", number(x1), number(y1),
                       number(x2), number(y2), style) +
           "\n";
}

void SvgPicture::path(std::string_view data, std::string_view style) {
  body_ += fmt::format("<path d=\"{}\" {}/>\n", data, style);
}

void SvgPicture::text(double x, double y, std::string_view text, const TextStyle& style) {
  constexpr std::array<std::string_view, 3> kAnchors = {"start", "middle", "end"};
  std::string attributes = fmt::format(R"(font-size="{}")", number(style.size));
  if (style.anchor != Anchor::kStart) {
    attributes +=
        fmt::format(R"( text-anchor="{}")", kAnchors[static_cast<std::size_t>(style.anchor)]);
  }
  if (style.bold) attributes += R"( font-weight="600")";
  if (style.opacity < 1.0) attributes += fmt::format(R"( fill-opacity="{}")", style.opacity);
  if (style.rotation != 0.0) {
    attributes += fmt::format(R"~( transform="rotate({} {} {})")~", number(style.rotation),
                              number(x), number(y));
  }
  body_ += fmt::format(R"(<text x="{}" y="{}" {}>{}</text>)", number(x), number(y), attributes,
                       escape_markup(text)) +
           "\n";
}

std::string SvgPicture::root(std::string_view attributes) const {
  return fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {1}" width="{0}" height="{1}" )"
      R"(font-family="{2}" fill="currentColor" role="img" {3}>)"
      "\n<title>{4}</title>\n",
      number(width_), number(height_), kFontFamily, attributes, escape_markup(title_));
}

std::string SvgPicture::embedded() const { return root("") + body_ + "</svg>\n"; }

std::string SvgPicture::file() const {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + root(R"(color="#1b2430")") +
         fmt::format("<rect width=\"{}\" height=\"{}\" fill=\"#ffffff\"/>\n", number(width_),
                     number(height_)) +
         body_ + "</svg>\n";
}

}  // namespace systerm
