// SPDX-License-Identifier: Apache-2.0
#include "workloads/document/document.h"

#include <fstream>
#include <memory>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace systerm {
namespace {

/// Why the file cannot be read into `text`; empty if it was.
std::string read_file(const std::filesystem::path& file, std::size_t limit, std::string& text) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) return "no such file";
  if (std::filesystem::is_directory(status)) return "is a directory, not a file";
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return "cannot be opened";
  // One byte more than allowed, so that the parser sees the excess, whatever the file claims to
  // hold.
  text.resize(limit + 1);
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) return "cannot be read";
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > limit) {
    return fmt::format("has more than the {} bytes allowed for a document", limit);
  }
  return {};
}

}  // namespace

Document::Document(Tree tree, Diagnostics& diagnostics)
    : tree_(std::move(tree)), diagnostics_(&diagnostics) {}

Document Document::load(const std::filesystem::path& file, Diagnostics& diagnostics,
                        const DocumentLimits& limits) {
  std::string text;
  if (std::string reason = read_file(file, limits.bytes, text); !reason.empty()) {
    const auto source = std::make_shared<const std::string>(file.string());
    diagnostics.error({source, 0, 0}, "", std::move(reason));
    return {nullptr, diagnostics};
  }
  return parse(text, file.string(), diagnostics, limits);
}

Document Document::parse(std::string_view text, std::string name, Diagnostics& diagnostics,
                         const DocumentLimits& limits) {
  const auto source = std::make_shared<const std::string>(std::move(name));
  return {parse_tree(text, source, limits, diagnostics), diagnostics};
}

Node Document::root() const { return {tree_, "", *diagnostics_}; }

}  // namespace systerm
