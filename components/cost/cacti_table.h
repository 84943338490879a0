// SPDX-License-Identifier: Apache-2.0
// Memory macros as CACTI 7 gives them (cacti7.csv): one bank, one read-write port, 22, 32, 45 and
// 65 nm. Cells: itrs-lstp and itrs-hp (SRAM of low-standby-power and high-performance transistors)
// and lp-dram (eDRAM, whose write energies are not credible; memory_figures.h says what is used).
#pragma once

#include <span>
#include <string_view>

namespace systerm {

struct CactiRow {
  std::string_view cell;
  double node_nm;
  double temperature_k;
  double capacity_bytes;
  double width_bits;
  double read_pj;
  double write_pj;
  double leakage_mw;
  double area_mm2;
};

inline constexpr std::string_view kCactiEdram = "lp-dram";

/// By cell, node, capacity and width.
std::span<const CactiRow> cacti_rows();

}  // namespace systerm
