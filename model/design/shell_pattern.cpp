// SPDX-License-Identifier: Apache-2.0
#include "model/design/shell_pattern.h"

#include <cstddef>

namespace systerm {
namespace {

struct SetMatch {
  std::size_t end;  ///< behind the closing bracket; 0 if nothing closes the set
  bool matches;
};

SetMatch match_set(std::string_view pattern, std::size_t open, char c) {
  std::size_t i = open + 1;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool found = false;
  // A bracket right behind the opening one is a member of the set.
  for (const std::size_t first = i; i < pattern.size() && (pattern[i] != ']' || i == first); ++i) {
    if (i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']') {
      found = found || (pattern[i] <= c && c <= pattern[i + 2]);
      i += 2;
    } else {
      found = found || pattern[i] == c;
    }
  }
  if (i >= pattern.size()) return {0, false};
  return {i + 1, found != negated};
}

}  // namespace

bool matches_pattern(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  // Where to go on after a mismatch: the last star takes one character more. Linear space, no
  // recursion.
  std::size_t star = std::string_view::npos;
  std::size_t star_text = 0;
  while (t < text.size()) {
    std::size_t next =
        0;  // position in the pattern after one character has matched; 0 if it has not
    if (p < pattern.size()) {
      if (pattern[p] == '*') {
        star = ++p;
        star_text = t;
        continue;
      }
      const SetMatch set = pattern[p] == '[' ? match_set(pattern, p, text[t]) : SetMatch{0, false};
      if (set.end > 0) {
        next = set.matches ? set.end : 0;
      } else if (pattern[p] == '?' || pattern[p] == text[t]) {
        next = p + 1;
      }
    }
    if (next > 0) {
      p = next;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace systerm
