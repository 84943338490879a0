// SPDX-License-Identifier: Apache-2.0
#include "workloads/zoo/network_zoo.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "workloads/document/nearest_name.h"
#include "workloads/zoo/embedded_networks.h"
#include "workloads/zoo/graph_document.h"

namespace systerm {

namespace {

GraphDocument parse(std::string_view name, std::int64_t batch, const Extents& extents = {}) {
  const auto networks = embedded_networks();
  const auto found = std::ranges::find(networks, name, &EmbeddedText::name);
  if (found == networks.end()) {
    throw std::invalid_argument(
        fmt::format("there is no network '{}'; {}", name, suggest_name(name, network_names())));
  }
  if (batch < 1) throw std::invalid_argument(fmt::format("a batch of {}", batch));
  return parse_graph_document(found->text, fmt::format("{}.yaml", name), batch, extents);
}

}  // namespace

const std::vector<std::string>& network_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const EmbeddedText& network : embedded_networks()) names.emplace_back(network.name);
    return names;
  }();
  return kNames;
}

std::string network_description(std::string_view name) { return parse(name, 1).description; }

Graph zoo_graph(std::string_view name, std::int64_t batch, const Extents& extents) {
  return parse(name, batch, extents).graph;
}

}  // namespace systerm
