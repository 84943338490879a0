// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/core_split.h"

#include <algorithm>
#include <limits>

#include "components/arithmetic/ceil_div.h"

namespace systerm {

namespace {

FilterRange all_filters(const GemmExtents* gemm) {
  return {0, gemm == nullptr ? 0 : gemm->filters};
}

}  // namespace

std::int64_t filters_a_core(const GemmExtents& gemm, const Design& design) {
  const std::int64_t columns = design.array.columns;
  std::int64_t filters = ceil_div(gemm.filters, design.cores.count);
  // Beyond one tile a core, whole tiles.
  if (filters > columns) filters = ceil_div(filters, columns) * columns;
  const std::int64_t unit = gemm.groups > 1 ? gemm.filters_per_group() : 1;
  return std::min(ceil_div(filters, unit) * unit, gemm.filters);
}

std::vector<LayerShare> split_by_filters(const Design& design, const GemmExtents* gemm,
                                         std::int64_t images) {
  std::vector<LayerShare> shares;
  if (gemm == nullptr) {
    for (int core = 0; core < design.cores.count; ++core) {
      shares.push_back({core, 0, images, {}, core, design.cores.count});
    }
    return shares;
  }
  const std::int64_t part = filters_a_core(*gemm, design);
  for (std::int64_t begin = 0; begin < gemm->filters; begin += part) {
    const int core = static_cast<int>(shares.size());
    shares.push_back({core, 0, images, {begin, std::min(begin + part, gemm->filters)}, 0, 1});
  }
  return shares;
}

std::vector<LayerShare> split_by_batch(const Design& design, const GemmExtents* gemm,
                                       std::int64_t images) {
  const std::int64_t cores = design.cores.count;
  std::vector<LayerShare> shares;
  for (std::int64_t core = 0; core < cores; ++core) {
    const std::int64_t begin = images * core / cores;
    const std::int64_t end = images * (core + 1) / cores;
    if (begin == end) continue;
    shares.push_back({static_cast<int>(core), begin, end, all_filters(gemm), 0, 1});
  }
  return shares;
}

std::vector<int> assign_layers(const std::vector<double>& costs, int cores) {
  // best[c][n]: smallest possible cost of the costliest of c + 1 runs over the first n layers.
  const std::size_t layers = costs.size();
  const auto runs = static_cast<std::size_t>(cores);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::vector<double> sums(layers + 1, 0.0);
  for (std::size_t i = 0; i < layers; ++i) sums[i + 1] = sums[i] + costs[i];
  std::vector<std::vector<double>> best(runs, std::vector<double>(layers + 1, kInfinity));
  std::vector<std::vector<std::size_t>> cut(runs, std::vector<std::size_t>(layers + 1, 0));
  best[0] = sums;
  for (std::size_t run = 1; run < runs; ++run) {
    for (std::size_t end = 0; end <= layers; ++end) {
      for (std::size_t begin = 0; begin <= end; ++begin) {
        const double cost = std::max(best[run - 1][begin], sums[end] - sums[begin]);
        if (cost >= best[run][end]) continue;
        best[run][end] = cost;
        cut[run][end] = begin;
      }
    }
  }
  std::vector<int> assignment(layers);
  std::size_t end = layers;
  for (std::size_t run = runs; run-- > 0;) {
    const std::size_t begin = run == 0 ? 0 : cut[run][end];
    for (std::size_t layer = begin; layer < end; ++layer) assignment[layer] = static_cast<int>(run);
    end = begin;
  }
  return assignment;
}

FeatureMap images_of(const FeatureMap& map, std::int64_t begin, std::int64_t end) {
  FeatureMap part = map;
  part.address += static_cast<std::uint64_t>(begin * (map.bytes() / map.images));
  part.images = end - begin;
  return part;
}

}  // namespace systerm
