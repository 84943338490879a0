// SPDX-License-Identifier: Apache-2.0
// The table of a DRAM standard in YAML.
#pragma once

#include "components/dram/dram_standard.h"
#include "workloads/document/mapping.h"
#include "workloads/document/mapping_writer.h"

namespace systerm {

/// Reads every key; faults are recorded in the mapping's diagnostics.
void read_dram_standard(Mapping& mapping, DramStandard& standard);
/// Writes keys that read as the same standard, with every sum evaluated.
void write_dram_standard(MappingWriter& writer, const DramStandard& standard);

}  // namespace systerm
