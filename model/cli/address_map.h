// SPDX-License-Identifier: Apache-2.0
// Which addresses of a design lead where.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/design/design.h"

namespace systerm {

/// One range of the address map. Addresses of the interconnect and of the registers are separate
/// spaces.
struct AddressRange {
  std::string space;  ///< "memory" or "registers"
  std::string name;
  std::uint64_t base = 0;  ///< bytes
  std::uint64_t bytes = 0;
  std::string content;
};

std::vector<AddressRange> address_map(const Design& design);

}  // namespace systerm
