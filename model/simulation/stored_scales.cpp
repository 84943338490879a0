// SPDX-License-Identifier: Apache-2.0
#include "model/simulation/stored_scales.h"

#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "model/design/content_hash.h"
#include "model/design/experiment_fields.h"
#include "workloads/document/document.h"

namespace systerm {

namespace {

void append_bytes(std::string& text, const void* data, std::size_t bytes) {
  text.append(static_cast<const char*>(data), bytes);
}

void append_floats(std::string& text, std::span<const float> values) {
  append_bytes(text, values.data(), values.size_bytes());
}

std::string describe(const Precision& precision) {
  const FormatParameters& p = precision.parameters;
  std::string text =
      fmt::format("{} {} {} {} {} {} {} {} {}", precision.format, static_cast<int>(p.encoding),
                  p.weight_bits, p.data_bits, static_cast<int>(p.data_range), p.group_size,
                  p.group_budget, p.data_terms, static_cast<int>(p.term_layout));
  if (precision.format == "bfp") {
    text += fmt::format(" {} {}", p.weight_mantissa_bits, p.data_mantissa_bits);
  }
  return text;
}

/// Shortest digits that read back as the same float.
std::string written(float scale) { return fmt::format("{}", scale); }

std::string quoted(const std::string& name) {
  std::string text = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

class ScalesReader {
 public:
  ScalesReader(const Network& network, std::span<const Precision> precisions)
      : network_(network), precisions_(precisions) {}

  Scales read(Mapping& root) {
    version_field(root);
    std::string name;
    root.text("network", name);
    std::string key;
    root.text("belongs_to", key, Presence::kRequired);
    if (!key.empty() && key != scales_key(network_, precisions_)) {
      root.node().error_at("belongs_to",
                           fmt::format("these scales are not those of network '{}' at this "
                                       "precision; calibrate again",
                                       network_.name));
      root.find("features");
      root.find("weights");
      return {};
    }
    Scales scales;
    scales.features = read_features(root);
    scales.weights = read_weights(root);
    return scales;
  }

 private:
  static float read_scale(const Node& node) {
    const auto value = node.number({.minimum = std::numeric_limits<float>::min(),
                                    .maximum = std::numeric_limits<float>::max()});
    return static_cast<float>(value.value_or(1.0));
  }

  std::vector<float> read_features(Mapping& root) const {
    std::vector<float> scales;
    const Node node = root.require("features", "a mapping of names and scales");
    Mapping features = node.mapping();
    for (const Feature& feature : network_.features) {
      scales.push_back(read_scale(features.require(feature.name, "the scale of this activation")));
    }
    return scales;
  }

  std::vector<std::vector<float>> read_weights(Mapping& root) const {
    std::vector<std::vector<float>> scales(network_.layers.size());
    const Node node = root.require("weights", "a mapping of layers and lists of scales");
    Mapping weights = node.mapping();
    for (std::size_t i = 0; i < network_.layers.size(); ++i) {
      const Gemm* gemm = network_.layers[i].gemm();
      if (gemm == nullptr) continue;
      const Node list =
          weights.require(network_.layers[i].name, "the scales of this layer's weights");
      for (const Node& item : list.items()) scales[i].push_back(read_scale(item));
      const auto filters = static_cast<std::size_t>(gemm->filters());
      if (list.is_sequence() && scales[i].size() != 1 && scales[i].size() != filters) {
        list.error(fmt::format("expected one scale, or {}, one a filter; got {}", filters,
                               scales[i].size()));
      }
    }
    return scales;
  }

  const Network& network_;
  std::span<const Precision> precisions_;
};

}  // namespace

std::string scales_key(const Network& network, std::span<const Precision> precisions) {
  std::string text;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const Layer& layer = network.layers[i];
    text += fmt::format("{}\n{}\n", layer.name, describe(precisions[i]));
    for (const FeatureId input : layer.inputs) text += fmt::format("{} ", index(input));
    text += fmt::format("{}\n", index(layer.output));
    if (const Gemm* gemm = layer.gemm()) {
      text += fmt::format("{} {} {}\n", gemm->groups, gemm->k, gemm->n);
      if (gemm->weights) append_floats(text, *gemm->weights);
      append_floats(text, gemm->bias);
    }
  }
  return content_hash(text);
}

std::string scales_document(const QuantizedNetwork& quantized) {
  const Network& network = *quantized.network;
  std::vector<Precision> precisions;
  for (const QuantizedLayer& layer : quantized.layers) precisions.push_back(layer.precision);
  std::string text =
      fmt::format("systerm: {}\nnetwork: {}\nbelongs_to: \"{}\"\nfeatures:\n", kSchemaVersion,
                  quoted(network.name), scales_key(network, precisions));
  for (std::size_t i = 0; i < network.features.size(); ++i) {
    text += fmt::format("  {}: {}\n", quoted(network.features[i].name),
                        written(quantized.features[i].scale));
  }
  text += "weights:\n";
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    if (network.layers[i].gemm() == nullptr) continue;
    std::vector<std::string> scales;
    for (const float scale : quantized.layers[i].weight_scales) scales.push_back(written(scale));
    text += fmt::format("  {}: [{}]\n", quoted(network.layers[i].name), fmt::join(scales, ", "));
  }
  return text;
}

Scales load_scales(const std::filesystem::path& file, const Network& network,
                   std::span<const Precision> precisions) {
  Diagnostics diagnostics;
  const Document document = Document::load(file, diagnostics);
  Scales scales;
  if (document.tree()) {
    Mapping root = document.root().mapping();
    scales = ScalesReader(network, precisions).read(root);
  }
  diagnostics.throw_if_any();
  return scales;
}

}  // namespace systerm
