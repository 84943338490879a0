// SPDX-License-Identifier: Apache-2.0
#include "model/training/training_schema.h"

#include <vector>

#include <nlohmann/json.hpp>

#include "model/design/schema.h"
#include "model/training/training_fields.h"
#include "workloads/document/schema_writer.h"

namespace systerm {

nlohmann::ordered_json training_schema(std::span<const std::string> networks) {
  TrainingExperiment experiment;
  SchemaWriter form;
  version_field(form);
  training_experiment_fields(form, experiment, [](const SchemaWriter&) {});
  nlohmann::ordered_json schema = form.object();
  schema["properties"]["network"]["examples"] = std::vector(networks.begin(), networks.end());
  return schema_document("Systerm training experiment", std::move(schema));
}

}  // namespace systerm
