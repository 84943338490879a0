// SPDX-License-Identifier: Apache-2.0
#include "components/command_processor/command_processor.h"

#include <fmt/core.h>

namespace systerm {

CommandProcessor::CommandProcessor(const sc_core::sc_module_name& name, const Clock& clock,
                                   const CommandProcessorConfig& config, std::size_t core,
                                   std::size_t cores, Program program, Observer observer)
    : HardwareUnit(name, clock),
      config_(config),
      core_(core),
      program_(std::move(program)),
      observer_(std::move(observer)),
      known_at_(cores) {
  notifications.register_b_transport(this, &CommandProcessor::take_notification);
  SC_HAS_PROCESS(CommandProcessor);
  SC_THREAD(run);
  statistics_.add_event("descriptors_sent", "", "descriptors handed to units", descriptors_sent_);
  statistics_.add("precision_switches", "", "changes of precision between layers", switches_);
  statistics_.add("switch_cycles", "cycle", "cycles of register writes", switch_cycles_);
  if (cores > 1) {
    for (std::size_t peer = 0; peer < cores; ++peer) {
      auto& socket = peers_.emplace_back();
      if (peer != core) socket = std::make_unique<Socket>(fmt::format("to_core{}", peer).c_str());
    }
    statistics_.add("cycles_for_other_cores", "cycle",
                    "cycles that commands waited for other cores", waits_for_cores_);
  }
}

void CommandProcessor::notify(std::size_t core, CommandProcessor& processor) {
  peers_[core]->bind(processor.notifications);
}

std::string CommandProcessor::waiting_for() const {
  if (completed_ == program_.size()) return {};
  const std::string& layer = program_[completed_].layer->name;
  if (blocked_by_ != nullptr) {
    return fmt::format("core {} to complete {} layers, before layer '{}'", blocked_by_->core,
                       blocked_by_->commands, layer);
  }
  return fmt::format("the end of layer '{}'", layer);
}

std::vector<Flow> CommandProcessor::flows() const {
  return {{"layers", static_cast<std::int64_t>(program_.size()),
           static_cast<std::int64_t>(completed_)}};
}

void CommandProcessor::take_completion(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  const std::int64_t layer = payload.get_extension<CompletionExtension>()->layer;
  if (completed_ == program_.size() || layer != program_[completed_].layer->layer) {
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    return;
  }
  if (observer_.completed) observer_.completed(core_, program_[completed_]);
  ++completed_;
  unsigned char word = 0;
  for (const auto& peer : peers_) {
    if (!peer) continue;
    CompletionExtension& completion = notification_payload_.extension();
    completion.layer = layer;
    completion.core = core_;
    peer->transport(notification_payload_.prepare(tlm::TLM_WRITE_COMMAND, 0, &word, 1));
  }
  layer_completed_.notify();
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void CommandProcessor::take_notification(int, tlm::tlm_generic_payload& payload,
                                         sc_core::sc_time&) {
  const std::size_t core = payload.get_extension<CompletionExtension>()->core;
  known_at_[core].push_back(sc_core::sc_time_stamp() + clock().time(config_.notification_cycles));
  notified_.notify();
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void CommandProcessor::wait_until_ready(const Command& command) {
  const std::int64_t begin = clock().now();
  for (const Condition& condition : command.after) {
    const auto& known_at = known_at_[condition.core];
    blocked_by_ = &condition;
    while (known_at.size() < condition.commands) sc_core::wait(notified_);
    blocked_by_ = nullptr;
    const sc_core::sc_time until = clock().until_edge(known_at[condition.commands - 1]);
    if (until != sc_core::SC_ZERO_TIME) sc_core::wait(until);
  }
  waits_for_cores_ += clock().now() - begin;
  if (observer_.ready) observer_.ready(core_, command);
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
  ++descriptors_sent_;
}

void CommandProcessor::prefetch_weights(std::size_t position) {
  if (position >= program_.size()) return;
  const LayerDescriptor& layer = *program_[position].layer;
  // A second operand is there when the layers before are complete.
  if (layer.loads_weights_ahead()) load_weights(position);
}

void CommandProcessor::load_weights(std::size_t position) {
  send(weight_dma, program_[position].layer);
  send(weight_loader, program_[position].layer);
}

void CommandProcessor::run() {
  prefetch_weights(0);
  for (std::size_t i = 0; i < program_.size(); ++i) {
    if (!program_[i].after.empty()) wait_until_ready(program_[i]);
    const auto& descriptor = program_[i].layer;
    if (descriptor->has_gemm() && !descriptor->loads_weights_ahead()) load_weights(i);
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
  for (const PrecisionRegister reg :
       {PrecisionRegister::kGroup, PrecisionRegister::kData, PrecisionRegister::kProduct}) {
    std::uint32_t word = register_word(reg, settings);
    // kProduct is 0 after a reset.
    const bool is_known = registers_written_ || reg == PrecisionRegister::kProduct;
    if (is_known && word == register_word(reg, written_)) continue;
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
