// SPDX-License-Identifier: Apache-2.0
#include "model/design/read_technology.h"

#include <algorithm>
#include <deque>

#include "model/design/check_technology.h"
#include "model/design/technology_fields.h"

namespace systerm {
namespace {

constexpr std::size_t kMostKept = 16;

struct Kept {
  Tree tree;  ///< held, so that no other tree has its address
  std::shared_ptr<const Technology> technology;
};

}  // namespace

std::shared_ptr<const Technology> read_technology(const Node& node) {
  thread_local std::deque<Kept> kept;
  const auto known = std::find_if(kept.begin(), kept.end(),
                                  [&](const Kept& each) { return each.tree == node.tree(); });
  if (known != kept.end()) return known->technology;
  Diagnostics diagnostics;
  const Node own(node.tree(), node.path(), diagnostics);
  auto technology = std::make_shared<Technology>();
  Mapping mapping = own.mapping();
  technology_fields(mapping, *technology);
  mapping.finish();
  check_technology(*technology, own);
  if (!diagnostics.empty()) {
    node.diagnostics().add(diagnostics);
    return technology;
  }
  if (kept.size() == kMostKept) kept.pop_front();
  kept.push_back({node.tree(), technology});
  return technology;
}

}  // namespace systerm
