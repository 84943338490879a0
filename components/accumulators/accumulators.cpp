// SPDX-License-Identifier: Apache-2.0
#include "components/accumulators/accumulators.h"

#include <algorithm>

namespace systerm {

using sc_core::sc_time;
using sc_core::sc_time_stamp;

Accumulators::Accumulators(const sc_core::sc_module_name& name, const Clock& clock,
                           const AccumulatorsConfig& config, Fidelity fidelity)
    : HardwareUnit(name, clock), config_(config), fidelity_(fidelity), time_(keep_time_account()) {
  SC_HAS_PROCESS(Accumulators);
  SC_THREAD(run);
  statistics_.add("tiles", "", "output tiles completed", tiles_completed_);
  statistics_.add_event("additions", "", "partial sums added", additions_);
  statistics_.add_event("sums_delivered", "", "sums handed to the vector unit", sums_delivered_);
}

std::string Accumulators::waiting_for() const {
  if (tiles_.empty()) return {};
  return tiles_.front().complete ? "the vector unit" : "further partial sums of an open tile";
}

void Accumulators::take_sums(tlm::tlm_generic_payload& payload, sc_time& delay) {
  const auto& incoming = *payload.get_extension<SumTileExtension>();
  const Step& step = incoming.descriptor->steps[static_cast<std::size_t>(incoming.step)];
  if (step.opens_output) open(incoming, step);
  add(incoming, step);
  time_.work_until(sc_time_stamp() + delay);
  if (step.completes_output) {
    Tile& tile = tiles_.back();
    tile.complete = true;
    tile.complete_at = sc_time_stamp() + delay;
    ++tiles_completed_;
    tile_complete_.notify();
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void Accumulators::open(const SumTileExtension& incoming, const Step& step) {
  while (tiles_.size() >= static_cast<std::size_t>(config_.slots)) sc_core::wait(slot_freed_);
  const std::int64_t size = incoming.descriptor->output_sums(static_cast<std::size_t>(step.output));
  if (size > slot_sums(config_)) {
    SC_REPORT_ERROR("/systerm/accumulators", "an output tile is larger than a slot");
  }
  time_.enter(TimeAccount::State::kStalled);
  ++tiles_opened_;
  sums_taken_ += size;
  Tile& tile = tiles_.emplace_back();
  tile.descriptor = incoming.descriptor;
  tile.output = step.output;
  tile.opened_at = sc_time_stamp();
  if (fidelity_ == Fidelity::kData) tile.sums.assign(static_cast<std::size_t>(size), 0);
}

void Accumulators::add(const SumTileExtension& incoming, const Step& step) {
  const LayerDescriptor& layer = *incoming.descriptor;
  const WeightTile& weights = layer.weight_tiles[static_cast<std::size_t>(step.weight_tile)];
  additions_ += std::int64_t{step.vectors} * weights.columns;
  if (fidelity_ == Fidelity::kTiming) return;
  const OutputTile& output = layer.outputs[static_cast<std::size_t>(step.output)];
  const auto columns = static_cast<std::size_t>(weights.columns);
  const auto filters = static_cast<std::size_t>(output.filters);
  const auto first = static_cast<std::size_t>(weights.filter_begin - output.filter_begin);
  Tile& tile = tiles_.back();
  bool overflow = false;
  for (std::size_t v = 0; v < static_cast<std::size_t>(step.vectors); ++v) {
    const std::int32_t* from = incoming.sums.data() + v * columns;
    std::int32_t* to =
        tile.sums.data() + (static_cast<std::size_t>(step.vector_begin) + v) * filters + first;
    std::int32_t signs = 0;
    for (std::size_t c = 0; c < columns; ++c) {
      const auto a = static_cast<std::uint32_t>(to[c]);
      const auto b = static_cast<std::uint32_t>(from[c]);
      const std::uint32_t sum = a + b;
      // Two operands of one sign gave the other sign.
      signs |= static_cast<std::int32_t>((a ^ sum) & (b ^ sum));
      to[c] = static_cast<std::int32_t>(sum);
    }
    overflow |= signs < 0;
  }
  if (overflow) {
    SC_REPORT_ERROR("/systerm/accumulators",
                    ("layer '" + layer.name + "': a sum left the 32-bit range").c_str());
  }
}

void Accumulators::run() {
  for (;;) {
    while (tiles_.empty() || !tiles_.front().complete) sc_core::wait(tile_complete_);
    Tile& tile = tiles_.front();
    if (tile.complete_at > sc_time_stamp()) sc_core::wait(tile.complete_at - sc_time_stamp());
    SumTileExtension& result = result_payload_.extension();
    result.descriptor = tile.descriptor;
    result.output = tile.output;
    result.sums = tile.sums;
    const std::int64_t count = tile.descriptor->output_sums(static_cast<std::size_t>(tile.output));
    results.transport(result_payload_.prepare(
        tlm::TLM_WRITE_COMMAND, 0, reinterpret_cast<unsigned char*>(tile.sums.data()),
        static_cast<std::uint64_t>(count) * sizeof(std::int32_t)));
    sums_delivered_ += count;
    worked({.activity = "hold",
            .begin = tile.opened_at,
            .end = sc_time_stamp(),
            .part = "slot",
            .part_number = tiles_sent_++ % config_.slots,
            .layer = tile.descriptor->name,
            .item = "output tile",
            .number = tile.output});
    tiles_.pop_front();
    if (tiles_.empty()) time_.enter(TimeAccount::State::kIdle);
    slot_freed_.notify();
  }
}

}  // namespace systerm
