// SPDX-License-Identifier: Apache-2.0
// DRAM standards by name, by file, or written out.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "components/dram/dram_standard.h"
#include "workloads/document/node.h"

namespace systerm {

/// Those built in, in alphabetical order.
const std::vector<std::string>& dram_preset_names();

/// `reference` is the name of a preset, the path of a .yaml file (relative to the document it
/// stands in, then to the current directory), or the mapping itself. A standard may be laid over
/// another one, named by its key `base`. Null if there is an error, which is recorded.
std::shared_ptr<const DramStandard> read_dram_preset(const Node& reference);

/// A name or a path. Throws DocumentError with everything that is wrong; `option` is named as the
/// source of the reference.
std::shared_ptr<const DramStandard> load_dram_preset(const std::string& name_or_path,
                                                     const std::string& option);

}  // namespace systerm
