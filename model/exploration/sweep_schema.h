// SPDX-License-Identifier: Apache-2.0
// JSON Schema of sweep files, for editors.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "model/design/vocabulary.h"

namespace systerm {

/// With `$schema` and a title. Values that axes set are not described: any key of an experiment can
/// vary.
nlohmann::ordered_json sweep_schema(const Vocabulary& vocabulary);

}  // namespace systerm
