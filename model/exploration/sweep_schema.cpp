// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/sweep_schema.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/design/experiment_fields.h"
#include "model/design/schema.h"
#include "model/exploration/sweep_fields.h"
#include "workloads/document/schema_writer.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

Json expression_schema(std::string description) {
  return {{"type", {"string", "number", "boolean"}}, {"description", std::move(description)}};
}

Json list_of(Json items) { return {{"type", "array"}, {"items", std::move(items)}}; }

void require(Json& schema, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) schema["required"].push_back(key);
}

Json paths_properties() {
  const Json path = {{"type", "string"},
                     {"description", "key of the experiment, such as design.array.rows"}};
  return {{"path", path}, {"paths", list_of(path)}};
}

Json range_schema() {
  const Json number = {{"type", {"number", "string"}},
                       {"description", "a number, or a quantity such as 64 KiB"}};
  Json schema = {
      {"type", "object"},
      {"properties", {{"from", number}, {"to", number}, {"step", number}, {"factor", number}}},
      {"additionalProperties", false}};
  require(schema, {"from", "to"});
  return schema;
}

Json axis_properties() {
  Json properties = paths_properties();
  properties["name"] = {{"type", "string"}, {"description", "name in expressions and tables"}};
  properties["values"] = {{"type", "array"}, {"minItems", 1}};
  properties["range"] = range_schema();
  return properties;
}

Json axes_schema() {
  const Json axis = axis_properties();
  Json group = axis;
  group["when"] = expression_schema("condition over the axes before this one");
  group["zip"] =
      list_of({{"type", "object"}, {"properties", axis}, {"additionalProperties", false}});
  return list_of({{"type", "object"}, {"properties", group}, {"additionalProperties", false}});
}

Json derived_schema() {
  Json properties = paths_properties();
  properties["name"] = {{"type", "string"}};
  properties["unit"] = {{"type", "string"}, {"description", "written behind the number"}};
  properties["value"] = expression_schema("over axes and values derived before");
  Json item = {{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
  require(item, {"value"});
  return list_of(std::move(item));
}

Json sample_schema() {
  const Sampling sampling;
  SchemaWriter form;
  sampling_fields(form, sampling);
  return form.object();
}

Json search_schema() {
  const SearchSettings settings;
  SchemaWriter form;
  search_fields(form, settings);
  Json schema = form.object();
  schema["properties"]["objectives"] = list_of({{"type", "string"}, {"pattern", ":(min|max)$"}});
  schema["properties"]["objectives"]["minItems"] = 2;
  schema["properties"]["constraints"] = list_of(expression_schema("over figures and axes"));
  require(schema, {"objectives"});
  return schema;
}

/// Of `workload` in an experiment, with a name for tables.
Json workloads_schema(const Json& experiment) {
  Json workload = experiment["properties"]["workload"];
  workload["properties"]["name"] = {{"type", "string"}, {"description", "in tables"}};
  return list_of(std::move(workload));
}

}  // namespace

Json sweep_schema(const Vocabulary& vocabulary) {
  Json experiment = experiment_schema(vocabulary);
  experiment.erase("$schema");
  experiment.erase("title");
  SchemaWriter form;
  version_field(form);
  form.text("name", "");
  form.text("description", "");
  form.any_of("base",
              std::array<Json, 2>{
                  Json{{"type", "string"}, {"description", "path of an experiment"}}, experiment},
              Presence::kRequired);
  Json schema = form.object();
  Json& properties = schema["properties"];
  properties["set"] = {{"type", "object"},
                       {"description", "values over keys of the base, by their paths"}};
  properties["workloads"] = workloads_schema(experiment);
  properties["axes"] = axes_schema();
  properties["derived"] = derived_schema();
  properties["constraints"] = list_of(expression_schema("over axes and derived values"));
  properties["sample"] = sample_schema();
  properties["search"] = search_schema();
  return schema_document("Systerm sweep", std::move(schema));
}

}  // namespace systerm
