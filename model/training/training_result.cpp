// SPDX-License-Identifier: Apache-2.0
#include "model/training/training_result.h"

#include "model/training/training_fields.h"
#include "workloads/training/memory_plan.h"

namespace systerm {

namespace {

using Json = nlohmann::ordered_json;

template <typename T, std::size_t kCount>
std::string name_of(T value, const std::array<Choice<T>, kCount>& choices) {
  for (const Choice<T>& choice : choices) {
    if (choice.value == value) return std::string(choice.name);
  }
  return "";
}

std::int64_t parameters_of(const TrainingGraph& graph) {
  std::int64_t sum = 0;
  for (const TrainingTensorId id : graph.parameters) sum += element_count(graph.tensor(id).shape);
  return sum;
}

std::int64_t macs_of(const TrainingGraph& graph, StepKind kind) {
  std::int64_t sum = 0;
  for (const TrainingStep& step : graph.steps) {
    if (step.kind != kind || step.recomputes) continue;
    for (const StepGemm& gemm : step.gemms) sum += gemm.macs();
  }
  return sum;
}

Json epochs_json(const TrainingOutcome& outcome) {
  Json epochs = Json::array();
  double loss = 0.0;
  double accuracy = 0.0;
  PassCount count;
  std::int64_t cycles = 0;
  for (const HistoryRow& row : outcome.history.rows) {
    loss += row.loss;
    accuracy += row.accuracy;
    count += row.count;
    cycles += row.cycles;
    if (!row.test) continue;
    const auto iterations = static_cast<double>(outcome.epoch_iterations);
    epochs.push_back({{"epoch", epochs.size() + 1},
                      {"loss", loss / iterations},
                      {"accuracy", accuracy / iterations},
                      {"test_loss", row.test->loss},
                      {"test_accuracy", row.test->accuracy},
                      {"passes", count.passes},
                      {"cycles", cycles}});
    loss = accuracy = 0.0;
    count = {};
    cycles = 0;
  }
  return epochs;
}

/// Share of the iterations at high precision, for each kind of operand.
Json layers_json(const TrainingOutcome& outcome) {
  Json layers = Json::array();
  const PrecisionTrace& trace = outcome.history.trace;
  const auto iterations = std::ssize(outcome.history.rows);
  for (std::size_t layer = 0; layer < trace.layers().size(); ++layer) {
    Json row = {{"name", trace.layers()[layer]}};
    for (const OperandKind kind : kAllOperandKinds) {
      std::int64_t high = 0;
      for (std::int64_t i = 0; i < iterations; ++i) {
        high += trace.at(layer, i)[index(kind)] >= kHighMantissaBits ? 1 : 0;
      }
      row[std::string(to_string(kind))] = {
          {"mantissa_bits", trace.at(layer, iterations)[index(kind)]},
          {"high_share", static_cast<double>(high) / static_cast<double>(iterations)}};
    }
    layers.push_back(std::move(row));
  }
  return layers;
}

Json reversible_json(const TrainingOutcome& outcome) {
  const TrainingReversible& reversible = *outcome.experiment.reversible;
  const StreamFormat& stream = reversible.stream;
  const ReversibleReport total = outcome.history.total_reversible();
  std::int64_t again = 0;
  for (const TrainingStep& step : outcome.engine.training_graph().steps) {
    if (!step.recomputes) continue;
    for (const StepGemm& gemm : step.gemms) again += gemm.macs();
  }
  const ScheduledMemory scheduled =
      schedule_with_memory(outcome.engine.trained(), reversible.schedule);
  Json json = {{"schedule", to_string(reversible.schedule)}, {"stream", stream.name}};
  if (stream.name == "fixed") {
    json["bits"] = stream.bits;
    json["fraction_bits"] = stream.fraction_bits;
    json["overflow"] = name_of(stream.overflow, kStreamOverflowNames);
  }
  json["macs_again"] = again;
  json["activation_elements"] = scheduled.memory.activation_elements();
  json["memory_elements"] = scheduled.memory.elements;
  json["wrapped"] = total.counts.wrapped;
  json["saturated"] = total.counts.saturated;
  json["compared"] = total.compared;
  json["differing"] = total.differing;
  json["relative_error"] = total.relative_error;
  if (reversible.retention) {
    json["expired"] = total.retention.expired;
    json["flipped_bits"] = total.retention.flipped;
  }
  return json;
}

}  // namespace

Json training_result(const TrainingOutcome& outcome) {
  const TrainingExperiment& experiment = outcome.experiment;
  const TrainingGraph& graph = outcome.engine.training_graph();
  const HistoryRow& last = outcome.history.rows.back();
  const bool is_bfp = experiment.precision.format == TrainingArithmetic::kBfp;
  Json document = {{"experiment", experiment.name},
                   {"network", experiment.network},
                   {"format", name_of(experiment.precision.format, kTrainingArithmeticNames)},
                   {"policy", is_bfp ? Json(experiment.precision.policy) : Json()},
                   {"optimizer", experiment.training.optimizer},
                   {"epochs", experiment.training.epochs},
                   {"batch", experiment.training.batch},
                   {"iterations", last.iteration},
                   {"training_samples", outcome.training_samples},
                   {"test_samples", outcome.test_samples},
                   {"parameters", parameters_of(graph)}};
  document["macs"] = {{"forward", macs_of(graph, StepKind::kForward)},
                      {"backward_data", macs_of(graph, StepKind::kBackwardData)},
                      {"weight_gradient", macs_of(graph, StepKind::kWeightGradient)}};
  document["loss"] = last.loss;
  document["test_loss"] = last.test->loss;
  document["test_accuracy"] = last.test->accuracy;
  document["float_test_loss"] = outcome.float_test.loss;
  document["float_test_accuracy"] = outcome.float_test.accuracy;
  if (is_bfp) {
    const PassCount total = outcome.history.total();
    document["passes"] = total.passes;
    document["high_passes"] = total.high_passes;
    document["pass_gain"] =
        static_cast<double>(total.high_passes) / static_cast<double>(total.passes);
    const std::int64_t high_cycles = last.iteration * outcome.high_cycles;
    document["array"] = {{"rows", experiment.array.rows}, {"columns", experiment.array.columns}};
    document["cycles"] = outcome.history.total_cycles();
    document["high_cycles"] = high_cycles;
    document["cycle_gain"] =
        static_cast<double>(high_cycles) / static_cast<double>(outcome.history.total_cycles());
    document["saturated"] = total.saturated;
    document["flushed"] = total.flushed;
    document["layers"] = layers_json(outcome);
  }
  if (experiment.reversible) document["reversible"] = reversible_json(outcome);
  document["history"] = epochs_json(outcome);
  document["provenance"] = {{"program", outcome.program},
                            {"configuration_hash", outcome.configuration},
                            {"seed", experiment.training.seed}};
  return document;
}

}  // namespace systerm
