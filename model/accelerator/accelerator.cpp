// SPDX-License-Identifier: Apache-2.0
#include "model/accelerator/accelerator.h"

namespace systerm {

Accelerator::Accelerator(const sc_core::sc_module_name& name, const Design& design,
                         Fidelity fidelity, CommandProcessor::Program program,
                         CommandProcessor::LayerObserver on_layer)
    : sc_module(name),
      clock_(design.clock_hz),
      command_processor_("command_processor", clock_, design.command_processor, std::move(program),
                         std::move(on_layer)),
      precision_controller_("precision_controller", clock_, design.precision_controller),
      interconnect_("interconnect", clock_, design.interconnect,
                    {kMemoryBase, static_cast<std::uint64_t>(design.dram.bytes)}),
      weight_dma_("weight_dma", clock_, design.dma, weight_blocks(), fidelity),
      data_dma_("data_dma", clock_, design.dma, data_blocks(), fidelity),
      operand_dma_("operand_dma", clock_, design.dma, operand_blocks(), fidelity),
      store_dma_("store_dma", clock_, design.dma, result_blocks(), fidelity),
      weight_buffer_("weight_buffer", clock_, design.weight_buffer, fidelity),
      data_buffer_("data_buffer", clock_, design.data_buffer, fidelity),
      operand_buffer_("operand_buffer", clock_, design.operand_buffer, fidelity),
      result_buffer_("result_buffer", clock_, design.result_buffer, fidelity),
      weight_loader_("weight_loader", clock_, design.weight_loader, fidelity),
      encoder_("encoder", clock_, design.encoder, fidelity),
      array_("array", clock_, design.array, fidelity),
      accumulators_("accumulators", clock_, design.accumulators, fidelity),
      vector_unit_("vector_unit", clock_, design.vector_unit, fidelity) {
  bind();
}

void Accelerator::bind() {
  command_processor_.registers.bind(precision_controller_.registers);
  command_processor_.weight_dma.bind(weight_dma_.descriptors.socket);
  command_processor_.data_dma.bind(data_dma_.descriptors.socket);
  command_processor_.operand_dma.bind(operand_dma_.descriptors.socket);
  command_processor_.store_dma.bind(store_dma_.descriptors.socket);
  command_processor_.weight_loader.bind(weight_loader_.descriptors.socket);
  command_processor_.encoder.bind(encoder_.descriptors.socket);
  command_processor_.vector_unit.bind(vector_unit_.descriptors.socket);
  store_dma_.completion.bind(command_processor_.completions);

  // Results first under fixed priority: they free what everybody else waits for.
  store_dma_.memory.bind(interconnect_.masters);
  data_dma_.memory.bind(interconnect_.masters);
  weight_dma_.memory.bind(interconnect_.masters);
  operand_dma_.memory.bind(interconnect_.masters);

  weight_dma_.buffer.bind(weight_buffer_.write_port);
  weight_loader_.buffer.bind(weight_buffer_.read_port);
  data_dma_.buffer.bind(data_buffer_.write_port);
  encoder_.buffer.bind(data_buffer_.read_port);
  operand_dma_.buffer.bind(operand_buffer_.write_port);
  vector_unit_.operand_buffer.bind(operand_buffer_.read_port);
  vector_unit_.result_buffer.bind(result_buffer_.write_port);
  store_dma_.buffer.bind(result_buffer_.read_port);

  weight_loader_.array.bind(array_.weights);
  encoder_.array.bind(array_.data);
  array_.sums.bind(accumulators_.sums);
  accumulators_.results.bind(vector_unit_.sums);
  encoder_.settings.bind(precision_controller_.settings_export);
}

std::vector<Accelerator::NamedBuffer> Accelerator::buffers() const {
  return {{"weight_buffer", &weight_buffer_},
          {"data_buffer", &data_buffer_},
          {"operand_buffer", &operand_buffer_},
          {"result_buffer", &result_buffer_}};
}

template <typename Self>
auto Accelerator::units_of(Self& self)
    -> std::vector<std::conditional_t<std::is_const_v<Self>, const HardwareUnit, HardwareUnit>*> {
  return {&self.command_processor_, &self.precision_controller_,
          &self.interconnect_,      &self.weight_dma_,
          &self.data_dma_,          &self.operand_dma_,
          &self.store_dma_,         &self.weight_buffer_,
          &self.data_buffer_,       &self.operand_buffer_,
          &self.result_buffer_,     &self.weight_loader_,
          &self.encoder_,           &self.array_,
          &self.accumulators_,      &self.vector_unit_};
}

std::vector<const HardwareUnit*> Accelerator::units() const { return units_of(*this); }
std::vector<HardwareUnit*> Accelerator::units() { return units_of(*this); }

}  // namespace systerm
