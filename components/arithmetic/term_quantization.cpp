// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/term_quantization.h"

#include <cstddef>
#include <stdexcept>
#include <string>

namespace systerm {
namespace {

std::size_t checked_budget(int budget) {
  if (budget < 0) {
    throw std::invalid_argument("a term budget is not negative: " + std::to_string(budget));
  }
  return static_cast<std::size_t>(budget);
}

}  // namespace

std::vector<KeptTerm> keep_group_terms(std::span<const int> values, Encoding encoding, int budget) {
  const std::size_t limit = checked_budget(budget);
  std::vector<TermList> terms;
  terms.reserve(values.size());
  for (const int value : values) terms.push_back(encode(encoding, value));

  std::vector<std::size_t> taken(values.size(), 0);
  std::vector<KeptTerm> kept;
  for (int exponent = static_cast<int>(TermList::kCapacity) - 1; exponent >= 0; --exponent) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (taken[i] == terms[i].size() || terms[i][taken[i]].exponent != exponent) continue;
      if (kept.size() == limit) return kept;
      kept.push_back({static_cast<int>(i), terms[i][taken[i]++]});
    }
  }
  return kept;
}

TermList keep_largest_terms(Encoding encoding, int value, int count) {
  const std::size_t limit = checked_budget(count);
  const TermList all = encode(encoding, value);
  TermList kept;
  for (const Term& term : all) {
    if (kept.size() == limit) break;
    kept.push_back(term);
  }
  return kept;
}

}  // namespace systerm
