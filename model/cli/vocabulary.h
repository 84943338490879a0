// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/design/vocabulary.h"

namespace systerm {

/// Every name that this program knows.
Vocabulary program_vocabulary();

}  // namespace systerm
