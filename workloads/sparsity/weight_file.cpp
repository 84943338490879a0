// SPDX-License-Identifier: Apache-2.0
#include "workloads/sparsity/weight_file.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "workloads/data/data_error.h"
#include "workloads/data/npz.h"

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

/// [f][outer][inner] to [f][inner][outer].
std::vector<float> swapped(const std::vector<float>& values, std::size_t outer, std::size_t inner) {
  std::vector<float> result(values.size());
  for (std::size_t begin = 0; begin < values.size(); begin += outer * inner) {
    for (std::size_t o = 0; o < outer; ++o) {
      for (std::size_t i = 0; i < inner; ++i) {
        result[begin + i * outer + o] = values[begin + o * inner + i];
      }
    }
  }
  return result;
}

class WeightFile {
 public:
  explicit WeightFile(std::filesystem::path file) : file_(std::move(file)) {
    for (std::string& name : npz_names(file_)) unread_.emplace(std::move(name), true);
  }

  void read(const Network& network, Layer& layer) {
    auto& gemm = std::get<Gemm>(layer.operation);
    const FeatureShape& input = network.feature(layer.inputs.front()).shape;
    const std::int64_t channels = gemm.k / gemm.positions();
    const std::int64_t rows = gemm.taps.empty() ? gemm.window.kernel_height : 1;
    const std::int64_t columns = gemm.taps.empty() ? gemm.window.kernel_width : 1;
    const Shape kernel = {gemm.filters(), channels, rows, columns};
    const Shape matrix = {gemm.filters(), gemm.k};
    const std::vector<Shape> shapes =
        rows * columns == 1 ? std::vector<Shape>{kernel, matrix} : std::vector<Shape>{kernel};
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
    // A linear layer may read an image in memory order, with its channels fastest.
    const bool flattens = channels != input.channels / gemm.groups;
    const std::int64_t planes = flattens ? input.channels : channels;
    gemm.weight_scales.clear();
    gemm.weights = std::make_shared<const std::vector<float>>(swapped(
        *weights, static_cast<std::size_t>(planes), static_cast<std::size_t>(gemm.k / planes)));
  }

  void finish() {
    for (const auto& [name, is_unread] : unread_) {
      if (is_unread) problems_.push_back(fmt::format("{}: belongs to no layer", name));
    }
    if (problems_.empty()) return;
    throw DataError(fmt::format("{}:\n  {}", file_.string(), fmt::join(problems_, "\n  ")));
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

}  // namespace

Network with_weights_of(const Network& network, const std::filesystem::path& file) {
  Network result = network;
  WeightFile weights(file);
  for (Layer& layer : result.layers) {
    const Gemm* gemm = layer.gemm();
    if (gemm != nullptr && !gemm->second && !gemm->weights_of) weights.read(network, layer);
  }
  weights.finish();
  for (Layer& layer : result.layers) {
    auto* gemm = std::get_if<Gemm>(&layer.operation);
    if (gemm == nullptr || !gemm->weights_of) continue;
    gemm->weights = result.layers[*gemm->weights_of].gemm()->weights;
  }
  return result;
}

}  // namespace systerm
