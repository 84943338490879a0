// SPDX-License-Identifier: Apache-2.0
// JSON Schema of training experiments, for editors.
#pragma once

#include <span>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace systerm {

/// With `$schema` and a title; `networks` are those of the zoo.
nlohmann::ordered_json training_schema(std::span<const std::string> networks);

}  // namespace systerm
