// SPDX-License-Identifier: Apache-2.0
#include "workloads/sparsity/column_skew.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

#include "workloads/data/synthetic.h"

namespace systerm {
namespace {

/// Random numbers of one stream in the order asked for.
class Stream {
 public:
  explicit Stream(std::uint64_t key) : key_(key) {}

  double uniform() { return random_uniform(random_bits(key_, counter_++)); }

  /// Gamma distribution of shape >= 1. Source: Marsaglia, Tsang, "A Simple Method for Generating
  /// Gamma Variables" (ACM TOMS 26, 2000).
  double gamma(double shape) {
    const double d = shape - 1.0 / 3.0;
    const double c = 1.0 / std::sqrt(9.0 * d);
    for (;;) {
      const double x = gaussian_quantile(uniform());
      const double root = 1.0 + c * x;
      const double u = uniform();
      if (root <= 0.0) continue;
      const double v = root * root * root;
      if (natural_log(u) < 0.5 * x * x + d - d * v + d * natural_log(v)) return d * v;
    }
  }

 private:
  std::uint64_t key_;
  std::uint64_t counter_ = 0;
};

/// Columns by nonzero count, descending, each into the group with the fewest nonzeros so far that
/// has fewer than `alpha` columns.
std::vector<std::vector<std::size_t>> hidden_groups(const std::vector<std::size_t>& counts,
                                                    std::size_t groups, std::size_t alpha) {
  std::vector<std::size_t> order(counts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater{}, [&](auto c) { return counts[c]; });
  std::vector<std::vector<std::size_t>> result(groups);
  std::vector<std::size_t> load(groups, 0);
  for (const std::size_t column : order) {
    std::size_t best = groups;
    for (std::size_t g = 0; g < groups; ++g) {
      if (result[g].size() < alpha && (best == groups || load[g] < load[best])) best = g;
    }
    result[best].push_back(column);
    load[best] += counts[column];
  }
  return result;
}

std::string stream_name(std::string_view layer) { return std::string(layer) + "/column density"; }

}  // namespace

std::vector<double> column_densities(std::uint64_t seed, std::string_view layer,
                                     std::size_t columns, double density) {
  const double skew = std::max({kColumnSkew, 1.0 / density, 1.0 / (1.0 - density)});
  Stream stream(random_key(seed, stream_name(layer)));
  std::vector<double> densities(columns);
  for (double& each : densities) {
    const double a = stream.gamma(std::max(skew * density, 1.0));
    const double b = stream.gamma(std::max(skew * (1.0 - density), 1.0));
    each = a / (a + b);
  }
  return densities;
}

std::vector<float> column_skewed_matrix(std::uint64_t seed, std::string_view layer,
                                        std::size_t rows, std::size_t columns, double density) {
  const std::vector<double> densities = column_densities(seed, layer, columns, density);
  std::vector<float> weights =
      synthetic_weights(seed, layer, static_cast<std::int64_t>(columns), rows * columns);
  const std::uint64_t key = random_key(seed, std::string(layer) + "/nonzero");
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (random_uniform(random_bits(key, i)) >= densities[i % columns]) weights[i] = 0.0F;
  }
  return weights;
}

std::vector<float> jointly_optimised_matrix(std::uint64_t seed, std::string_view layer,
                                            std::size_t rows, std::size_t columns, double density,
                                            std::size_t alpha, double fill) {
  if (!(fill > 0.0 && fill <= 1.0)) throw std::invalid_argument("fill must be in (0, 1]");
  std::vector<std::size_t> counts;
  for (const double each : column_densities(seed, layer, columns, density)) {
    const double count = std::max(each * static_cast<double>(rows) + 0.5, 1.0);
    counts.push_back(std::min(static_cast<std::size_t>(count), rows));
  }
  const std::size_t total = std::accumulate(counts.begin(), counts.end(), std::size_t{0});
  const double full_columns = static_cast<double>(total) / (fill * static_cast<double>(rows));
  const std::size_t groups =
      std::max(static_cast<std::size_t>(full_columns + 0.5), (columns + alpha - 1) / alpha);
  std::vector<float> weights =
      synthetic_weights(seed, layer, static_cast<std::int64_t>(columns), rows * columns);
  std::vector<bool> kept(weights.size(), false);
  const std::uint64_t key = random_key(seed, std::string(layer) + "/rows");
  std::uint64_t draw = 0;
  for (const auto& group : hidden_groups(counts, groups, alpha)) {
    std::vector<std::size_t> free(rows);
    std::iota(free.begin(), free.end(), std::size_t{0});
    for (const std::size_t column : group) {
      for (std::size_t n = 0; n < counts[column] && !free.empty(); ++n) {
        std::swap(free[random_bits(key, draw++) % free.size()], free.back());
        kept[free.back() * columns + column] = true;
        free.pop_back();
      }
    }
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!kept[i]) weights[i] = 0.0F;
  }
  return weights;
}

void skew_columns(std::uint64_t seed, std::string_view layer, std::size_t columns, double density,
                  std::vector<float>& weights) {
  std::vector<float> scale;
  for (const double each : column_densities(seed, layer, columns, density)) {
    scale.push_back(static_cast<float>(natural_log(density) / natural_log(each)));
  }
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] *= scale[i % columns];
}

}  // namespace systerm
