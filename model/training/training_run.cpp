// SPDX-License-Identifier: Apache-2.0
#include "model/training/training_run.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "model/design/content_hash.h"
#include "model/exploration/durable_file.h"
#include "model/training/load_training.h"
#include "model/training/staircase_picture.h"
#include "model/training/training_network.h"
#include "model/training/training_result.h"
#include "workloads/data/data_error.h"
#include "workloads/import/onnx_writer.h"
#include "workloads/sparsity/weight_file.h"
#include "workloads/training/batch_order.h"
#include "workloads/training/initial_weights.h"

namespace systerm {

namespace {

Graph load_graph(const TrainingExperiment& experiment) {
  Extents extents;
  for (const ChosenExtent& each : experiment.extents) extents[each.name] = each.extent;
  std::vector<std::string> blocks;
  if (experiment.reversible) {
    for (const ReversibleBlockRule& rule : experiment.reversible->blocks) {
      blocks.push_back(rule.match);
    }
  }
  return with_initial_weights(
      load_training_network(experiment.network, experiment.training.batch, extents, blocks),
      experiment.training.seed, experiment.training.weights == WeightSource::kSynthetic);
}

std::optional<ReversibleOptions> reversible_options(const TrainingExperiment& experiment) {
  if (!experiment.reversible) return std::nullopt;
  const TrainingReversible& reversible = *experiment.reversible;
  ReversibleOptions options{.schedule = reversible.schedule,
                            .stream = reversible.stream,
                            .check = reversible.check,
                            .seed = experiment.training.seed};
  if (reversible.retention) {
    options.retention = RetentionOptions{
        .retention_macs = reversible.retention->seconds * reversible.retention->macs_per_second,
        .bit_error_rate = reversible.retention->bit_error_rate,
        .seed = reversible.retention->seed};
  }
  return options;
}

}  // namespace

TrainingRun::TrainingRun(TrainingExperiment experiment, std::filesystem::path folder,
                         std::size_t threads)
    : experiment_(std::move(experiment)),
      folder_(std::move(folder)),
      threads_(threads),
      configuration_(content_hash(effective_training(experiment_))),
      history_({}) {
  const Graph graph = load_graph(experiment_);
  layers_ = weighted_layers(graph);
  history_ = TrainingHistory(layers_);
  // How many classes there are follows from the graph alone.
  if (graph.inputs().size() != 1 || graph.outputs().size() != 1) {
    throw GraphError(fmt::format("'{}': training needs one input and one output", graph.name));
  }
  const Shape& input = *graph.tensor(graph.inputs().front()).shape;
  const auto classes =
      static_cast<std::size_t>(graph.tensor(graph.outputs().front()).shape->back());
  training_ = load_samples(experiment_.data.training, experiment_.data, input, classes);
  test_ = load_samples(experiment_.data.test, experiment_.data, input, classes);
  epoch_iterations_ = static_cast<std::int64_t>(training_.count()) / experiment_.training.batch;
  if (epoch_iterations_ == 0) {
    throw DataError(fmt::format("{} training samples are fewer than a batch of {}",
                                training_.count(), experiment_.training.batch));
  }
  iterations_ = epoch_iterations_ * experiment_.epochs();
  make_engine(graph, threads);
  resume();
}

TrainingRun::~TrainingRun() = default;

void TrainingRun::make_engine(const Graph& graph, std::size_t threads) {
  std::unique_ptr<LayerProducts> products;
  const TrainingPrecision& precision = experiment_.precision;
  if (precision.format == TrainingArithmetic::kBfp) {
    auto bfp = std::make_unique<BfpProducts>(
        precision.bfp,
        make_policy(precision.policy, precision.parameters,
                    {.layers = layers_, .iterations = iterations_}),
        BfpProducts::Run{
            .layers = layers_,
            .iterations = iterations_,
            .cadence = precision.policy == "adaptive" ? precision.parameters.cadence : 1,
            .seed = experiment_.training.seed});
    bfp_ = bfp.get();
    products = std::move(bfp);
  } else {
    products = std::make_unique<FloatProducts>();
  }
  engine_ = std::make_unique<TrainingEngine>(
      graph, make_optimizer(experiment_.training.optimizer, experiment_.training.parameters),
      std::move(products), threads, reversible_options(experiment_));
  if (experiment_.column_combining) {
    joint_ = std::make_unique<JointTraining>(*experiment_.column_combining, epoch_iterations_,
                                             layers_, *engine_);
  }
  if (bfp_ == nullptr) return;
  FmacArray array{.rows = experiment_.array.rows, .columns = experiment_.array.columns};
  array.group_size = precision.bfp.group.group_size;
  array.accumulation = precision.bfp.accumulation;
  // Products that a schedule computes again are not in these cycles.
  cycles_.emplace(make_training_graph(graph), array);
}

void TrainingRun::resume() {
  const std::filesystem::path file = folder_ / training_file::kCheckpoint;
  const auto bytes = read_whole(file);
  if (!bytes) return;
  TrainingState state = decode_checkpoint(*bytes, file.string());
  if (state.configuration != configuration_) {
    throw CheckpointError(fmt::format(
        "{}: belongs to another experiment, or to this one with other values; choose another "
        "folder, or remove the checkpoint",
        file.string()));
  }
  history_ = TrainingHistory::from_text(state.attachment, layers_);
  if (joint_) joint_->restore(state, static_cast<int>(history_.rounds.size()));
  engine_->restore(state);
  saved_ = state.iteration;
  if (bfp_ != nullptr) {
    bfp_->restore(history_.precisions, std::max<std::int64_t>(0, state.iteration - 1));
  }
}

bool TrainingRun::is_over() const {
  return engine_->iteration() == iterations_ && !(joint_ && joint_->is_due());
}

std::string TrainingRun::stage() const {
  if (!joint_) return "";
  if (joint_->done() == 0) return fmt::format("before round 1 of {}", joint_->rounds());
  const PruneRound& round = history_.rounds.back();
  const ColumnCombiningMethod& method = *experiment_.column_combining;
  const std::int64_t since = engine_->iteration() - round.iteration;
  const bool is_tuning =
      joint_->done() == joint_->rounds() && since >= method.retraining_epochs * epoch_iterations_;
  return is_tuning ? "fine tuning"
                   : fmt::format("round {} of {}", joint_->done(), joint_->rounds());
}

void TrainingRun::prune() {
  // Prune points lie between epochs, at the end of which the network has been tested.
  const TestResult before = history_.rows.empty() ? test(*engine_) : *history_.rows.back().test;
  PruneRound round = joint_->prune();
  round.before = before;
  round.after = test(*engine_);
  history_.rounds.push_back(round);
}

void TrainingRun::train_iteration() {
  const std::int64_t iteration = engine_->iteration();
  const std::int64_t epoch = iteration / epoch_iterations_;
  if (epoch != order_epoch_) {
    order_ = epoch_order(training_.count(), experiment_.training.seed, epoch);
    order_epoch_ = epoch;
  }
  const auto batch = static_cast<std::size_t>(experiment_.training.batch);
  const auto first = static_cast<std::size_t>(iteration % epoch_iterations_) * batch;
  const SampleBatch samples = make_batch(training_, std::span(order_).subspan(first, batch), batch);
  HistoryRow row{.iteration = iteration + 1,
                 .learning_rate = experiment_.training.learning_rate.at(iteration, iterations_,
                                                                        epoch_iterations_)};
  const LossResult result = engine_->train(samples.values, samples.labels, row.learning_rate);
  row.loss = result.loss;
  row.accuracy = static_cast<double>(result.correct) / static_cast<double>(batch);
  if (bfp_ != nullptr) {
    row.count = bfp_->count();
    row.cycles = cycles_->cycles(bfp_->precisions());
    history_.note_precisions(iteration, bfp_->precisions());
  }
  if (const ReversibleReport* report = engine_->reversible_report()) row.reversible = *report;
  if ((iteration + 1) % epoch_iterations_ == 0) row.test = test(*engine_);
  history_.rows.push_back(row);
  if (result.loss > experiment_.run.loss_limit) {
    throw TrainingError(fmt::format("iteration {}: the loss of {} exceeds run.loss_limit, {}",
                                    row.iteration, result.loss, experiment_.run.loss_limit));
  }
}

TestResult TrainingRun::test(TrainingEngine& engine) const {
  std::vector<std::size_t> which(test_.count());
  std::iota(which.begin(), which.end(), std::size_t{0});
  const std::size_t size = engine.batch();
  double loss = 0.0;
  std::int64_t correct = 0;
  for (std::size_t first = 0; first < which.size(); first += size) {
    const std::size_t count = std::min(size, which.size() - first);
    const SampleBatch batch = make_batch(test_, std::span(which).subspan(first, count), size);
    const LossResult result = engine.evaluate(batch.values, batch.labels, batch.counted);
    loss += result.loss * static_cast<double>(count);
    correct += result.correct;
  }
  const auto samples = static_cast<double>(which.size());
  return {loss / samples, static_cast<double>(correct) / samples};
}

void TrainingRun::save_checkpoint() {
  TrainingState state = engine_->state();
  state.configuration = configuration_;
  state.attachment = history_.to_text();
  if (joint_) joint_->save(state);
  write_durably(folder_ / training_file::kCheckpoint, encode_checkpoint(state));
  saved_ = state.iteration;
}

void TrainingRun::write_history() const {
  write_durably(folder_ / training_file::kHistory,
                history_.csv(epoch_iterations_, bfp_ != nullptr));
  if (bfp_ != nullptr && !history_.trace.is_empty()) {
    write_durably(folder_ / training_file::kTrace, history_.trace.csv());
  }
}

bool TrainingRun::run(const Observe& observe, const std::function<bool()>& stop_requested) {
  make_folder(folder_);
  const std::int64_t interval = experiment_.run.checkpoint_iterations > 0
                                    ? experiment_.run.checkpoint_iterations
                                    : epoch_iterations_;
  while (!is_over()) {
    if (stop_requested()) {
      save_checkpoint();
      write_history();
      return false;
    }
    try {
      if (joint_ && joint_->is_due()) {
        prune();
        save_checkpoint();
        continue;
      }
      train_iteration();
    } catch (const TrainingError& error) {
      write_history();
      throw TrainingError(
          fmt::format("{}; {}", error.what(),
                      saved_ == 0 ? "no checkpoint was written yet"
                                  : fmt::format("the checkpoint of iteration {} stays in {}",
                                                saved_, folder_.string())));
    }
    observe({.iteration = engine_->iteration(),
             .iterations = iterations_,
             .epoch_iterations = epoch_iterations_,
             .row = history_.rows.back(),
             .precisions = bfp_ != nullptr ? &bfp_->precisions() : nullptr,
             .rounds = history_.rounds});
    if (engine_->iteration() % interval == 0 || engine_->iteration() == iterations_) {
      save_checkpoint();
    }
  }
  return true;
}

nlohmann::ordered_json TrainingRun::result(const std::string& program) {
  // The same parameters in single precision are what other tools will see of the network.
  TrainingEngine exact(engine_->trained(), make_optimizer("sgd", {}),
                       std::make_unique<FloatProducts>(), threads_);
  return training_result({.experiment = experiment_,
                          .engine = *engine_,
                          .history = history_,
                          .epoch_iterations = epoch_iterations_,
                          .joint = joint_.get(),
                          .float_test = test(exact),
                          .high_cycles = cycles_ ? cycles_->high_cycles() : 0,
                          .training_samples = training_.count(),
                          .test_samples = test_.count(),
                          .program = program,
                          .configuration = configuration_});
}

void TrainingRun::write_results(const std::string& program) {
  write_history();
  if (bfp_ != nullptr) {
    write_durably(folder_ / training_file::kPicture,
                  staircase_picture(experiment_.name, history_.trace, iterations_).file());
  }
  write_durably(folder_ / training_file::kNetwork, write_onnx(engine_->trained()));
  if (joint_) {
    write_durably(folder_ / training_file::kPacked,
                  encode_weight_file(joint_->packed(engine_->trained())));
  }
  write_durably(folder_ / training_file::kExperiment, effective_training(experiment_));
  write_durably(folder_ / training_file::kResult, result(program).dump(2) + "\n");
}

}  // namespace systerm
