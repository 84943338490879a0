// SPDX-License-Identifier: Apache-2.0
#include "model/cli/address_map.h"

#include "components/precision_controller/precision_controller.h"
#include "model/accelerator/accelerator.h"

namespace systerm {

std::vector<AddressRange> address_map(const Design& design) {
  const auto offset = [](PrecisionRegister reg) { return static_cast<std::uint64_t>(reg); };
  const std::uint64_t split = offset(PrecisionRegister::kData);
  return {
      {"memory", "dram", kMemoryBase, static_cast<std::uint64_t>(design.dram.bytes),
       "weights, features"},
      {"registers", "precision_controller.group", offset(PrecisionRegister::kGroup),
       split - offset(PrecisionRegister::kGroup),
       "bits 0-4 group size - 1, bits 8-14 group budget"},
      {"registers", "precision_controller.data", split, kPrecisionRegisterBytes - split,
       "bits 0-3 data terms, bit 8 encoder enable, bit 9 comparator enable"},
  };
}

}  // namespace systerm
