// SPDX-License-Identifier: Apache-2.0
#include "workloads/sparsity/weight_file.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "workloads/data/data_error.h"
#include "workloads/data/npz.h"
#include "workloads/sparsity/column_order.h"

namespace systerm {
namespace {

using Shape = std::vector<std::int64_t>;

std::vector<float> to_floats(const Array& array) {
  return std::visit(
      [](const auto& values) {
        std::vector<float> floats;
        floats.reserve(values.size());
        for (const auto value : values) floats.push_back(static_cast<float>(value));
        return floats;
      },
      array.elements);
}

/// Source order to memory order.
std::vector<float> in_memory_order(const std::vector<float>& values, const ColumnOrder& order) {
  std::vector<float> result(values.size());
  const std::size_t columns = order.channels * order.positions;
  for (std::size_t row = 0; row < values.size(); row += columns) {
    for (std::size_t c = 0; c < columns; ++c) result[row + order.to_memory(c)] = values[row + c];
  }
  return result;
}

std::vector<float> in_source_order(const std::vector<float>& values, const ColumnOrder& order) {
  std::vector<float> result(values.size());
  const std::size_t columns = order.channels * order.positions;
  for (std::size_t row = 0; row < values.size(); row += columns) {
    for (std::size_t c = 0; c < columns; ++c) result[row + order.to_source(c)] = values[row + c];
  }
  return result;
}

/// [filters][channels][kernel rows][kernel columns].
Shape kernel_shape(const Gemm& gemm) {
  const bool is_window = gemm.taps.empty();
  return {gemm.filters(), gemm.k / gemm.positions(), is_window ? gemm.window.kernel_height : 1,
          is_window ? gemm.window.kernel_width : 1};
}

bool has_own_weights(const Gemm* gemm) {
  return gemm != nullptr && !gemm->second && !gemm->weights_of;
}

/// Layers that use another's weights again follow it.
void follow_owners(Network& network) {
  for (Layer& layer : network.layers) {
    auto* gemm = std::get_if<Gemm>(&layer.operation);
    if (gemm == nullptr || !gemm->weights_of) continue;
    gemm->weights = network.layers[*gemm->weights_of].gemm()->weights;
    gemm->packed = network.layers[*gemm->weights_of].gemm()->packed;
  }
}

[[noreturn]] void fail(const std::filesystem::path& file,
                       const std::vector<std::string>& problems) {
  throw DataError(fmt::format("{}:\n  {}", file.string(), fmt::join(problems, "\n  ")));
}

class WeightFile {
 public:
  explicit WeightFile(std::filesystem::path file) : file_(std::move(file)) {
    for (std::string& name : npz_names(file_)) unread_.emplace(std::move(name), true);
  }

  void read(const Network& network, Layer& layer) {
    auto& gemm = std::get<Gemm>(layer.operation);
    unread_.erase(layer.name + ".groups");
    const Shape kernel = kernel_shape(gemm);
    const Shape matrix = {gemm.filters(), gemm.k};
    const std::vector<Shape> shapes =
        gemm.positions() == 1 ? std::vector<Shape>{kernel, matrix} : std::vector<Shape>{kernel};
    std::optional<std::vector<float>> weights = find(layer.name, shapes);
    if (!weights) {
      // What belongs to it is no further problem.
      for (const char* suffix : {".mask", ".bias"}) unread_.erase(layer.name + suffix);
      if (problems_.empty() || !problems_.back().starts_with(layer.name + ":")) {
        problems_.push_back(fmt::format("{}: no array of this name", layer.name));
      }
      return;
    }
    if (const auto mask = find(layer.name + ".mask", shapes)) {
      for (std::size_t i = 0; i < mask->size(); ++i) {
        if ((*mask)[i] == 0.0F) (*weights)[i] = 0.0F;
      }
    }
    if (auto bias = find(layer.name + ".bias", {{gemm.filters()}})) {
      gemm.bias = *std::move(bias);
    }
    gemm.weight_scales.clear();
    gemm.weights = std::make_shared<const std::vector<float>>(
        in_memory_order(*weights, column_order(network, layer)));
  }

  void finish() {
    for (const auto& [name, is_unread] : unread_) {
      if (is_unread) problems_.push_back(fmt::format("{}: belongs to no layer", name));
    }
    if (problems_.empty()) return;
    fail(file_, problems_);
  }

 private:
  /// Nothing where there is none, or it does not fit, which is a problem.
  std::optional<std::vector<float>> find(const std::string& name,
                                         const std::vector<Shape>& shapes) {
    const auto known = unread_.find(name);
    if (known == unread_.end()) return std::nullopt;
    known->second = false;
    const Array array = read_npz(file_, name);
    if (std::ranges::find(shapes, array.shape) == shapes.end()) {
      problems_.push_back(fmt::format("{}: is [{}], expected [{}]", name,
                                      fmt::join(array.shape, ", "),
                                      fmt::join(shapes.front(), ", ")));
      return std::nullopt;
    }
    std::vector<float> values = to_floats(array);
    const auto bad =
        std::ranges::find_if(values, [](float value) { return !std::isfinite(value); });
    if (bad == values.end()) return values;
    problems_.push_back(fmt::format("{}: element {} is {}", name, bad - values.begin(), *bad));
    return std::nullopt;
  }

  std::filesystem::path file_;
  std::map<std::string, bool> unread_;
  std::vector<std::string> problems_;
};

void pack_as_stored(const Network& network, const Array& array, Layer& layer) {
  auto& gemm = std::get<Gemm>(layer.operation);
  if (gemm.groups > 1) {
    throw std::invalid_argument(fmt::format(
        "a convolution of {} groups, which read channels of their own, has nothing to combine",
        gemm.groups));
  }
  if (!gemm.weights) throw std::invalid_argument("the layer has no weights to combine");
  const ColumnOrder order = column_order(network, layer);
  const ColumnGroups groups = groups_of(array);
  // Without groups all weights are zero, and any multiplexer will do.
  const auto alpha = static_cast<int>(std::clamp<std::int64_t>(array.shape[1], 1, 1 << 20));
  const auto rows = static_cast<std::size_t>(gemm.n);
  const auto columns = static_cast<std::size_t>(gemm.k);
  // Messages count columns as the file does.
  pack_groups({in_source_order(*gemm.weights, order), rows, columns}, groups, alpha);
  auto packed = std::make_shared<PackedMatrix>(
      pack_groups({*gemm.weights, rows, columns}, in_memory_order(groups, order), alpha));
  gemm.weights = std::make_shared<const std::vector<float>>(packed->unpacked());
  gemm.packed = std::move(packed);
}

Array groups_array(const PackedMatrix& packed, const ColumnOrder& order) {
  const auto alpha = static_cast<std::size_t>(packed.alpha);
  std::vector<std::int32_t> columns(packed.groups.size() * alpha, -1);
  for (std::size_t group = 0; group < packed.groups.size(); ++group) {
    std::int32_t* to = columns.data() + group * alpha;
    for (const std::int32_t column : packed.groups[group]) {
      *to++ = static_cast<std::int32_t>(order.to_source(static_cast<std::size_t>(column)));
    }
  }
  return {{packed.packed_columns(), packed.alpha}, std::move(columns)};
}

void add_layer(const Network& network, const Layer& layer, std::vector<NamedArray>& arrays) {
  const Gemm& gemm = *layer.gemm();
  const ColumnOrder order = column_order(network, layer);
  const Shape shape = layer.type == "linear" ? Shape{gemm.filters(), gemm.k} : kernel_shape(gemm);
  std::vector<float> weights = in_source_order(*gemm.weights, order);
  std::vector<std::uint8_t> mask(weights.size());
  std::ranges::transform(weights, mask.begin(),
                         [](float weight) { return static_cast<std::uint8_t>(weight != 0.0F); });
  arrays.push_back({layer.name, {shape, std::move(weights)}});
  if (!gemm.bias.empty()) arrays.push_back({layer.name + ".bias", {{gemm.filters()}, gemm.bias}});
  if (!gemm.packed) return;
  arrays.push_back({layer.name + ".mask", {shape, std::move(mask)}});
  arrays.push_back({layer.name + ".groups", groups_array(*gemm.packed, order)});
}

}  // namespace

Network with_weights_of(const Network& network, const std::filesystem::path& file) {
  Network result = network;
  WeightFile weights(file);
  for (Layer& layer : result.layers) {
    if (has_own_weights(layer.gemm())) weights.read(network, layer);
  }
  weights.finish();
  follow_owners(result);
  return result;
}

ColumnGroups groups_of(const Array& array) {
  if (!array.is_integer() || array.shape.size() != 2) {
    throw std::invalid_argument(fmt::format("expected whole numbers, [groups][alpha]; got {} [{}]",
                                            array.is_integer() ? "whole numbers" : "real numbers",
                                            fmt::join(array.shape, "][")));
  }
  ColumnGroups groups(static_cast<std::size_t>(array.shape[0]));
  const auto alpha = static_cast<std::size_t>(array.shape[1]);
  constexpr std::int64_t kMostColumns = std::numeric_limits<std::int32_t>::max();
  std::visit(
      [&](const auto& elements) {
        for (std::size_t i = 0; i < elements.size(); ++i) {
          const auto column = static_cast<std::int64_t>(elements[i]);
          if (column == -1) continue;
          if (column < 0 || column > kMostColumns) {
            throw std::invalid_argument(fmt::format("group {} has column {}", i / alpha, column));
          }
          groups[i / alpha].push_back(static_cast<std::int32_t>(column));
        }
      },
      array.elements);
  return groups;
}

Network with_groups_of(const Network& network, const std::filesystem::path& file) {
  constexpr std::string_view kSuffix = ".groups";
  Network result = network;
  std::vector<std::string> problems;
  bool has_groups = false;
  for (const std::string& name : npz_names(file)) {
    if (!name.ends_with(kSuffix)) continue;
    has_groups = true;
    const std::string owner = name.substr(0, name.size() - kSuffix.size());
    const auto layer = std::ranges::find(result.layers, owner, &Layer::name);
    if (layer == result.layers.end() || !has_own_weights(layer->gemm())) {
      problems.push_back(fmt::format("{}: belongs to no layer with weights", name));
      continue;
    }
    try {
      pack_as_stored(network, read_npz(file, name), *layer);
    } catch (const std::invalid_argument& error) {
      problems.push_back(fmt::format("{}: {}", name, error.what()));
    }
  }
  if (!has_groups) problems.emplace_back("holds no groups of columns (NAME.groups)");
  if (!problems.empty()) fail(file, problems);
  follow_owners(result);
  return result;
}

std::string encode_weight_file(const Network& network) {
  std::vector<NamedArray> arrays;
  for (const Layer& layer : network.layers) {
    if (has_own_weights(layer.gemm())) add_layer(network, layer, arrays);
  }
  return encode_npz(arrays);
}

}  // namespace systerm
