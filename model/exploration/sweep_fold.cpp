// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/sweep_fold.h"

#include <map>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "model/exploration/figures.h"
#include "model/exploration/forked_shares.h"
#include "model/exploration/result_reader.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

/// Numbers names in the order in which they first come.
class NameIndex {
 public:
  std::size_t of(const std::string& name) {
    const auto [found, is_new] = index_.emplace(name, names_.size());
    if (is_new) names_.push_back(name);
    return found->second;
  }
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::map<std::string, std::size_t, std::less<>> index_;
  std::vector<std::string> names_;
};

/// The rows of a share of the points, as a document that goes from a child to its parent:
/// `figures` and `layer_figures`, names by number; `rows`, a binary for each point with a list of
/// `done`, `limited_by`, and numbers of figures and values in turn, or of `failed`, reason, message
/// and log, or empty; `layers`, see LayerTable::add().
class ShareFold final : public ResultVisitor {
 public:
  ShareFold(const ResultStore& store, const SweepManifest& manifest, bool with_layers)
      : store_(store), manifest_(manifest), with_layers_(with_layers) {}

  std::string folded(std::size_t begin, std::size_t end) {
    Json rows = Json::array();
    Json layers = Json::array();
    for (std::size_t point = begin; point < end; ++point) {
      rows.push_back(Json::binary(Json::to_cbor(row_of(manifest_.points[point].hash))));
      if (with_layers_) layers.push_back(Json::binary(Json::to_cbor(layers_)));
    }
    std::string bytes;
    Json::to_cbor({{"figures", figures_.names()},
                   {"layer_figures", layer_figures_.names()},
                   {"rows", std::move(rows)},
                   {"layers", std::move(layers)}},
                  bytes);
    return bytes;
  }

  void figure(const std::string& name, Json value) override {
    constexpr std::string_view kStalls = "total.stalls.";
    if (name.starts_with(kStalls) && value.get<double>() > most_) {
      most_ = value.get<double>();
      row_[1] = name.substr(kStalls.size());
    }
    row_.push_back(figures_.of(name));
    row_.push_back(std::move(value));
  }

  void layer_begins() override { layers_.push_back({layer_figures_.of("layer"), layers_.size()}); }

  void layer_cell(const std::string& name, Json value) override {
    Json& layer = layers_.back();
    layer.push_back(layer_figures_.of(name));
    layer.push_back(std::move(value));
  }

 private:
  const Json& row_of(const std::string& hash) {
    row_ = {to_string(SweepRow::Status::kDone), ""};
    most_ = 0.0;
    layers_ = Json::array();
    const auto text = store_.result(hash);
    if (text && read_result(*text, with_layers_, *this)) return row_;
    row_ = Json::array();
    layers_ = Json::array();
    if (const auto failure = store_.failure(hash)) {
      row_ = {to_string(SweepRow::Status::kFailed), to_string(failure->reason), failure->message,
              failure->log};
    }
    return row_;
  }

  const ResultStore& store_;
  const SweepManifest& manifest_;
  const bool with_layers_;
  NameIndex figures_;
  NameIndex layer_figures_;
  Json row_;
  Json layers_;
  double most_ = 0.0;  ///< cycles of the largest stall so far
};

/// Puts shares together.
class SweepFold {
 public:
  SweepFold(const ResultStore& store, const SweepManifest& manifest)
      : store_(store), manifest_(manifest) {
    table_.name = manifest.name;
    table_.description = manifest.description;
    table_.program = manifest.program;
    for (const SweepManifest::Column& column : manifest.columns) {
      table_.columns.push_back(
          {column.name, column.unit, fmt::format("{}", fmt::join(column.paths, ", ")),
           column.is_derived ? SweepColumn::Kind::kDerived : SweepColumn::Kind::kAxis});
    }
  }

  void add(Json share) {
    const std::vector<std::size_t> columns = columns_of(share["figures"], table_.columns);
    for (const Json& row : share["rows"]) add_row(Json::from_cbor(row.get_binary()), columns);
    const auto layer_columns = std::make_shared<const std::vector<std::size_t>>(
        columns_of(share["layer_figures"], layers_.columns));
    std::size_t point = table_.rows.size() - share["rows"].size();
    for (Json& layers : share["layers"]) {
      layers_.add(point++, std::move(layers.get_binary()), layer_columns);
    }
  }

  FoldedSweep folded() {
    for (SweepRow& row : table_.rows) row.cells.resize(table_.columns.size());
    return {std::move(table_), std::move(layers_)};
  }

 private:
  /// By number in the share. An axis may have the name of a figure.
  static std::vector<std::size_t> columns_of(const Json& names, std::vector<SweepColumn>& columns) {
    std::map<std::string, std::size_t> known;
    for (std::size_t i = 0; i < columns.size(); ++i) known.emplace(columns[i].name, i);
    std::vector<std::size_t> places;
    for (const std::string name : names) {
      const auto [found, is_new] = known.emplace(name, columns.size());
      if (is_new) {
        columns.push_back(
            {name, figure_unit(name), figure_description(name), SweepColumn::Kind::kFigure});
      }
      places.push_back(found->second);
    }
    return places;
  }

  void add_row(const Json& folded, const std::vector<std::size_t>& columns) {
    const SweepManifest::Point& point = manifest_.points[table_.rows.size()];
    SweepRow row;
    row.point = table_.rows.size();
    row.hash = point.hash;
    row.cells = point.values;
    if (!folded.empty() && folded[0] == to_string(SweepRow::Status::kDone)) {
      row.status = SweepRow::Status::kDone;
      row.result = store_.result_path(point.hash).lexically_relative(store_.folder());
      row.limited_by = folded[1];
      row.cells.resize(table_.columns.size());
      for (std::size_t i = 2; i + 1 < folded.size(); i += 2) {
        row.cells[columns[folded[i].get<std::size_t>()]] = folded[i + 1];
      }
    } else if (!folded.empty()) {
      row.status = SweepRow::Status::kFailed;
      row.reason = folded[1];
      row.message = folded[2];
      row.log = folded[3];
    }
    table_.rows.push_back(std::move(row));
  }

  const ResultStore& store_;
  const SweepManifest& manifest_;
  SweepTable table_;
  LayerTable layers_;
};

FoldedSweep folded(const ResultStore& store, const SweepManifest& manifest, bool with_layers) {
  std::vector<std::string> shares =
      bytes_of_forked_shares(manifest.points.size(), [&](std::size_t begin, std::size_t end) {
        return ShareFold(store, manifest, with_layers).folded(begin, end);
      });
  SweepFold fold(store, manifest);
  for (std::string& share : shares) {
    Json rows = Json::from_cbor(share);
    share = {};  // what is folded need not be kept twice
    fold.add(std::move(rows));
  }
  return fold.folded();
}

}  // namespace

SweepTable fold(const ResultStore& store, const SweepManifest& manifest) {
  return folded(store, manifest, false).points;
}

FoldedSweep fold_with_layers(const ResultStore& store, const SweepManifest& manifest) {
  return folded(store, manifest, true);
}

}  // namespace systerm
