// SPDX-License-Identifier: Apache-2.0
// Errors found in a document: collected while reading goes on, thrown once, each with its place.
#pragma once

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace systerm {

/// Where a value was written. A value that comes from a command-line option has line 0.
struct Position {
  std::shared_ptr<const std::string>
      source;      ///< file name, or name of the option; null for unknown
  int line = 0;    ///< 1-based
  int column = 0;  ///< 1-based
};

struct Diagnostic {
  std::string source;
  int line = 0;  ///< 1-based; 0 if the source has no lines
  int column = 0;
  std::string path;  ///< keys from the root, such as design.array.rows or precision.layers[2].match
  std::string message;

  /// `file:line:column: path: message`; `option path: message` for a source without lines.
  std::string text() const;
};

/// All diagnostics of a reading; what() has one a line.
class DocumentError : public std::runtime_error {
 public:
  explicit DocumentError(std::vector<Diagnostic> diagnostics);

  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

 private:
  std::vector<Diagnostic> diagnostics_;
};

class Diagnostics {
 public:
  /// Diagnostics kept; further ones are counted only.
  static constexpr std::size_t kLimit = 200;

  void error(const Position& position, std::string path, std::string message);

  /// Takes over those of another reading.
  void add(const Diagnostics& others);

  bool empty() const { return diagnostics_.empty(); }
  /// Whether a value at this path has an error already.
  bool contains(std::string_view path) const;
  /// By source in the order in which sources first had an error, then by position.
  std::vector<Diagnostic> sorted() const;
  /// Throws DocumentError with all of them unless there are none.
  void throw_if_any() const;

 private:
  std::vector<Diagnostic> diagnostics_;
  std::size_t dropped_ = 0;
};

}  // namespace systerm
