// SPDX-License-Identifier: Apache-2.0
// What the import, lowering and the float executor make of one model and synthetic inputs, for a
// comparison with another runtime: `float_outputs MODEL FOLDER` leaves manifest.json and raw files
// in the folder. Exit status 3 with the reason for a model that is not modelled as a whole.
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "workloads/data/synthetic.h"
#include "workloads/execution/float_executor.h"
#include "workloads/graph/lowering.h"
#include "workloads/import/onnx.h"

namespace systerm {
namespace {

constexpr int kNotCompared = 3;
constexpr int kRefused = 4;

template <typename T>
std::string save(const std::filesystem::path& folder, const std::string& name,
                 std::span<const T> values) {
  std::ofstream stream(folder / name, std::ios::binary);
  stream.write(reinterpret_cast<const char*>(values.data()),
               static_cast<std::streamsize>(values.size_bytes()));
  return name;
}

/// Numbers of both signs, or rows of a table.
Tensor input_of(const Feature& feature) {
  const auto elements = static_cast<std::size_t>(feature.shape.elements());
  Tensor tensor{feature.source_shape, std::vector<float>(elements)};
  for (std::size_t i = 0; i < elements; ++i) {
    const std::uint64_t bits = random_bits(17, i);
    tensor.values[i] =
        feature.index_range > 0
            ? static_cast<float>(bits % static_cast<std::uint64_t>(feature.index_range))
            : static_cast<float>(bits % 2001) / 1000.0F - 1.0F;
  }
  return tensor;
}

int run(const std::filesystem::path& model, const std::filesystem::path& folder) {
  const Graph graph = import_onnx(model);
  const auto network = std::make_shared<const Network>(lower(graph));
  if (!network->unmodelled.empty()) {
    std::cout << network->unmodelled.front().type << ": " << network->unmodelled.front().reason;
    return kNotCompared;
  }
  for (const std::string& note : graph.notes) {
    if (note.starts_with("quantized")) {
      std::cout << "quantized operators are imported as real-valued ones";
      return kNotCompared;
    }
  }
  nlohmann::ordered_json manifest;
  std::vector<Tensor> inputs;
  for (const FeatureId id : network->inputs) {
    const Feature& feature = network->feature(id);
    inputs.push_back(input_of(feature));
    const bool are_rows = feature.index_range > 0;
    const std::string file = fmt::format("input_{}.raw", inputs.size());
    const std::vector<std::int64_t> rows(inputs.back().values.begin(), inputs.back().values.end());
    manifest["inputs"].push_back(
        {{"name", feature.name},
         {"shape", *graph.tensor(*graph.find(feature.name)).shape},
         {"type", are_rows ? "int64" : "float32"},
         {"file", are_rows ? save<std::int64_t>(folder, file, rows)
                           : save<float>(folder, file, inputs.back().values)}});
  }
  for (const Tensor& output : FloatExecutor(network).run(inputs)) {
    const std::string file = fmt::format("output_{}.raw", manifest["outputs"].size() + 1);
    manifest["outputs"].push_back(save<float>(folder, file, output.values));
  }
  std::ofstream(folder / "manifest.json") << manifest.dump(2);
  return 0;
}

}  // namespace
}  // namespace systerm

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  try {
    return systerm::run(argv[1], argv[2]);
  } catch (const std::exception& error) {
    std::cout << error.what();
    return systerm::kRefused;
  }
}
