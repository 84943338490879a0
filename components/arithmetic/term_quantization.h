// SPDX-License-Identifier: Apache-2.0
// Which terms a budget keeps. Weights share a budget within a group; data keep the largest terms of
// every single value. Source: Kung, McDanel, Zhang, "Term Revealing" (arXiv 2007.06389).
#pragma once

#include <span>
#include <vector>

#include "components/arithmetic/encoding.h"

namespace systerm {

struct KeptTerm {
  int index = 0;  ///< of the value in its group
  Term term;

  friend bool operator==(const KeptTerm&, const KeptTerm&) = default;
};

/// The `budget` largest terms of the group, in the order taken: largest magnitude first, a tie goes
/// to the lowest index, the sign plays no part. Fewer if the group has fewer; the terms of one
/// budget are a prefix of those of the next. Throws std::invalid_argument for a negative budget and
/// std::out_of_range for a value that `encode` refuses.
std::vector<KeptTerm> keep_group_terms(std::span<const int> values, Encoding encoding, int budget);

/// The `count` largest terms of one value. Throws as above.
TermList keep_largest_terms(Encoding encoding, int value, int count);

}  // namespace systerm
