// SPDX-License-Identifier: Apache-2.0
// Writes a vector picture. Coordinates are pixels, y downwards. The ink is the text colour of what
// is around: the page's, or dark on white in a file of its own.
#pragma once

#include <string>
#include <string_view>

namespace systerm {

/// For text and attributes of HTML and SVG. What is not UTF-8, and control characters, become
/// U+FFFD.
std::string escape_markup(std::string_view text);

/// About how wide a line of text is, in pixels.
double text_width(std::string_view text, double font_size);

class SvgPicture {
 public:
  enum class Anchor { kStart, kMiddle, kEnd };

  struct TextStyle {
    double size = 12;
    Anchor anchor = Anchor::kStart;
    bool bold = false;
    double opacity = 1.0;
    double rotation = 0.0;  ///< degrees, clockwise, about its position
  };

  SvgPicture(double width, double height, std::string title);

  double width() const { return width_; }
  double height() const { return height_; }

  /// `style` is a list of attributes, such as `fill="#123456"`. `tooltip` may be empty.
  void rect(double x, double y, double width, double height, std::string_view style,
            std::string_view tooltip = {});
  void circle(double x, double y, double radius, std::string_view style,
              std::string_view tooltip = {});
  void line(double x1, double y1, double x2, double y2, std::string_view style);
  void path(std::string_view data, std::string_view style);
  void text(double x, double y, std::string_view text, const TextStyle& style);

  /// For a page.
  std::string embedded() const;
  /// A file of its own.
  std::string file() const;

 private:
  void close(std::string_view tooltip, std::string_view tag);
  std::string root(std::string_view attributes) const;

  double width_;
  double height_;
  std::string title_;
  std::string body_;
};

}  // namespace systerm
