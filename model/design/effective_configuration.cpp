// SPDX-License-Identifier: Apache-2.0
#include "model/design/effective_configuration.h"

#include "model/design/content_hash.h"
#include "model/design/design_fields.h"
#include "model/design/experiment_fields.h"
#include "model/design/packing_fields.h"
#include "model/design/pipeline_fields.h"
#include "workloads/document/mapping_writer.h"

namespace systerm {
namespace {

void write_packing(MappingWriter& writer, const PackingPlan& plan) {
  if (plan.is_empty()) return;
  writer.section("packing", [&](MappingWriter& below) {
    packing_fields(below, plan, [](const MappingWriter&) {});
  });
}

}  // namespace

std::string effective_configuration(const Experiment& experiment, const Vocabulary& vocabulary) {
  MappingWriter writer;
  version_field(writer);
  writer.text("name", experiment.name);
  writer.text("description", experiment.description);
  writer.section("design",
                 [&](MappingWriter& below) { design_fields(below, experiment.design, {}); });
  writer.section("workload",
                 [&](MappingWriter& below) { workload_fields(below, experiment.workload); });
  writer.section("precision", [&](MappingWriter& below) {
    precision_plan_fields(below, experiment.precision, vocabulary, {});
  });
  write_packing(writer, experiment.precision.packing);
  if (experiment.baseline) {
    writer.section("baseline", [&](MappingWriter& below) {
      below.section("precision", [&](MappingWriter& plan) {
        precision_plan_fields(plan, *experiment.baseline, vocabulary, {});
      });
      write_packing(below, experiment.baseline->packing);
    });
  }
  writer.sequence("mapping", experiment.mapping, [](MappingWriter& below, const MappingRule& rule) {
    mapping_rule_fields(below, rule);
  });
  writer.section("calibration",
                 [&](MappingWriter& below) { calibration_fields(below, experiment.calibration); });
  writer.section("run", [&](MappingWriter& below) { run_fields(below, experiment.run); });
  if (experiment.pipeline != PipelineOptions{}) {
    writer.section("pipeline",
                   [&](MappingWriter& below) { pipeline_fields(below, experiment.pipeline); });
  }
  return writer.str();
}

std::string effective_configuration(const Design& design) {
  MappingWriter writer;
  version_field(writer);
  design_fields(writer, design, {});
  return writer.str();
}

std::string arithmetic_configuration(const Experiment& experiment, const Vocabulary& vocabulary) {
  MappingWriter writer;
  version_field(writer);
  writer.section("workload",
                 [&](MappingWriter& below) { workload_fields(below, experiment.workload); });
  writer.section("precision", [&](MappingWriter& below) {
    precision_plan_fields(below, experiment.precision, vocabulary, {});
  });
  write_packing(writer, experiment.precision.packing);
  writer.section("calibration",
                 [&](MappingWriter& below) { calibration_fields(below, experiment.calibration); });
  writer.integer("seed", experiment.run.seed);
  return writer.str();
}

std::string precision_document(const PrecisionPlan& plan, const Vocabulary& vocabulary) {
  MappingWriter writer;
  version_field(writer);
  writer.section("precision",
                 [&](MappingWriter& below) { precision_plan_fields(below, plan, vocabulary, {}); });
  return writer.str();
}

std::string configuration_hash(const Experiment& experiment, const Vocabulary& vocabulary) {
  return content_hash(effective_configuration(experiment, vocabulary));
}

}  // namespace systerm
