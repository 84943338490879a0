// SPDX-License-Identifier: Apache-2.0
// systerm train: trains a network in a chosen arithmetic, with checkpoints.
#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <signal.h>

#include "model/cli/commands.h"
#include "model/cli/program.h"
#include "model/cli/progress_line.h"
#include "model/cli/stop_signals.h"
#include "model/cli/table.h"
#include "model/cli/vocabulary.h"
#include "model/training/load_training.h"
#include "model/training/training_run.h"
#include "workloads/execution/worker_threads.h"

namespace systerm {

namespace {

using Json = nlohmann::ordered_json;

struct TrainArguments {
  std::string experiment;
  std::string out;
  std::vector<std::string> overrides;
  std::size_t threads = 0;
  bool json = false;
};

/// "W 224 A 244 G 444": mantissa bits by layer.
std::string precision_map(const std::vector<LayerPrecision>& precisions) {
  std::string text;
  for (const OperandKind kind : kAllOperandKinds) {
    const char letter = static_cast<char>(to_string(kind).front() - 'a' + 'A');
    text += fmt::format("{}{} ", text.empty() ? "" : " ", letter);
    for (const LayerPrecision& layer : precisions) text += std::to_string(layer[index(kind)]);
  }
  return text;
}

/// "12,345 weights in 67 columns of 200, 89.1 % dense": what a round of column combining leaves.
std::string sparsity_text(const SparsityCount& count) {
  return fmt::format("{} weights in {} columns of {}, {:.1f} % dense", grouped(count.nonzeros),
                     grouped(count.packed_columns), grouped(count.columns),
                     100.0 * count.efficiency());
}

/// One line an epoch and a prune point, and on a terminal one that moves with the iterations.
class Reporter {
 public:
  Reporter(const TrainingRun& run, bool prints_lines)
      : begin_(run.done()), rounds_(run.history().rounds.size()), prints_lines_(prints_lines) {
    line_.show(0.0, "training");
  }

  void operator()(const TrainingProgress& progress) {
    const HistoryRow& row = progress.row;
    const std::string map =
        progress.precisions != nullptr ? "  " + precision_map(*progress.precisions) : "";
    print_rounds(progress.rounds);
    if (row.test) {
      print(fmt::format("epoch {} of {}: loss {:.4f}, test accuracy {:.2f} %{}\n",
                        progress.iteration / progress.epoch_iterations,
                        progress.iterations / progress.epoch_iterations, row.loss,
                        100.0 * row.test->accuracy, map));
    }
    const std::string round =
        rounds_ == 0
            ? ""
            : fmt::format("round {}, {}, ", rounds_, sparsity_text(progress.rounds.back().count));
    const auto done = static_cast<double>(progress.iteration - begin_);
    const auto all = static_cast<double>(progress.iterations - begin_);
    line_.show(done / all, fmt::format("iteration {} of {}, {}loss {:.4f}, accuracy {:.1f} %{}",
                                       progress.iteration, progress.iterations, round, row.loss,
                                       100.0 * row.accuracy, map));
  }

  /// Prune points that were not reported yet.
  void print_rounds(std::span<const PruneRound> rounds) {
    for (; rounds_ < rounds.size(); ++rounds_) {
      const PruneRound& round = rounds[rounds_];
      print(fmt::format("round {}: {}; accuracy {:.2f} %, before {:.2f} %\n", rounds_ + 1,
                        sparsity_text(round.count), 100.0 * round.after.accuracy,
                        100.0 * round.before.accuracy));
    }
  }

 private:
  void print(const std::string& text) {
    line_.show(1.0, "");
    if (!prints_lines_) return;
    fmt::print("{}", text);
    std::fflush(stdout);
  }

  ProgressLine line_;
  std::int64_t begin_;
  std::size_t rounds_;
  bool prints_lines_;
};

std::string rounds_text(const Json& document) {
  const Json& combining = document["column_combining"];
  Table table({{"round"},
               {"rate"},
               {"weights"},
               {"columns"},
               {"dense"},
               {"before"},
               {"after"},
               {"retrained"}});
  const auto percent = [](double share) { return fmt::format("{:.2f} %", 100.0 * share); };
  const auto accuracy = [&](const Json& test) {
    return test.is_null() ? std::string("-") : percent(test["test_accuracy"].get<double>());
  };
  for (const Json& round : combining["rounds"]) {
    table.add_row({std::to_string(round["round"].get<int>()), percent(round["rate"].get<double>()),
                   grouped(round["nonzeros"].get<std::int64_t>()),
                   grouped(round["packed_columns"].get<std::int64_t>()),
                   percent(round["efficiency"].get<double>()), accuracy(round["before"]),
                   accuracy(round["after"]), accuracy(round["retrained"])});
  }
  return fmt::format("\n{}{} of {} weights are left, in {} columns instead of {}\n", table.text(),
                     grouped(combining["nonzeros"].get<std::int64_t>()),
                     grouped(combining["weights"].get<std::int64_t>()),
                     grouped(combining["packed_columns"].get<std::int64_t>()),
                     grouped(combining["columns"].get<std::int64_t>()));
}

std::string result_text(const Json& document, const std::string& folder) {
  const auto percent = [&](const char* key) {
    return fmt::format("{:.2f} %", 100.0 * document[key].get<double>());
  };
  std::string text = document.contains("column_combining") ? rounds_text(document) : "";
  text += fmt::format("\n{} test samples: accuracy {}, in single precision {}\n",
                      grouped(document["test_samples"].get<std::int64_t>()),
                      percent("test_accuracy"), percent("float_test_accuracy"));
  if (document.contains("passes")) {
    text += fmt::format("{} passes, {:.2f} times fewer than always with 4 mantissa bits\n",
                        grouped(document["passes"].get<std::int64_t>()),
                        document["pass_gain"].get<double>());
    text += fmt::format(
        "{} cycles of the products on {} x {} fMACs (closed form), {:.2f} times fewer\n",
        grouped(document["cycles"].get<std::int64_t>()),
        document["array"]["rows"].get<std::int64_t>(),
        document["array"]["columns"].get<std::int64_t>(), document["cycle_gain"].get<double>());
  }
  if (document.contains("reversible")) {
    const Json& reversible = document["reversible"];
    text += fmt::format(
        "schedule {}: activations of {} elements, {} MACs an iteration computed again\n"
        "streams in {}: {} of {} values reconstructed otherwise, {} wrapped, {} saturated\n",
        reversible["schedule"].get<std::string>(),
        grouped(reversible["activation_elements"].get<std::int64_t>()),
        grouped(reversible["macs_again"].get<std::int64_t>()),
        reversible["stream"].get<std::string>(),
        grouped(reversible["differing"].get<std::int64_t>()),
        grouped(reversible["compared"].get<std::int64_t>()),
        grouped(reversible["wrapped"].get<std::int64_t>()),
        grouped(reversible["saturated"].get<std::int64_t>()));
  }
  return text + fmt::format("results are in {}\n", folder);
}

void train(const TrainArguments& arguments) {
  const std::vector<std::string> networks = known_networks();
  const TrainingExperiment experiment =
      load_training(arguments.experiment, networks, arguments.overrides);
  const std::string folder = arguments.out.empty() ? "training/" + experiment.name : arguments.out;
  const std::size_t threads = arguments.threads == 0 ? hardware_threads() : arguments.threads;
  TrainingRun run(experiment, folder, threads);
  if (!arguments.json && run.done() > 0) {
    const std::string stage = run.stage().empty() ? "" : fmt::format(", {}", run.stage());
    fmt::print("continuing after iteration {} of {}{}\n", run.done(), run.iterations(), stage);
  }
  const StopSignals signals("\nstopping after this iteration; once more to stop at once\n");
  Reporter report(run, !arguments.json);
  const bool is_complete = run.run([&](const TrainingProgress& progress) { report(progress); },
                                   [&] { return signals.let_in(); });
  if (!is_complete) {
    throw std::runtime_error(
        fmt::format("stopped after iteration {} of {}; the same command continues from {}",
                    run.done(), run.iterations(), folder));
  }
  report.print_rounds(run.history().rounds);
  run.write_results(program_name());
  const Json document = run.result(program_name());
  fmt::print("{}", arguments.json ? document.dump(2) + "\n" : result_text(document, folder));
}

}  // namespace

void add_train_command(CLI::App& app) {
  auto arguments = std::make_shared<TrainArguments>();
  CLI::App* command =
      app.add_subcommand("train", "Train a network in FP32 or in block floating point");
  command->add_option("experiment", arguments->experiment, "Training experiment (.yaml)")
      ->required();
  command->add_option("--out", arguments->out,
                      "Folder for checkpoint and results; training/NAME unless given");
  command->add_option("--set", arguments->overrides, "Value over a key, KEY.PATH=VALUE; repeatable")
      ->allow_extra_args(false);
  command->add_option("--threads", arguments->threads,
                      "Threads; 0 for all cores. Results do not depend on them");
  command->add_flag("--json", arguments->json, "Print result.json instead of a summary");
  command->footer(
      "A run that was stopped or killed continues from its last checkpoint, to the same bits, by\n"
      "the same command.\n"
      "Examples:\n"
      "  systerm train configs/training/digits_adaptive.yaml\n"
      "  systerm train configs/training/mnist_mlp_fp32.yaml --out results/mlp "
      "--set training.epochs=3\n"
      "  systerm train configs/training/digits_combined.yaml  # column combining while training\n"
      "Files: result.json, history.csv, precision_trace.csv, precision.svg, network.onnx,\n"
      "packed.npz, experiment.yaml, checkpoint; see docs/training.md.");
  command->callback([arguments] { train(*arguments); });
}

}  // namespace systerm
