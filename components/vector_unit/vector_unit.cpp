// SPDX-License-Identifier: Apache-2.0
#include "components/vector_unit/vector_unit.h"

#include <algorithm>

#include "components/arithmetic/ceil_div.h"

namespace systerm {

VectorUnit::VectorUnit(const sc_core::sc_module_name& name, const Clock& clock,
                       const VectorUnitConfig& config, Fidelity fidelity)
    : HardwareUnit(name, clock), config_(config), fidelity_(fidelity), time_(keep_time_account()) {
  SC_HAS_PROCESS(VectorUnit);
  SC_THREAD(run);
  statistics_.add("busy_cycles", "cycle", "cycles the lanes worked", busy_cycles_);
  statistics_.add_event("words", "", "result words made", words_);
  statistics_.add_event("additions", "", "of two words", operations_.additions);
  statistics_.add_event("multiplications", "", "of two words", operations_.multiplications);
  statistics_.add_event("comparisons", "", "of two words", operations_.comparisons);
  statistics_.add_event("functions", "", "values of a function that is no straight line",
                        operations_.functions);
}

std::string VectorUnit::waiting_for() const {
  return working_ ? "sums or operands, or room for results" : "";
}

void VectorUnit::take_sums(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  pending_sums_ = payload.get_extension<SumTileExtension>();
  sums_arrived_.notify();
  sc_core::wait(sums_taken_);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void VectorUnit::run() {
  for (;;) {
    const auto& descriptor = descriptors.front();
    working_ = true;
    for (std::size_t i = 0; i < descriptor->outputs.size(); ++i) process(*descriptor, i);
    descriptors.pop();
    working_ = !descriptors.empty();
    if (!working_) time_.enter(TimeAccount::State::kIdle);
  }
}

void VectorUnit::process(const LayerDescriptor& layer, std::size_t output) {
  const OutputTile& tile = layer.outputs[output];
  time_.enter(TimeAccount::State::kStalled);
  if (layer.has_gemm()) {
    while (pending_sums_ == nullptr) sc_core::wait(sums_arrived_);
    if (pending_sums_->output != static_cast<std::int64_t>(output)) {
      SC_REPORT_ERROR("/systerm/vector_unit", "sums of another output tile arrived");
    }
  }
  const TileWork work = work_of(layer, output);
  const std::int64_t operand_cycles =
      work.operand_bytes > 0 ? read_operands(work.operand_bytes) : 0;
  const std::int64_t bytes = work.result_bytes;
  if (fidelity_ == Fidelity::kData) {
    result_bytes_.resize(static_cast<std::size_t>(bytes));
    run_vector_program(layer, tile,
                       layer.has_gemm() ? pending_sums_->sums : std::span<const std::int32_t>{},
                       operand_bytes_, result_bytes_);
  }
  busy_cycles_ += work.cycles;
  words_ += work.words;
  bytes_ += bytes;
  time_.enter(TimeAccount::State::kBusy);
  operations_ += work.operations;
  const std::int64_t cycles = std::max(operand_cycles, work.cycles) + config_.latency_cycles;
  worked({.activity = "process",
          .begin = sc_core::sc_time_stamp(),
          .end = sc_core::sc_time_stamp() + clock().time(cycles),
          .layer = layer.name,
          .item = "output tile",
          .number = static_cast<std::int64_t>(output)});
  wait_cycles(cycles);
  if (layer.has_gemm()) {
    pending_sums_ = nullptr;
    sums_taken_.notify();
  }
  if (work.operand_bytes > 0) release_operands();
  const sc_core::sc_time writing = write_results(bytes);
  worked({.activity = "write",
          .begin = sc_core::sc_time_stamp() - writing,
          .end = sc_core::sc_time_stamp(),
          .layer = layer.name,
          .item = "output tile",
          .number = static_cast<std::int64_t>(output)});
}

VectorUnit::TileWork VectorUnit::work_of(const LayerDescriptor& layer, std::size_t output) const {
  const auto rounds = [this](std::int64_t words) {
    return ceil_div(words, std::int64_t{config_.lanes});
  };
  if (layer.listed) {
    const ListedTile& tile = layer.listed->tiles[output];
    return {tile.words, tile.operands.bytes, tile.results.bytes,
            rounds(tile.word_passes) * config_.cycles_per_word, tile.operations};
  }
  const OutputTile& tile = layer.outputs[output];
  const std::int64_t words = layer.output_region(tile).elements();
  return {words, layer.uses_operands() ? layer.operand_bytes(tile) : 0,
          words * layer.output.element_bytes,
          rounds(words) * config_.cycles_per_word * vector_passes(layer),
          vector_operations(layer, tile)};
}

std::int64_t VectorUnit::read_operands(std::int64_t bytes) {
  operand_bytes_.resize(static_cast<std::size_t>(fidelity_ == Fidelity::kData ? bytes : 1));
  BlockExtension& block = operand_payload_.extension();
  block.sequence = operand_sequence_;
  block.action = BlockExtension::Action::kAccess;
  return clock().cycles(operand_buffer.transport(operand_payload_.prepare(
      tlm::TLM_READ_COMMAND, 0, operand_bytes_.data(), static_cast<std::uint64_t>(bytes))));
}

void VectorUnit::release_operands() {
  BlockExtension& block = operand_payload_.extension();
  block.sequence = operand_sequence_++;
  block.last_read_ended_at = sc_core::sc_time_stamp();
  block.action = BlockExtension::Action::kRelease;
  operand_buffer.transport(
      operand_payload_.prepare(tlm::TLM_IGNORE_COMMAND, 0, operand_bytes_.data(), 1));
}

sc_core::sc_time VectorUnit::write_results(std::int64_t bytes) {
  if (result_bytes_.empty()) result_bytes_.resize(1);
  BlockExtension& block = result_payload_.extension();
  block.sequence = result_sequence_++;
  block.action = BlockExtension::Action::kAccess;
  time_.enter(TimeAccount::State::kStalled);
  const sc_core::sc_time written = result_buffer.transport(result_payload_.prepare(
      tlm::TLM_WRITE_COMMAND, 0, result_bytes_.data(), static_cast<std::uint64_t>(bytes)));
  time_.enter(TimeAccount::State::kBusy);
  sc_core::wait(written);
  block.action = BlockExtension::Action::kComplete;
  result_buffer.transport(
      result_payload_.prepare(tlm::TLM_IGNORE_COMMAND, 0, result_bytes_.data(), 1));
  return written;
}

}  // namespace systerm
