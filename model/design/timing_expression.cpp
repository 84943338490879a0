// SPDX-License-Identifier: Apache-2.0
#include "model/design/timing_expression.h"

#include <cctype>
#include <vector>

#include <fmt/format.h>

#include "workloads/document/nearest_name.h"
#include "workloads/document/quantity.h"

namespace systerm {
namespace {

constexpr std::int64_t kMaxCycles = 1'000'000'000;

TimingResult term_value(std::string_view term, const TimingValues& values) {
  if (std::isdigit(static_cast<unsigned char>(term.front())) != 0) {
    const auto number = parse_integer(term);
    if (number && *number <= kMaxCycles) return {*number, ""};
    return {0, fmt::format("'{}' is no number of cycles", term)};
  }
  const auto found = values.find(term);
  if (found != values.end()) return {found->second, ""};
  std::vector<std::string> names;
  for (const auto& [name, value] : values) names.push_back(name);
  return {0, fmt::format("there is no timing '{}'; {}", term, suggest_name(term, names))};
}

}  // namespace

TimingResult evaluate_timing(std::string_view expression, const TimingValues& values) {
  std::int64_t sum = 0;
  int sign = 1;
  bool expects_term = true;
  for (std::size_t at = 0; at < expression.size();) {
    const char c = expression[at];
    if (c == ' ') {
      ++at;
    } else if (c == '+' || c == '-') {
      if (expects_term) return {0, fmt::format("expected a name or a number before '{}'", c)};
      sign = c == '+' ? 1 : -1;
      expects_term = true;
      ++at;
    } else if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
      if (!expects_term) return {0, "expected + or - between two terms"};
      std::size_t end = at;
      while (end < expression.size() &&
             (std::isalnum(static_cast<unsigned char>(expression[end])) != 0 ||
              expression[end] == '_')) {
        ++end;
      }
      const TimingResult term = term_value(expression.substr(at, end - at), values);
      if (!term.error.empty()) return term;
      sum += sign * term.cycles;
      expects_term = false;
      at = end;
    } else {
      return {0, fmt::format("'{}' has no meaning in a sum of timings", c)};
    }
  }
  if (expects_term) return {0, "expected a name or a number at the end"};
  return {sum, ""};
}

}  // namespace systerm
