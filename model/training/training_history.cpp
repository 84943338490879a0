// SPDX-License-Identifier: Apache-2.0
#include "model/training/training_history.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace systerm {

namespace {

using Json = nlohmann::json;

Json row_json(const HistoryRow& row) {
  const PassCount& count = row.count;
  Json json = {row.iteration,     row.learning_rate, row.loss,      row.accuracy, count.passes,
               count.high_passes, count.saturated,   count.flushed, row.cycles};
  if (row.test) {
    json.push_back(row.test->loss);
    json.push_back(row.test->accuracy);
  }
  if (row.reversible) {
    const ReversibleReport& report = *row.reversible;
    json.push_back({report.counts.wrapped, report.counts.saturated, report.compared,
                    report.differing, report.relative_error, report.retention.expired,
                    report.retention.flipped});
  }
  return json;
}

Json test_json(const TestResult& test) { return {test.loss, test.accuracy}; }

TestResult read_test(const Json& json) {
  return {json.at(0).get<double>(), json.at(1).get<double>()};
}

Json round_json(const PruneRound& round) {
  const SparsityCount& count = round.count;
  return {{"iteration", round.iteration},
          {"rate", round.rate},
          {"count",
           {count.weights, count.nonzeros, count.conflicts, count.columns, count.packed_columns,
            count.cells}},
          {"before", test_json(round.before)},
          {"after", test_json(round.after)}};
}

PruneRound read_round(const Json& json) {
  const Json& count = json.at("count");
  const auto number = [&](std::size_t i) { return count.at(i).get<std::int64_t>(); };
  return {.iteration = json.at("iteration").get<std::int64_t>(),
          .rate = json.at("rate").get<double>(),
          .count = {number(0), number(1), number(2), number(3), number(4), number(5)},
          .before = read_test(json.at("before")),
          .after = read_test(json.at("after"))};
}

std::string round_columns(const TrainingHistory& history, std::int64_t iteration) {
  const PruneRound* const round = history.round_of(iteration);
  if (round == nullptr) return ",0,,,";
  return fmt::format(",{},{},{},{}", round - history.rounds.data() + 1, round->count.nonzeros,
                     round->count.packed_columns, round->count.efficiency());
}

HistoryRow read_row(const Json& json) {
  HistoryRow row{.iteration = json.at(0).get<std::int64_t>(),
                 .learning_rate = json.at(1).get<double>(),
                 .loss = json.at(2).get<double>(),
                 .accuracy = json.at(3).get<double>(),
                 .count = {.passes = json.at(4).get<std::int64_t>(),
                           .high_passes = json.at(5).get<std::int64_t>(),
                           .saturated = json.at(6).get<std::int64_t>(),
                           .flushed = json.at(7).get<std::int64_t>()},
                 .cycles = json.at(8).get<std::int64_t>()};
  const bool is_reversible = json.back().is_array();
  if (is_reversible) {
    const Json& report = json.back();
    row.reversible = ReversibleReport{.counts = {.wrapped = report.at(0).get<std::uint64_t>(),
                                                 .saturated = report.at(1).get<std::uint64_t>()},
                                      .compared = report.at(2).get<std::uint64_t>(),
                                      .differing = report.at(3).get<std::uint64_t>(),
                                      .relative_error = report.at(4).get<double>(),
                                      .retention = {.expired = report.at(5).get<std::uint64_t>(),
                                                    .flipped = report.at(6).get<std::uint64_t>()}};
  }
  if (json.size() > (is_reversible ? 10U : 9U)) {
    row.test = TestResult{json.at(9).get<double>(), json.at(10).get<double>()};
  }
  return row;
}

}  // namespace

SparsityCount& SparsityCount::operator+=(const SparsityCount& other) {
  weights += other.weights;
  nonzeros += other.nonzeros;
  conflicts += other.conflicts;
  columns += other.columns;
  packed_columns += other.packed_columns;
  cells += other.cells;
  return *this;
}

const PruneRound* TrainingHistory::round_of(std::int64_t iteration) const {
  const auto later = std::ranges::lower_bound(rounds, iteration, {}, &PruneRound::iteration);
  return later == rounds.begin() ? nullptr : &*(later - 1);
}

void TrainingHistory::note_precisions(std::int64_t iteration,
                                      const std::vector<LayerPrecision>& in_force) {
  precisions = in_force;
  for (std::size_t layer = 0; layer < in_force.size(); ++layer) {
    trace.add(layer, iteration, in_force[layer]);
  }
}

PassCount TrainingHistory::total() const {
  PassCount total;
  for (const HistoryRow& row : rows) total += row.count;
  return total;
}

ReversibleReport TrainingHistory::total_reversible() const {
  ReversibleReport total;
  for (const HistoryRow& row : rows) {
    if (!row.reversible) continue;
    total.counts += row.reversible->counts;
    total.compared += row.reversible->compared;
    total.differing += row.reversible->differing;
    total.retention.expired += row.reversible->retention.expired;
    total.retention.flipped += row.reversible->retention.flipped;
    total.relative_error = std::max(total.relative_error, row.reversible->relative_error);
  }
  return total;
}

std::int64_t TrainingHistory::total_cycles() const {
  std::int64_t total = 0;
  for (const HistoryRow& row : rows) total += row.cycles;
  return total;
}

std::string TrainingHistory::csv(std::int64_t epoch_iterations, bool has_precision) const {
  std::string text =
      "iteration,epoch,learning_rate,loss,accuracy,test_loss,test_accuracy,passes,high_passes,"
      "saturated,flushed,cycles";
  const bool is_reversible = !rows.empty() && rows.front().reversible.has_value();
  if (is_reversible) text += ",stream_wrapped,stream_saturated,compared,differing,expired,flipped";
  if (!rounds.empty()) text += ",round,nonzeros,packed_columns,efficiency";
  text += '\n';
  for (const HistoryRow& row : rows) {
    text +=
        fmt::format("{},{},{},{},{},", row.iteration, (row.iteration - 1) / epoch_iterations + 1,
                    row.learning_rate, row.loss, row.accuracy);
    text += row.test ? fmt::format("{},{},", row.test->loss, row.test->accuracy) : ",,";
    const PassCount& count = row.count;
    text += has_precision ? fmt::format("{},{},{},{},{}", count.passes, count.high_passes,
                                        count.saturated, count.flushed, row.cycles)
                          : ",,,,";
    if (row.reversible) {
      const ReversibleReport& report = *row.reversible;
      text += fmt::format(",{},{},{},{},{},{}", report.counts.wrapped, report.counts.saturated,
                          report.compared, report.differing, report.retention.expired,
                          report.retention.flipped);
    }
    if (!rounds.empty()) text += round_columns(*this, row.iteration);
    text += '\n';
  }
  return text;
}

std::string TrainingHistory::to_text() const {
  Json rows_json = Json::array();
  for (const HistoryRow& row : rows) rows_json.push_back(row_json(row));
  Json rounds_json = Json::array();
  for (const PruneRound& round : rounds) rounds_json.push_back(round_json(round));
  return Json{{"rows", std::move(rows_json)},
              {"rounds", std::move(rounds_json)},
              {"trace", trace.is_empty() ? "" : trace.csv()},
              {"precisions", precisions}}
      .dump();
}

TrainingHistory TrainingHistory::from_text(std::string_view text,
                                           const std::vector<std::string>& layers) {
  TrainingHistory history(layers);
  try {
    const Json json = Json::parse(text);
    for (const Json& row : json.at("rows")) history.rows.push_back(read_row(row));
    for (const Json& round : json.at("rounds")) history.rounds.push_back(read_round(round));
    const auto trace = json.at("trace").get<std::string>();
    if (!trace.empty()) history.trace = parse_precision_trace(trace, "trace", layers);
    history.precisions = json.at("precisions").get<std::vector<LayerPrecision>>();
  } catch (const Json::exception& error) {
    throw std::runtime_error(fmt::format("the history cannot be read: {}", error.what()));
  }
  if (history.precisions.size() != layers.size()) {
    throw std::runtime_error("the history is that of another network");
  }
  return history;
}

}  // namespace systerm
