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
    if (step.kind == kind && !step.recomputes) sum += step.macs();
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
    if (const PruneRound* round = outcome.history.round_of(row.iteration)) {
      Json& json = epochs.back();
      json["round"] = round - outcome.history.rounds.data() + 1;
      json["nonzeros"] = round->count.nonzeros;
      json["packed_columns"] = round->count.packed_columns;
      json["efficiency"] = round->count.efficiency();
    }
    loss = accuracy = 0.0;
    count = {};
    cycles = 0;
  }
  return epochs;
}

Json test_json(const TestResult& test) {
  return {{"test_loss", test.loss}, {"test_accuracy", test.accuracy}};
}

void add_count(const SparsityCount& count, Json& json) {
  json["weights"] = count.weights;
  json["nonzeros"] = count.nonzeros;
  json["columns"] = count.columns;
  json["packed_columns"] = count.packed_columns;
  json["efficiency"] = count.efficiency();
}

/// Of each round: what it left, and the network before it, right after it, and trained on.
Json rounds_json(const TrainingOutcome& outcome) {
  const ColumnCombiningMethod& method = *outcome.experiment.column_combining;
  Json rounds = Json::array();
  for (const PruneRound& round : outcome.history.rounds) {
    Json json = {{"round", rounds.size() + 1},
                 {"epoch", round.iteration / outcome.epoch_iterations},
                 {"rate", round.rate}};
    add_count(round.count, json);
    json["conflicts"] = round.count.conflicts;
    json["before"] = test_json(round.before);
    json["after"] = test_json(round.after);
    json["retrained"] = Json();
    if (method.retraining_epochs > 0) {
      const std::int64_t end =
          round.iteration + method.retraining_epochs * outcome.epoch_iterations;
      json["retrained"] = test_json(*outcome.history.rows[static_cast<std::size_t>(end - 1)].test);
    }
    rounds.push_back(std::move(json));
  }
  return rounds;
}

Json column_combining_json(const TrainingOutcome& outcome) {
  const ColumnCombiningMethod& method = *outcome.experiment.column_combining;
  Json layers = Json::array();
  SparsityCount total;
  for (const SparseLayer& layer : outcome.joint->layers()) {
    const SparsityCount count = JointTraining::count(layer);
    total += count;
    Json& json = layers.emplace_back(Json{{"name", layer.name},
                                          {"method", layer.combines ? "column_combining" : "none"},
                                          {"rows", layer.rows}});
    if (layer.combines) json["alpha"] = layer.packing.alpha;
    add_count(count, json);
  }
  Json json = {{"dense_epochs", method.dense_epochs},
               {"retraining_epochs", method.retraining_epochs},
               {"fine_tuning_epochs", method.fine_tuning_epochs}};
  add_count(total, json);
  json["rounds"] = rounds_json(outcome);
  json["layers"] = std::move(layers);
  return json;
}

/// After the last prune point, should nothing have been trained since.
TestResult last_test(const TrainingHistory& history) {
  const HistoryRow& last = history.rows.back();
  const bool is_pruned =
      !history.rounds.empty() && history.rounds.back().iteration == last.iteration;
  return is_pruned ? history.rounds.back().after : *last.test;
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
    if (step.recomputes) again += step.macs();
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
                   {"epochs", experiment.epochs()},
                   {"batch", experiment.training.batch},
                   {"iterations", last.iteration},
                   {"training_samples", outcome.training_samples},
                   {"test_samples", outcome.test_samples},
                   {"parameters", parameters_of(graph)}};
  document["macs"] = {{"forward", macs_of(graph, StepKind::kForward)},
                      {"backward_data", macs_of(graph, StepKind::kBackwardData)},
                      {"weight_gradient", macs_of(graph, StepKind::kWeightGradient)}};
  document["loss"] = last.loss;
  const TestResult test = last_test(outcome.history);
  document["test_loss"] = test.loss;
  document["test_accuracy"] = test.accuracy;
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
  if (outcome.joint != nullptr) document["column_combining"] = column_combining_json(outcome);
  if (experiment.reversible) document["reversible"] = reversible_json(outcome);
  document["history"] = epochs_json(outcome);
  document["provenance"] = {{"program", outcome.program},
                            {"configuration_hash", outcome.configuration},
                            {"seed", experiment.training.seed}};
  return document;
}

}  // namespace systerm
