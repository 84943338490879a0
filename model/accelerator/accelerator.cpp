// SPDX-License-Identifier: Apache-2.0
#include "model/accelerator/accelerator.h"

namespace systerm {

Accelerator::Accelerator(const sc_core::sc_module_name& name, const Design& design,
                         Fidelity fidelity, std::vector<CommandProcessor::Program> programs,
                         const CommandProcessor::Observer& observer)
    : sc_module(name),
      clock_(design.clock_hz),
      interconnect_("interconnect", clock_, design.interconnect,
                    {kMemoryBase, static_cast<std::uint64_t>(design.dram.bytes)}) {
  const auto cores = static_cast<std::size_t>(design.cores.count);
  programs.resize(cores);
  for (std::size_t core = 0; core < cores; ++core) {
    cores_.emplace_back(design, fidelity, core, std::move(programs[core]), observer);
  }
  bind();
}

void Accelerator::bind() {
  // Results first under fixed priority: they free what everybody else waits for. Within one kind,
  // the first core first.
  for (Core& core : cores_) core.store_dma().memory.bind(interconnect_.masters);
  for (Core& core : cores_) core.data_dma().memory.bind(interconnect_.masters);
  for (Core& core : cores_) core.weight_dma().memory.bind(interconnect_.masters);
  for (Core& core : cores_) core.operand_dma().memory.bind(interconnect_.masters);
  for (std::size_t from = 0; from < cores_.size(); ++from) {
    for (std::size_t to = 0; to < cores_.size(); ++to) {
      if (from == to) continue;
      cores_[from].command_processor().notify(to, cores_[to].command_processor());
    }
  }
}

std::vector<std::pair<HardwareUnit*, std::optional<std::size_t>>> Accelerator::units_by_core() {
  std::vector<std::pair<HardwareUnit*, std::optional<std::size_t>>> units;
  const auto add = [&](const std::vector<HardwareUnit*>& more, std::optional<std::size_t> core) {
    for (HardwareUnit* unit : more) units.emplace_back(unit, core);
  };
  for (std::size_t core = 0; core < cores_.size(); ++core) add(cores_[core].control_units(), core);
  add({&interconnect_}, std::nullopt);
  for (std::size_t core = 0; core < cores_.size(); ++core) add(cores_[core].data_units(), core);
  return units;
}

std::vector<HardwareUnit*> Accelerator::units() {
  std::vector<HardwareUnit*> units;
  for (const auto& [unit, core] : units_by_core()) units.push_back(unit);
  return units;
}

}  // namespace systerm
