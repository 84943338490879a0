// SPDX-License-Identifier: Apache-2.0
#include "model/accelerator/core.h"

#include <fmt/format.h>

namespace systerm {

std::string core_prefix(std::size_t core, std::size_t cores) {
  return cores == 1 ? "" : fmt::format("core{}_", core);
}

Core::Core(const Design& design, Fidelity fidelity, std::size_t core,
           CommandProcessor::Program program, const CommandProcessor::Observer& observer)
    : prefix_(core_prefix(core, static_cast<std::size_t>(design.cores.count))),
      clock_(design.clock_hz),
      command_processor_((prefix_ + "command_processor").c_str(), clock_, design.command_processor,
                         core, static_cast<std::size_t>(design.cores.count), std::move(program),
                         observer),
      precision_controller_((prefix_ + "precision_controller").c_str(), clock_,
                            design.precision_controller),
      weight_dma_((prefix_ + "weight_dma").c_str(), clock_, design.dma, weight_blocks(), fidelity),
      data_dma_((prefix_ + "data_dma").c_str(), clock_, design.dma, data_blocks(), fidelity),
      operand_dma_((prefix_ + "operand_dma").c_str(), clock_, design.dma, operand_blocks(),
                   fidelity),
      store_dma_((prefix_ + "store_dma").c_str(), clock_, design.dma, result_blocks(), fidelity),
      weight_buffer_((prefix_ + "weight_buffer").c_str(), clock_, design.weight_buffer, fidelity),
      data_buffer_((prefix_ + "data_buffer").c_str(), clock_, design.data_buffer, fidelity),
      operand_buffer_((prefix_ + "operand_buffer").c_str(), clock_, design.operand_buffer,
                      fidelity),
      result_buffer_((prefix_ + "result_buffer").c_str(), clock_, design.result_buffer, fidelity),
      weight_loader_((prefix_ + "weight_loader").c_str(), clock_, design.weight_loader, fidelity),
      encoder_((prefix_ + "encoder").c_str(), clock_, design.encoder, fidelity),
      array_((prefix_ + "array").c_str(), clock_, design.array, fidelity),
      accumulators_((prefix_ + "accumulators").c_str(), clock_, design.accumulators, fidelity),
      vector_unit_((prefix_ + "vector_unit").c_str(), clock_, design.vector_unit, fidelity) {
  bind();
}

void Core::bind() {
  command_processor_.registers.bind(precision_controller_.registers);
  command_processor_.weight_dma.bind(weight_dma_.descriptors.socket);
  command_processor_.data_dma.bind(data_dma_.descriptors.socket);
  command_processor_.operand_dma.bind(operand_dma_.descriptors.socket);
  command_processor_.store_dma.bind(store_dma_.descriptors.socket);
  command_processor_.weight_loader.bind(weight_loader_.descriptors.socket);
  command_processor_.encoder.bind(encoder_.descriptors.socket);
  command_processor_.vector_unit.bind(vector_unit_.descriptors.socket);
  store_dma_.completion.bind(command_processor_.completions);

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

BytesByContent Core::bytes_loaded_by_content() const {
  BytesByContent bytes{};
  for (const LoadEngine* engine : {&weight_dma_, &data_dma_, &operand_dma_}) {
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] += engine->bytes_by_content()[i];
  }
  return bytes;
}

std::vector<Core::NamedBuffer> Core::buffers() {
  return {{"weight_buffer", &weight_buffer_},
          {"data_buffer", &data_buffer_},
          {"operand_buffer", &operand_buffer_},
          {"result_buffer", &result_buffer_}};
}

std::vector<Flow> Core::links() const {
  const auto link = [this](const char* from, const char* to, std::int64_t out, std::int64_t in) {
    return Flow{fmt::format("{0}{1} to {0}{2}: bytes", prefix_, from, to), out, in};
  };
  return {
      link("weight_dma", "weight_buffer", weight_dma_.bytes(), weight_buffer_.bytes_written()),
      link("data_dma", "data_buffer", data_dma_.bytes(), data_buffer_.bytes_written()),
      link("operand_dma", "operand_buffer", operand_dma_.bytes() - operand_dma_.number_bytes(),
           operand_buffer_.bytes_written()),
      link("data_buffer", "encoder", data_buffer_.bytes_read(), encoder_.values_streamed()),
      link("vector_unit", "result_buffer", vector_unit_.bytes(), result_buffer_.bytes_written()),
      link("result_buffer", "store_dma", result_buffer_.bytes_read(), store_dma_.bytes())};
}

std::vector<HardwareUnit*> Core::control_units() {
  return {&command_processor_, &precision_controller_};
}

std::vector<HardwareUnit*> Core::data_units() {
  return {&weight_dma_,  &data_dma_,       &operand_dma_,   &store_dma_,     &weight_buffer_,
          &data_buffer_, &operand_buffer_, &result_buffer_, &weight_loader_, &encoder_,
          &array_,       &accumulators_,   &vector_unit_};
}

}  // namespace systerm
