// SPDX-License-Identifier: Apache-2.0
#include "workloads/document/diagnostics.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace systerm {
namespace {

std::string join_lines(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (!text.empty()) text += '\n';
    text += diagnostic.text();
  }
  return text;
}

}  // namespace

std::string Diagnostic::text() const {
  std::string place = source;
  if (line > 0) {
    place += fmt::format(":{}:{}", line, column);
    if (!path.empty()) place += ": " + path;
  } else if (!path.empty()) {
    place += " " + path;
  }
  return place.empty() ? message : place + ": " + message;
}

DocumentError::DocumentError(std::vector<Diagnostic> diagnostics)
    : std::runtime_error(join_lines(diagnostics)), diagnostics_(std::move(diagnostics)) {}

void Diagnostics::error(const Position& position, std::string path, std::string message) {
  if (diagnostics_.size() == kLimit) {
    ++dropped_;
    return;
  }
  diagnostics_.push_back({position.source ? *position.source : std::string(), position.line,
                          position.column, std::move(path), std::move(message)});
}

void Diagnostics::add(const Diagnostics& others) {
  const std::size_t taken = std::min(kLimit - diagnostics_.size(), others.diagnostics_.size());
  diagnostics_.insert(diagnostics_.end(), others.diagnostics_.begin(),
                      others.diagnostics_.begin() + static_cast<std::ptrdiff_t>(taken));
  dropped_ += others.dropped_ + others.diagnostics_.size() - taken;
}

bool Diagnostics::contains(std::string_view path) const {
  return std::any_of(diagnostics_.begin(), diagnostics_.end(),
                     [path](const Diagnostic& diagnostic) { return diagnostic.path == path; });
}

std::vector<Diagnostic> Diagnostics::sorted() const {
  std::vector<std::string> sources;
  const auto rank = [&sources](const Diagnostic& diagnostic) {
    return std::distance(sources.begin(),
                         std::find(sources.begin(), sources.end(), diagnostic.source));
  };
  for (const Diagnostic& diagnostic : diagnostics_) {
    if (rank(diagnostic) == std::ssize(sources)) sources.push_back(diagnostic.source);
  }
  std::vector<Diagnostic> result = diagnostics_;
  std::stable_sort(result.begin(), result.end(), [&rank](const Diagnostic& a, const Diagnostic& b) {
    return std::tuple(rank(a), a.line, a.column) < std::tuple(rank(b), b.line, b.column);
  });
  if (dropped_ > 0) {
    result.push_back({"", 0, 0, "", fmt::format("... and {} more errors", dropped_)});
  }
  return result;
}

void Diagnostics::throw_if_any() const {
  if (!empty()) throw DocumentError(sorted());
}

}  // namespace systerm
