// SPDX-License-Identifier: Apache-2.0
#include "components/pipeline/pipeline_stage.h"

#include <algorithm>

namespace systerm {

PipelineStage::PipelineStage(const sc_core::sc_module_name& name, const Clock& clock,
                             const PipelineStageConfig& config)
    : HardwareUnit(name, clock), config_(config) {
  SC_HAS_PROCESS(PipelineStage);
  SC_THREAD(run);
  statistics_.add("words", "", "output words made", made_);
  statistics_.add("busy_cycles", "cycle", "cycles in which the array takes words", busy_cycles_);
}

std::string PipelineStage::waiting_for() const {
  return made_ == config_.output.words() ? "" : "words, or room in a stream";
}

void PipelineStage::run() {
  const std::int64_t latency = config_.fill == FillModel::kRowBuffer ? config_.result_cycles : 0;
  for (std::int64_t word = 0; word < config_.output.words(); ++word) {
    inputs_.front()->take_until(last_input_word(config_, word));
    const sc_core::sc_time from_array =
        sc_core::sc_time_stamp() + clock().time(config_.word_cycles + latency);
    wait_cycles(config_.word_cycles);
    // Residual operands meet the result behind the array.
    for (std::size_t operand = 1; operand < inputs_.size(); ++operand) {
      inputs_[operand]->take_until(word);
    }
    const sc_core::sc_time complete = std::max(from_array, sc_core::sc_time_stamp());
    if (first_complete_ < 0) first_complete_ = clock().cycles(complete);
    last_complete_ = clock().cycles(complete);
    for (WordStream* stream : outputs_) stream->send(complete);
    ++made_;
    busy_cycles_ += config_.word_cycles;
  }
  // Words past the last window, which strides leave over.
  inputs_.front()->take_until(config_.input.words() - 1);
}

PipelineSource::PipelineSource(const sc_core::sc_module_name& name, const Clock& clock,
                               std::int64_t words, std::int64_t word_cycles)
    : HardwareUnit(name, clock), words_(words), word_cycles_(word_cycles) {
  SC_HAS_PROCESS(PipelineSource);
  SC_THREAD(run);
}

std::string PipelineSource::waiting_for() const {
  return sent_ == words_ ? "" : "room in a stream";
}

void PipelineSource::run() {
  while (sent_ < words_) {
    wait_cycles(word_cycles_);
    for (WordStream* stream : outputs_) stream->send(sc_core::sc_time_stamp());
    ++sent_;
  }
}

}  // namespace systerm
