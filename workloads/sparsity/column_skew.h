// SPDX-License-Identifier: Apache-2.0
// Synthetic filter matrices whose columns are unevenly sparse, as those of pruned networks are: in
// the published 96 x 94 layer the nonzeros a column run from 1 to 39, which a Beta(2.1, 11)
// distribution of the column density matches. Source of the layer: arXiv 1811.04770.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace systerm {

/// Sum of the parameters of the Beta distribution that matches the published layer, 2.1 + 11; other
/// mean densities keep it.
inline constexpr double kColumnSkew = 13.1;

/// A density for each column, Beta distributed with mean `density` (0 < density < 1) and parameters
/// that add up to kColumnSkew, or as much more as keeps both at least 1. The same on every
/// platform.
std::vector<double> column_densities(std::uint64_t seed, std::string_view layer,
                                     std::size_t columns, double density);

/// [rows][columns] weights; about a share `density` is left, Laplace distributed, the others are 0.
std::vector<float> column_skewed_matrix(std::uint64_t seed, std::string_view layer,
                                        std::size_t rows, std::size_t columns, double density);

/// A matrix as training with column combining leaves it: columns of the densities above, in hidden
/// groups of at most `alpha` that fill a share `fill` of the rows, no two of a group in one row.
/// (Columns whose rows are independent cannot pack like that: any two of them collide.) Throws
/// std::invalid_argument if `fill` is not in (0, 1].
std::vector<float> jointly_optimised_matrix(std::uint64_t seed, std::string_view layer,
                                            std::size_t rows, std::size_t columns, double density,
                                            std::size_t alpha, double fill);

/// Scales the columns of dense Laplace weights so that pruning the smallest magnitudes of the whole
/// matrix down to `density` leaves columns of the densities above: P(|w| > t) = exp(-t / mean).
void skew_columns(std::uint64_t seed, std::string_view layer, std::size_t columns, double density,
                  std::vector<float>& weights);

}  // namespace systerm
