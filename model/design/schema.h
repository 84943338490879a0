// SPDX-License-Identifier: Apache-2.0
// JSON Schema (draft 2020-12) of the files that experiments are made of, from the fields that read
// and write them. For editors: they complete keys and names, and mark what is wrong while one
// types.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "model/design/vocabulary.h"

namespace systerm {

/// With `$schema` and a title.
nlohmann::ordered_json experiment_schema(const Vocabulary& vocabulary);
nlohmann::ordered_json design_schema(const Vocabulary& vocabulary);
nlohmann::ordered_json technology_schema(const Vocabulary& vocabulary);
/// Of a file that `precision.include` names.
nlohmann::ordered_json precision_schema(const Vocabulary& vocabulary);

/// `schema`, an object, as a document of its own.
nlohmann::ordered_json schema_document(const std::string& title, nlohmann::ordered_json schema);

}  // namespace systerm
