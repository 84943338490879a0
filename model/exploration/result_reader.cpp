// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/result_reader.h"

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "model/exploration/figures.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 3> kLayerTexts = {"name", "type", "format"};

/// Follows the parser. `path_` is the name of the value that comes next, keys joined by dots.
class ResultSax final : public nlohmann::json_sax<Json> {
 public:
  ResultSax(bool with_layers, ResultVisitor& visitor)
      : with_layers_(with_layers), visitor_(visitor) {}

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t value) override { return number(value); }
  bool number_unsigned(number_unsigned_t value) override { return number(value); }
  bool number_float(number_float_t value, const string_t&) override { return number(value); }
  bool binary(binary_t&) override { return true; }

  bool string(string_t& value) override {
    if (skipped_ > 0 || !in_layers_ || depth_ != kLayerDepth) return true;
    for (std::size_t i = 0; i < kLayerTexts.size(); ++i) {
      if (path_ == kLayerTexts[i]) texts_[i] = std::move(value);
    }
    return true;
  }

  bool start_object(std::size_t) override {
    if (skipped_ > 0 || is_left_out()) {
      ++skipped_;
      return true;
    }
    ++depth_;
    prefixes_.push_back(path_.size());
    if (in_layers_ && depth_ == kLayerDepth) {
      path_.clear();
      prefixes_.back() = 0;
      texts_ = {};
      figures_.clear();
    }
    return true;
  }

  bool key(string_t& name) override {
    if (skipped_ > 0) return true;
    path_.resize(prefixes_.back());
    if (!path_.empty()) path_ += '.';
    path_ += name;
    return true;
  }

  bool end_object() override {
    if (skipped_ > 0) {
      --skipped_;
      return true;
    }
    if (in_layers_ && depth_ == kLayerDepth) end_layer();
    --depth_;
    prefixes_.pop_back();
    return true;
  }

  bool start_array(std::size_t) override {
    if (skipped_ == 0 && !in_layers_ && with_layers_ && depth_ == 1 && path_ == "layers") {
      in_layers_ = true;
      return true;
    }
    ++skipped_;
    return true;
  }

  bool end_array() override {
    if (skipped_ > 0) {
      --skipped_;
    } else {
      in_layers_ = false;
    }
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

  bool has_document() const { return has_document_; }

 private:
  static constexpr int kLayerDepth = 2;

  bool is_left_out() {
    if (depth_ > 0) return !in_layers_ && depth_ == 1 && path_ == "provenance";
    has_document_ = true;
    return false;
  }

  template <typename Number>
  bool number(Number value) {
    if (skipped_ > 0 || depth_ == 0) return true;
    if (!in_layers_) {
      visitor_.figure(short_figure_name(path_), value);
    } else if (depth_ >= kLayerDepth) {
      figures_.emplace_back(path_, value);
    }
    return true;
  }

  void end_layer() {
    visitor_.layer_begins();
    for (std::size_t i = 0; i < kLayerTexts.size(); ++i) {
      if (!texts_[i].is_null()) visitor_.layer_cell(std::string(kLayerTexts[i]), texts_[i]);
    }
    for (auto& [name, value] : figures_) visitor_.layer_cell(name, std::move(value));
  }

  const bool with_layers_;
  ResultVisitor& visitor_;
  bool has_document_ = false;
  bool in_layers_ = false;
  int depth_ = 0;    ///< of objects that are followed
  int skipped_ = 0;  ///< objects and lists that are open and not followed
  std::string path_;
  std::vector<std::size_t> prefixes_;  ///< length of the path of each open object
  std::array<Json, kLayerTexts.size()> texts_;
  std::vector<std::pair<std::string, Json>> figures_;  ///< of the open layer
};

}  // namespace

bool read_result(std::string_view text, bool with_layers, ResultVisitor& visitor) {
  ResultSax sax(with_layers, visitor);
  return Json::sax_parse(text, &sax) && sax.has_document();
}

}  // namespace systerm
