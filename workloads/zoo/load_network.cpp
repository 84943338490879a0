// SPDX-License-Identifier: Apache-2.0
#include "workloads/zoo/load_network.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "workloads/document/nearest_name.h"
#include "workloads/graph/lowering.h"
#include "workloads/import/onnx.h"
#include "workloads/import/scale_sim.h"
#include "workloads/zoo/network_zoo.h"

namespace systerm {

LoadedNetwork load_network_with_notes(const std::string& source, std::int64_t batch,
                                      const Extents& extents) {
  if (batch < 0) throw ImportError(fmt::format("a batch of {}", batch));
  const std::int64_t images = batch == 0 ? 1 : batch;
  const auto& names = network_names();
  if (std::ranges::find(names, source) != names.end()) {
    try {
      return {lower(zoo_graph(source, images, extents)), {}};
    } catch (const UnknownExtent& error) {
      throw ImportError(error.what());
    }
  }
  const std::filesystem::path path(source);
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (extension == ".csv" && !extents.empty()) {
    throw ImportError(
        fmt::format("{}: a topology has no extent '{}'", source, extents.begin()->first));
  }
  if (extension == ".csv") return {import_scale_sim(path, images), {}};
  if (extension == ".onnx") {
    const Graph graph = import_onnx(path, {.batch = batch, .dimensions = extents});
    try {
      return {lower(graph), graph.notes};
    } catch (const GraphError& error) {
      throw ImportError(fmt::format("{}: {}", source, error.what()));
    }
  }
  std::error_code error;
  if (path.has_parent_path() || std::filesystem::exists(path, error)) {
    throw ImportError(fmt::format("{}: a network file ends in .onnx or .csv", source));
  }
  throw ImportError(
      fmt::format("'{}' is neither a network of the zoo nor an .onnx or .csv file; {}", source,
                  suggest_name(source, names)));
}

Network load_network(const std::string& source, std::int64_t batch, const Extents& extents) {
  return load_network_with_notes(source, batch, extents).network;
}

}  // namespace systerm
