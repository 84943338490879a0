// SPDX-License-Identifier: Apache-2.0
// One layer of a cross-layer pipeline, with an array of its own: takes words from the layers
// before, makes a word every word_cycles once its inputs are there, and sends it to every layer
// that reads it. Source: arXiv 1811.04770, cross-layer pipelining.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "components/pipeline/pipeline_config.h"
#include "components/pipeline/word_stream.h"
#include "components/transport/hardware_unit.h"

namespace systerm {

class PipelineStage final : public HardwareUnit {
 public:
  PipelineStage(const sc_core::sc_module_name& name, const Clock& clock,
                const PipelineStageConfig& config);

  /// The stream of the window; then streams of residual operands, taken word by word.
  void add_input(WordStream& stream) { inputs_.push_back(&stream); }
  void add_output(WordStream& stream) { outputs_.push_back(&stream); }

  std::string waiting_for() const override;
  std::int64_t busy_cycles() const { return busy_cycles_; }
  /// Cycle at which the first, and the last word was complete; -1 before.
  std::int64_t first_complete() const { return first_complete_; }
  std::int64_t last_complete() const { return last_complete_; }

 private:
  void run();

  const PipelineStageConfig config_;
  std::vector<WordStream*> inputs_;
  std::vector<WordStream*> outputs_;
  std::int64_t made_ = 0;
  std::int64_t busy_cycles_ = 0;
  std::int64_t first_complete_ = -1;
  std::int64_t last_complete_ = -1;
};

/// Sends the words of the network's input, one every word_cycles.
class PipelineSource final : public HardwareUnit {
 public:
  PipelineSource(const sc_core::sc_module_name& name, const Clock& clock, std::int64_t words,
                 std::int64_t word_cycles);

  void add_output(WordStream& stream) { outputs_.push_back(&stream); }
  std::string waiting_for() const override;

 private:
  void run();

  const std::int64_t words_;
  const std::int64_t word_cycles_;
  std::vector<WordStream*> outputs_;
  std::int64_t sent_ = 0;
};

}  // namespace systerm
