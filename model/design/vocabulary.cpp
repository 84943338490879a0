// SPDX-License-Identifier: Apache-2.0
#include "model/design/vocabulary.h"

#include <algorithm>
#include <set>
#include <system_error>

namespace systerm {
namespace {

template <typename T>
const T* named(const std::vector<T>& descriptions, std::string_view name) {
  const auto found = std::find_if(descriptions.begin(), descriptions.end(),
                                  [name](const T& each) { return each.name == name; });
  return found == descriptions.end() ? nullptr : &*found;
}

template <typename T>
std::vector<std::string> names_of(const std::vector<T>& descriptions) {
  std::vector<std::string> names;
  for (const T& each : descriptions) names.push_back(each.name);
  return names;
}

}  // namespace

const CellDescription* Vocabulary::cell(std::string_view name) const { return named(cells, name); }

const FormatDescription* Vocabulary::format(std::string_view name) const {
  return named(formats, name);
}

std::vector<std::string> Vocabulary::cell_names() const { return names_of(cells); }

std::vector<std::string> Vocabulary::format_names() const { return names_of(formats); }

std::vector<std::string> Vocabulary::design_names() const {
  std::set<std::string> names;
  for (const std::filesystem::path& folder : design_folders) {
    std::error_code error;
    for (const auto& file : std::filesystem::directory_iterator(folder, error)) {
      if (file.path().extension() == ".yaml") names.insert(file.path().stem().string());
    }
  }
  return {names.begin(), names.end()};
}

Vocabulary built_in_vocabulary() {
  Vocabulary vocabulary;
  vocabulary.cells = {{"pmac", {"uniform"}, false},
                      {"bit_serial", {"uniform"}, false},
                      {"tmac", {"uniform", "term_quantized"}, true}};
  vocabulary.formats = {
      {"uniform", {"encoding", "group_budget", "data_terms", "term_layout"}},
      {"term_quantized", {}},
  };
  return vocabulary;
}

}  // namespace systerm
