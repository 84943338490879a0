// SPDX-License-Identifier: Apache-2.0
#include "components/array/systolic_array.h"

#include <algorithm>
#include <cmath>

namespace systerm {

using sc_core::sc_time;
using sc_core::sc_time_stamp;

SystolicArray::SystolicArray(const sc_core::sc_module_name& name, const Clock& clock,
                             const ArrayConfig& config, Fidelity fidelity)
    : HardwareUnit(name, clock),
      config_(config),
      fidelity_(fidelity),
      cell_(make_cell(config.cell)) {
  SC_HAS_PROCESS(SystolicArray);
  SC_THREAD(run);
  statistics_.add("passes", "", "passes of vectors over the array", passes_);
  statistics_.add("macs", "", "multiply-accumulates of the network", macs_);
  statistics_.add("term_pairs", "", "term pairs that the operands hold", term_pairs_);
  statistics_.add("term_pair_bound", "", "term pairs that the beats allot", term_pair_bound_);
  statistics_.add("cell_cycles", "cycle", "cycles of cells with work", cell_cycles_);
  const CellCost cost = cell_->cost(config);
  cell_events_.resize(cost.events.size());
  for (std::size_t i = 0; i < cost.events.size(); ++i) {
    statistics_.add_event(cost.events[i].cost.event, "", cost.events[i].description,
                          cell_events_[i]);
  }
}

std::string SystolicArray::waiting_for() const {
  if (pending_ == nullptr) return {};
  return waiting_for_weights_ ? "weights in the cells" : "room in the accumulators";
}

void SystolicArray::take_weights(tlm::tlm_generic_payload& payload, sc_time&) {
  const auto* load = payload.get_extension<WeightTileExtension>();
  while (sets_taken_ >= config_.weight_sets) sc_core::wait(set_freed_);
  ++sets_taken_;
  wait_cycles(load->load_cycles);
  WeightSet& set = loaded_.emplace_back();
  set.block_completed_at = load->block_completed_at;
  set.stream_cycles = load->stream_cycles;
  if (fidelity_ == Fidelity::kData) {
    const Step& step = load->descriptor->steps[static_cast<std::size_t>(load->step)];
    const WeightTile& tile =
        load->descriptor->weight_tiles[static_cast<std::size_t>(step.weight_tile)];
    set.values.assign(load->values,
                      static_cast<std::size_t>(tile.slots * load->descriptor->row_values()),
                      static_cast<std::size_t>(tile.columns));
    set.terms.assign(load->terms.begin(), load->terms.end());
  }
  weights_loaded_.notify();
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void SystolicArray::take_data(tlm::tlm_generic_payload& payload, sc_time& delay) {
  pending_ = payload.get_extension<DataTileExtension>();
  data_arrived_.notify();
  sc_core::wait(pass_started_);
  delay = clock().time(stream_cycles_);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void SystolicArray::run() {
  for (;;) {
    while (pending_ == nullptr) sc_core::wait(data_arrived_);
    const sc_time data_arrived = sc_time_stamp();
    const DataTileExtension& tile = *pending_;
    const auto& steps = tile.descriptor->steps;
    const auto step_index = static_cast<std::size_t>(tile.step);
    const Step& step = steps[step_index];
    waiting_for_weights_ = true;
    while (loaded_.empty()) sc_core::wait(weights_loaded_);
    waiting_for_weights_ = false;
    account_wait(tile, data_arrived, sc_time_stamp());
    wait_for_sums(tile);

    if (fidelity_ == Fidelity::kData) compute(tile);
    const auto [cycles, results_after] = step_cycles(tile);
    if (step.completes_sums) {
      send_sums(tile, results_after);
      activity_.fill(ArrayCause::kOutput, clock().now());
    }
    count(tile, cycles);
    ++passes_;
    const bool keeps_weights =
        step_index + 1 < steps.size() && !steps[step_index + 1].loads_weights;
    stream_cycles_ = cycles.busy + cycles.source;
    activity_.add(ArrayCause::kBusy, cycles.busy);
    const std::int64_t conflicts = std::min(cycles.source, tile.conflict_cycles);
    activity_.add(ArrayCause::kEncoder, cycles.source - conflicts);
    activity_.add(ArrayCause::kBankConflict, conflicts);
    activity_.add(ArrayCause::kSkew, cycles.skew);
    worked({.activity = "pass",
            .begin = sc_time_stamp(),
            .end = sc_time_stamp() + clock().time(cycles.total()),
            .layer = tile.descriptor->name,
            .item = "step",
            .number = tile.step});
    pending_ = nullptr;
    pass_started_.notify();
    wait_cycles(cycles.total());
    if (!keeps_weights) {
      loaded_.pop_front();
      --sets_taken_;
      set_freed_.notify();
    }
  }
}

ProductStepCycles SystolicArray::step_cycles(const DataTileExtension& tile) {
  const LayerDescriptor& layer = *tile.descriptor;
  const ArrayProduct* product = layer.product();
  if (product == nullptr) {
    const PassCycles cycles = pass_cycles(tile);
    return {cycles, cycles.total()};
  }
  const auto index = static_cast<std::size_t>(tile.step);
  const Step& step = layer.steps[index];
  return product_pass(config_, *product, step,
                      layer.weight_tiles[static_cast<std::size_t>(step.weight_tile)],
                      index + 1 == layer.steps.size(), tile.vector_interval_cycles,
                      std::max(tile.source_cycles, loaded_.front().stream_cycles));
}

void SystolicArray::wait_for_sums(const DataTileExtension& tile) {
  const LayerDescriptor& layer = *tile.descriptor;
  if (layer.product() == nullptr) return;
  if (layer.steps[static_cast<std::size_t>(tile.step)].continues_sum) {
    const std::int64_t free_at = sum_begun_at_ + sum_return_cycles(config_, *layer.product());
    if (free_at > clock().now()) wait_cycles(free_at - clock().now());
    activity_.fill(ArrayCause::kSkew, clock().now());
  }
  sum_begun_at_ = clock().now();
}

const ArrayActivity& SystolicArray::activity_until_now(ArrayCause open_wait) {
  activity_.fill(open_wait, clock().now());
  return activity_;
}

void SystolicArray::account_wait(const DataTileExtension& tile, const sc_time& data_arrived,
                                 const sc_time& weights_arrived) {
  // Whichever operand came last is what the array waited for; its own history says why.
  activity_.fill(ArrayCause::kControl, clock().cycles(tile.descriptor_at));
  activity_.fill(ArrayCause::kDataMemory, clock().cycles(tile.block_completed_at));
  activity_.fill(ArrayCause::kEncoder, clock().cycles(data_arrived));
  activity_.fill(ArrayCause::kWeightMemory, clock().cycles(loaded_.front().block_completed_at));
  activity_.fill(ArrayCause::kWeightLoad, clock().cycles(weights_arrived));
}

std::vector<std::int64_t> SystolicArray::wavefront_beats(const DataTileExtension& tile) {
  const LayerDescriptor& layer = *tile.descriptor;
  const Step& step = layer.steps[static_cast<std::size_t>(tile.step)];
  const WeightTile& held = layer.weight_tiles[static_cast<std::size_t>(step.weight_tile)];
  std::vector<std::int64_t> beats(
      static_cast<std::size_t>(step.vectors + held.slots + held.columns - 2));
  if (fidelity_ == Fidelity::kData) {
    const auto pairs = wavefront_term_pairs(
        tile.terms, loaded_.front().terms, static_cast<std::size_t>(step.vectors),
        static_cast<std::size_t>(held.slots), static_cast<std::size_t>(held.columns),
        static_cast<std::size_t>(layer.row_values()));
    std::ranges::transform(pairs, beats.begin(), [&](std::uint32_t count) {
      return cell_->cycles_for_pairs(*layer.format, count);
    });
  } else {
    const PassShape shape{step.vectors, held.slots, held.columns};
    estimate_.set_distribution(layer.estimate.group_pairs);
    for (std::size_t beat = 0; beat < beats.size(); ++beat) {
      beats[beat] = cell_->cycles_for_pairs(
          *layer.format,
          estimate_.expected_maximum(cells_in_wavefront(shape, static_cast<std::int64_t>(beat))));
    }
  }
  return beats;
}

PassCycles SystolicArray::pass_cycles(const DataTileExtension& tile) {
  const LayerDescriptor& layer = *tile.descriptor;
  const Step& step = layer.steps[static_cast<std::size_t>(tile.step)];
  const WeightTile& held = layer.weight_tiles[static_cast<std::size_t>(step.weight_tile)];
  const bool output_stationary = config_.dataflow == Dataflow::kOutputStationary;
  PassShape shape{step.vectors, held.slots, held.columns};
  std::int64_t interval = tile.vector_interval_cycles;
  if (output_stationary) {
    // A beat takes the group of one slot from every vector: as many values as a vector has, shared
    // out anew.
    shape = {held.slots, step.vectors, held.columns};
    interval = (interval * step.vectors + held.slots - 1) / held.slots;
  }
  PassCycles cycles;
  if (waits_for_slowest()) {
    std::vector<std::int64_t> beats = wavefront_beats(tile);
    if (output_stationary) {
      for (std::size_t beat = 0; beat < carried_beats_.size(); ++beat) {
        if (beat < beats.size()) {
          beats[beat] = std::max(beats[beat], carried_beats_[beat]);
        } else {
          beats.push_back(carried_beats_[beat]);
        }
      }
      carried_beats_.clear();
      if (!step.completes_sums) {
        carried_beats_.assign(beats.begin() + held.slots, beats.end());
        beats.resize(static_cast<std::size_t>(held.slots));
      }
    }
    cycles = wavefront_pass(shape, beats, interval, cell_->output_latency_cycles());
  } else {
    cycles = synchronised_pass(config_, shape, cell_->beat_cycles(*layer.format), interval,
                               cell_->output_latency_cycles());
  }
  // The interval is rounded down; over all vectors the source takes what it takes.
  cycles.source =
      std::max(cycles.source, tile.source_cycles - tile.vector_interval_cycles - cycles.busy);
  if (output_stationary) {
    if (step.completes_sums) {
      cycles.skew += drain_cycles(shape.rows);
    } else {
      // The next part of the contraction follows at the same pace.
      cycles.skew = 0;
      cycles.source = std::max(cycles.source, shape.items * interval - cycles.busy);
    }
  }
  return cycles;
}

void SystolicArray::compute(const DataTileExtension& tile) {
  const LayerDescriptor& layer = *tile.descriptor;
  const Step& step = layer.steps[static_cast<std::size_t>(tile.step)];
  const WeightSet& set = loaded_.front();
  const auto vectors = static_cast<std::size_t>(step.vectors);
  const std::size_t columns = set.values.columns();
  const bool continues = tile.step > 0 && config_.dataflow == Dataflow::kOutputStationary &&
                         !layer.steps[static_cast<std::size_t>(tile.step) - 1].completes_sums;
  if (!continues) sums_buffer_.assign(vectors * columns, 0);
  try {
    gemm_accumulate(tile.values, vectors, set.values.depth(), set.values, sums_buffer_, columns);
  } catch (const AccumulatorOverflow& overflow) {
    SC_REPORT_ERROR("/systerm/array", ("layer '" + layer.name + "': " + overflow.what()).c_str());
  }
}

void SystolicArray::send_sums(const DataTileExtension& tile, std::int64_t cycles) {
  SumTileExtension& sum_tile = sums_payload_.extension();
  sum_tile.descriptor = tile.descriptor;
  sum_tile.step = tile.step;
  sum_tile.sums = sums_buffer_;
  const Step& step = tile.descriptor->steps[static_cast<std::size_t>(tile.step)];
  const WeightTile& held =
      tile.descriptor->weight_tiles[static_cast<std::size_t>(step.weight_tile)];
  sums.transport(
      sums_payload_.prepare(
          tlm::TLM_WRITE_COMMAND, 0, reinterpret_cast<unsigned char*>(sums_buffer_.data()),
          static_cast<std::uint64_t>(step.vectors) * static_cast<std::uint64_t>(held.columns) * 4),
      clock().time(cycles));
}

void SystolicArray::count(const DataTileExtension& tile, const PassCycles& cycles) {
  const LayerDescriptor& layer = *tile.descriptor;
  const Step& step = layer.steps[static_cast<std::size_t>(tile.step)];
  const WeightTile& held = layer.weight_tiles[static_cast<std::size_t>(step.weight_tile)];
  const std::int64_t products = held.products * step.vectors;
  const std::int64_t group_pairs = held.group_pairs * step.vectors;
  macs_ += products;
  term_pair_bound_ +=
      group_pairs * layer.format->weight_term_bound() * layer.format->data_term_bound();
  std::int64_t pairs = 0;
  if (fidelity_ == Fidelity::kData) {
    pairs = static_cast<std::int64_t>(
        total_term_pairs(tile.terms, loaded_.front().terms, static_cast<std::size_t>(step.vectors),
                         static_cast<std::size_t>(held.slots * layer.row_values()),
                         static_cast<std::size_t>(held.columns)));
  } else {
    pairs = std::llround(static_cast<double>(products) * layer.estimate.weight_terms *
                         layer.estimate.data_terms);
  }
  term_pairs_ += pairs;
  cell_cycles_ += waits_for_slowest() ? pairs : group_pairs * cell_->beat_cycles(*layer.format);
  count_cell_events(tile, pairs, cycles);
}

void SystolicArray::count_cell_events(const DataTileExtension& tile, std::int64_t pairs,
                                      const PassCycles& cycles) {
  const LayerDescriptor& layer = *tile.descriptor;
  const Step& step = layer.steps[static_cast<std::size_t>(tile.step)];
  const WeightTile& held = layer.weight_tiles[static_cast<std::size_t>(step.weight_tile)];
  const bool output_stationary = layer.product() != nullptr
                                     ? layer.product()->mode == FmacMode::kResultsHeld
                                     : config_.dataflow == Dataflow::kOutputStationary;
  CellWork work;
  work.group_pairs = held.group_pairs * step.vectors;
  work.products = held.products * step.vectors;
  work.term_pairs = pairs;
  // Every beat lasts as long as the first cell's share of the busy cycles.
  work.clocked_cycles =
      work.group_pairs * cycles.busy / (output_stationary ? held.slots : step.vectors);
  work.results = step.completes_sums ? std::int64_t{step.vectors} * held.columns : 0;
  cell_->count_events(*layer.format, work, cell_events_);
}

}  // namespace systerm
