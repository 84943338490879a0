// SPDX-License-Identifier: Apache-2.0
// How many terms values have, how many term pairs two groups make, and what a kept term costs in
// storage.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "components/arithmetic/encoding.h"

namespace systerm {

struct TermCounts {
  double mean = 0.0;
  int max = 0;
};

/// Terms of the integers first .. last, each weighted alike. Throws std::invalid_argument if
/// last < first and std::out_of_range for a value that `encode` refuses.
TermCounts term_counts(Encoding encoding, int first, int last);

/// Entry t: how many of `values` have t terms.
std::vector<std::uint64_t> term_count_histogram(Encoding encoding,
                                                std::span<const std::int16_t> values);

/// Entry p: how many (weight group, data group) pairs make p term pairs. Group i of `weight_terms`
/// meets group i of `data_terms`; both hold term counts, of equal length, a multiple of
/// `group_size`. Throws std::invalid_argument otherwise.
std::vector<std::uint64_t> term_pair_histogram(std::span<const std::uint8_t> weight_terms,
                                               std::span<const std::uint8_t> data_terms,
                                               std::size_t group_size);

/// Published storage of one kept weight term: exponent, sign and end-of-value mark,
/// ceil(log2(weight_bits)) + 2 bits. Slots of the `term_quantized` format also hold what is needed
/// to decode them; see Format::weight_group_bits. Throws std::invalid_argument if weight_bits < 1.
int published_term_bits(int weight_bits);

}  // namespace systerm
