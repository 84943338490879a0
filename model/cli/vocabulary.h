// SPDX-License-Identifier: Apache-2.0
// The names that the program knows.
#pragma once

#include <string>
#include <vector>

#include "model/design/vocabulary.h"

namespace systerm {

/// Networks that an experiment can name, in alphabetical order.
std::vector<std::string> known_networks();

/// Everything an experiment may name. Designs are looked up in ./configs/designs and in the
/// folder of the source tree.
Vocabulary program_vocabulary();

}  // namespace systerm
