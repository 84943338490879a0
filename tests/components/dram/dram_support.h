// SPDX-License-Identifier: Apache-2.0
// Presets and outcomes of controllers, for tests.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "components/dram/controller.h"
#include "model/design/dram_preset.h"

namespace systerm::test {

inline std::vector<std::string> presets() { return dram_preset_names(); }

inline std::shared_ptr<const DramStandard> preset(const std::string& name) {
  return load_dram_preset(name, "preset");
}

/// With a single change.
template <typename Change>
std::shared_ptr<const DramStandard> preset_with(const std::string& name, Change change) {
  auto standard = std::make_shared<DramStandard>(*preset(name));
  change(*standard);
  return standard;
}

struct Outcome {
  DramCycle cycles = 0;
  std::vector<DramCompletion> completions;
  std::vector<IssuedDramCommand> commands;
  DramCounts counts;
};

inline void PrintTo(const IssuedDramCommand& each, std::ostream* out) {
  *out << each.cycle << " " << kDramCommandNames[ordinal(each.command)] << " bank " << each.bank
       << " row " << each.row << " burst " << each.burst;
}

inline void expect_equal(const Outcome& fast, const Outcome& slow) {
  for (std::size_t i = 0; i < std::min(fast.commands.size(), slow.commands.size()); ++i) {
    if (fast.commands[i] == slow.commands[i]) continue;
    std::ostringstream text;
    PrintTo(fast.commands[i], &text);
    text << " instead of ";
    PrintTo(slow.commands[i], &text);
    FAIL() << "command " << i << ": " << text.str();
  }
  EXPECT_EQ(fast.commands.size(), slow.commands.size());
  EXPECT_EQ(fast.cycles, slow.cycles);
  ASSERT_EQ(fast.completions.size(), slow.completions.size());
  for (std::size_t i = 0; i < fast.completions.size(); ++i) {
    const DramCompletion& a = fast.completions[i];
    const DramCompletion& b = slow.completions[i];
    ASSERT_EQ(a, b) << "access " << a.access << ": " << a.accepted << " to " << a.done
                    << " instead of access " << b.access << ": " << b.accepted << " to " << b.done;
  }
  EXPECT_EQ(fast.counts, slow.counts);
}

}  // namespace systerm::test
