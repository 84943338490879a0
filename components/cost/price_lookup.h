// SPDX-License-Identifier: Apache-2.0
// Finds the numbers of a technology for single operations, accesses and commands, scales them to
// its process and keeps the origin of each that was used.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "components/cost/memory_figures.h"
#include "components/cost/price_list.h"

namespace systerm {

class PriceLookup {
 public:
  /// `technology` must outlive it.
  explicit PriceLookup(const Technology& technology) : technology_(technology) {}

  struct Found {
    std::optional<double> value;
    std::string problem;  ///< names the key to add, where there is no value
  };

  /// pJ of one event. `unit` chooses the memory.
  Found energy(const std::string& unit, const LogicUse& use);
  Found energy(const std::string& unit, const WireUse& use);
  Found energy(const std::string& unit, const MemoryUse& use);
  Found energy(const std::string& unit, const DramUse& use);
  double event(const EventEntry& entry);

  /// um2 of all `use.count` instances.
  Found area(const LogicUse& use);
  /// um2 and mW of one macro.
  Found memory_area(const std::string& unit, const MemoryMacro& macro);
  Found memory_leakage(const std::string& unit, const MemoryMacro& macro);
  Found logic_leakage_per_mm2();

  /// In the order of first use, each once.
  const std::vector<PriceOrigin>& origins() const { return origins_; }

 private:
  struct MemoryFound {
    const MemoryEntry* entry = nullptr;
    const MemoryFigures* figures = nullptr;
    std::string problem;
  };

  const OperationEntry* operation(const std::string& name) const;
  MemoryFound memory(const std::string& unit, const MemoryMacro& macro);
  Found dram_energy(const DramEntry& entry, const DramUse& use);
  double leakage_growth(double temperature_k) const;
  void note(PriceOrigin origin);

  const Technology& technology_;
  std::map<std::pair<std::string, std::pair<double, double>>, MemoryFigures> figures_;
  std::vector<PriceOrigin> origins_;
};

}  // namespace systerm
