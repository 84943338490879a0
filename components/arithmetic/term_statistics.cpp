// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/term_statistics.h"

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <string>

namespace systerm {
namespace {

void count(std::vector<std::uint64_t>& histogram, std::size_t entry) {
  if (entry >= histogram.size()) histogram.resize(entry + 1);
  ++histogram[entry];
}

}  // namespace

TermCounts term_counts(Encoding encoding, int first, int last) {
  if (last < first) {
    throw std::invalid_argument("the range " + std::to_string(first) + " to " +
                                std::to_string(last) + " is empty");
  }
  std::uint64_t sum = 0;
  int largest = 0;
  for (int value = first; value <= last; ++value) {
    const auto terms = static_cast<int>(encode(encoding, value).size());
    sum += static_cast<std::uint64_t>(terms);
    largest = std::max(largest, terms);
  }
  return {static_cast<double>(sum) / (static_cast<double>(last) - first + 1), largest};
}

std::vector<std::uint64_t> term_count_histogram(Encoding encoding,
                                                std::span<const std::int16_t> values) {
  std::vector<std::uint64_t> histogram;
  for (const std::int16_t value : values) count(histogram, encode(encoding, value).size());
  return histogram;
}

std::vector<std::uint64_t> term_pair_histogram(std::span<const std::uint8_t> weight_terms,
                                               std::span<const std::uint8_t> data_terms,
                                               std::size_t group_size) {
  if (group_size == 0 || weight_terms.size() != data_terms.size() ||
      weight_terms.size() % group_size != 0) {
    throw std::invalid_argument("term pairs need equally many weights and data, in whole groups");
  }
  std::vector<std::uint64_t> histogram;
  for (std::size_t start = 0; start < weight_terms.size(); start += group_size) {
    std::size_t pairs = 0;
    for (std::size_t i = start; i < start + group_size; ++i) {
      pairs += std::size_t{weight_terms[i]} * data_terms[i];
    }
    count(histogram, pairs);
  }
  return histogram;
}

int published_term_bits(int weight_bits) {
  if (weight_bits < 1) {
    throw std::invalid_argument("weights have at least one bit, not " +
                                std::to_string(weight_bits));
  }
  return static_cast<int>(std::bit_width(static_cast<unsigned>(weight_bits - 1))) + 2;
}

}  // namespace systerm
