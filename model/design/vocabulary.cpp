// SPDX-License-Identifier: Apache-2.0
#include "model/design/vocabulary.h"

#include <algorithm>
#include <deque>
#include <memory>

#include "components/array/cell.h"
#include "model/design/layered_tree.h"

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

/// Makes the format, which refuses what it cannot honour. Points of a sweep have few precisions
/// between them, and to make one takes longer than all else of a point: the last ones are
/// remembered.
class PrecisionCheck {
 public:
  void operator()(const Precision& precision) {
    if (std::find(accepted_.begin(), accepted_.end(), precision) != accepted_.end()) return;
    make_format(precision.format, precision.parameters);
    if (accepted_.size() == kMost) accepted_.pop_front();
    accepted_.push_back(precision);
  }

 private:
  static constexpr std::size_t kMost = 64;

  std::deque<Precision> accepted_;
};

}  // namespace

const CellDescription* Vocabulary::cell(std::string_view name) const { return named(cells, name); }

const FormatDescription* Vocabulary::format(std::string_view name) const {
  return named(formats, name);
}

std::vector<std::string> Vocabulary::cell_names() const { return names_of(cells); }

std::vector<std::string> Vocabulary::format_names() const { return names_of(formats); }

std::vector<std::string> Vocabulary::design_names() const { return shipped_names(design_folders); }

std::vector<std::string> Vocabulary::technology_names() const {
  return shipped_names(technology_folders);
}

Vocabulary registered_vocabulary() {
  Vocabulary vocabulary;
  std::vector<std::unique_ptr<const Format>> formats;
  for (const std::string& name : systerm::format_names()) {
    formats.push_back(make_format(name, FormatParameters{}));
    vocabulary.formats.push_back({name, formats.back()->unused_parameters()});
  }
  for (const std::string& name : systerm::cell_names()) {
    const auto cell = make_cell(name);
    CellDescription description{name, {}, cell->is_term_serial(), cell->has_multiplexer()};
    for (const auto& format : formats) {
      if (!cell->refuses(*format)) description.formats.emplace_back(format->name());
    }
    vocabulary.cells.push_back(std::move(description));
  }
  vocabulary.check_precision = PrecisionCheck();
  return vocabulary;
}

}  // namespace systerm
