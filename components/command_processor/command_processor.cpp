// SPDX-License-Identifier: Apache-2.0
#include "components/command_processor/command_processor.h"

#include <fmt/core.h>

namespace systerm {

CommandProcessor::CommandProcessor(const sc_core::sc_module_name& name, const Clock& clock,
                                   const CommandProcessorConfig& config, Program program,
                                   LayerObserver observer)
    : HardwareUnit(name, clock),
      config_(config),
      program_(std::move(program)),
      observer_(std::move(observer)) {
  SC_HAS_PROCESS(CommandProcessor);
  SC_THREAD(run);
  statistics_.add("precision_switches", "", "changes of precision between layers", switches_);
  statistics_.add("switch_cycles", "cycle", "cycles of register writes", switch_cycles_);
}

std::string CommandProcessor::waiting_for() const {
  if (completed_ == program_.size()) return {};
  return fmt::format("the end of layer '{}'", program_[completed_]->name);
}

void CommandProcessor::take_completion(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  const std::int64_t layer = payload.get_extension<CompletionExtension>()->layer;
  if (layer != program_[completed_]->layer) {
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    return;
  }
  observer_(*program_[completed_]);
  ++completed_;
  layer_completed_.notify();
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void CommandProcessor::send(Socket& unit,
                            const std::shared_ptr<const LayerDescriptor>& descriptor) {
  worked({.activity = "descriptor",
          .begin = sc_core::sc_time_stamp(),
          .end = sc_core::sc_time_stamp() + clock().time(config_.descriptor_cycles),
          .layer = descriptor->name});
  wait_cycles(config_.descriptor_cycles);
  unsigned char word = 0;
  descriptor_payload_.extension().descriptor = descriptor;
  unit.transport(descriptor_payload_.prepare(tlm::TLM_WRITE_COMMAND, 0, &word, 1));
}

void CommandProcessor::prefetch_weights(std::size_t layer) {
  if (layer >= program_.size() || !program_[layer]->has_gemm()) return;
  send(weight_dma, program_[layer]);
  send(weight_loader, program_[layer]);
}

void CommandProcessor::run() {
  prefetch_weights(0);
  for (std::size_t i = 0; i < program_.size(); ++i) {
    const auto& descriptor = program_[i];
    if (descriptor->has_gemm()) {
      write_registers(*descriptor);
      send(data_dma, descriptor);
      send(encoder, descriptor);
    }
    if (descriptor->uses_operands()) send(operand_dma, descriptor);
    send(vector_unit, descriptor);
    send(store_dma, descriptor);
    prefetch_weights(i + 1);
    while (completed_ <= i) sc_core::wait(layer_completed_);
  }
}

void CommandProcessor::write_registers(const LayerDescriptor& layer) {
  const PrecisionSettings& settings = layer.settings;
  if (registers_written_ && settings == written_) return;
  const sc_core::sc_time begin = sc_core::sc_time_stamp();
  for (const PrecisionRegister reg : {PrecisionRegister::kGroup, PrecisionRegister::kData}) {
    std::uint32_t word = register_word(reg, settings);
    if (registers_written_ && word == register_word(reg, written_)) continue;
    register_payload_.set_command(tlm::TLM_WRITE_COMMAND);
    register_payload_.set_address(static_cast<std::uint64_t>(reg));
    register_payload_.set_data_ptr(reinterpret_cast<unsigned char*>(&word));
    register_payload_.set_data_length(sizeof word);
    register_payload_.set_streaming_width(sizeof word);
    register_payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    sc_core::wait(registers.transport(register_payload_));
  }
  written_ = settings;
  registers_written_ = true;
  ++switches_;
  switch_cycles_ += clock().cycles(sc_core::sc_time_stamp() - begin);
  worked({.activity = "registers",
          .begin = begin,
          .end = sc_core::sc_time_stamp(),
          .layer = layer.name});
}

}  // namespace systerm
