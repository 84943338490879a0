// SPDX-License-Identifier: Apache-2.0
#include "model/design/schema.h"

#include <array>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/design/design_fields.h"
#include "model/design/experiment_fields.h"
#include "model/design/packing_fields.h"
#include "model/design/pipeline_fields.h"
#include "workloads/document/schema_writer.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

Json reference_schema(std::string description, const std::vector<std::string>& names) {
  return {{"type", "string"}, {"description", std::move(description)}, {"examples", names}};
}

void describe_plan(SchemaWriter& form, const Vocabulary& vocabulary) {
  PrecisionPlan plan;
  form.path("include", {});
  precision_plan_fields(form, plan, vocabulary, vocabulary.format_names());
}

void describe_packing(SchemaWriter& form) {
  PackingPlan plan;
  plan.defaults.method = "column_combining";
  form.section("packing", [&](SchemaWriter& below) {
    packing_fields(below, plan, [](const SchemaWriter&) {});
  });
}

/// What a technology may be: a name, several laid over each other, or keys laid over a base.
std::vector<Json> technology_alternatives(const Vocabulary& vocabulary) {
  const Json name = reference_schema("name or path of a technology", vocabulary.technology_names());
  SchemaWriter keys;
  Technology technology;
  keys.any_of("base", std::array<Json, 2>{name, {{"type", "array"}, {"items", name}}});
  technology_fields(keys, technology);
  return {name, keys.partial_object()};
}

void describe_design(SchemaWriter& form, const Vocabulary& vocabulary) {
  Design design;
  form.any_of("base", std::array<Json, 1>{reference_schema("name or path of the design that the "
                                                           "keys are laid over",
                                                           vocabulary.design_names())});
  design_fields(form, design, vocabulary.cell_names());
  form.any_of("technology", technology_alternatives(vocabulary));
}

}  // namespace

Json schema_document(const std::string& title, Json schema) {
  Json document = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", title}};
  document.update(schema);
  return document;
}

Json experiment_schema(const Vocabulary& vocabulary) {
  Experiment experiment;
  SchemaWriter form;
  version_field(form);
  form.text("name", experiment.name);
  form.text("description", experiment.description);
  SchemaWriter design;
  describe_design(design, vocabulary);
  form.any_of(
      "design",
      std::array<Json, 2>{reference_schema("name or path of a design", vocabulary.design_names()),
                          design.partial_object()},
      Presence::kRequired);
  form.section("workload",
               [&](SchemaWriter& below) { workload_fields(below, experiment.workload); });
  form.section("precision", [&](SchemaWriter& below) { describe_plan(below, vocabulary); });
  describe_packing(form);
  form.section("baseline", [&](SchemaWriter& below) {
    below.section("precision", [&](SchemaWriter& plan) { describe_plan(plan, vocabulary); });
    describe_packing(below);
  });
  form.sequence("mapping", experiment.mapping,
                [](SchemaWriter& below, MappingRule& rule) { mapping_rule_fields(below, rule); });
  form.section("calibration",
               [&](SchemaWriter& below) { calibration_fields(below, experiment.calibration); });
  form.section("run", [&](SchemaWriter& below) { run_fields(below, experiment.run); });
  form.section("pipeline",
               [&](SchemaWriter& below) { pipeline_fields(below, experiment.pipeline); });
  Json schema = form.object();
  schema["required"].push_back("workload");
  schema["properties"]["baseline"]["required"] = {"precision"};
  schema["properties"]["workload"]["properties"]["network"]["examples"] = vocabulary.networks;
  return schema_document("Systerm experiment", std::move(schema));
}

Json design_schema(const Vocabulary& vocabulary) {
  SchemaWriter form;
  version_field(form);
  describe_design(form, vocabulary);
  return schema_document("Systerm design", form.object());
}

Json technology_schema(const Vocabulary& vocabulary) {
  Json schema = technology_alternatives(vocabulary).back();
  SchemaWriter form;
  version_field(form);
  Json version = form.object();
  version["properties"].update(schema["properties"]);
  return schema_document("Systerm technology", std::move(version));
}

Json precision_schema(const Vocabulary& vocabulary) {
  SchemaWriter form;
  version_field(form);
  form.section("precision", [&](SchemaWriter& below) { describe_plan(below, vocabulary); });
  Json schema = form.object();
  schema["properties"]["precision"]["properties"].erase("include");
  schema["required"].push_back("precision");
  return schema_document("Systerm precision plan", std::move(schema));
}

}  // namespace systerm
