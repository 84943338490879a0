// SPDX-License-Identifier: Apache-2.0
// Runs the layers of a network in order: hands each unit its descriptor, writes the precision
// registers before a layer that needs other settings, and waits for a layer's last byte before the
// next layer's data are loaded. Weights of the next layer are loaded ahead.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "components/command_processor/command_processor_config.h"
#include "components/precision_controller/precision_controller.h"
#include "components/transport/extensions.h"
#include "components/transport/hardware_unit.h"
#include "components/transport/sockets.h"

namespace systerm {

class CommandProcessor final : public HardwareUnit {
 public:
  InitiatorSocket<CommandProcessor> registers{"registers"};
  InitiatorSocket<CommandProcessor> weight_dma{"weight_dma"};
  InitiatorSocket<CommandProcessor> data_dma{"data_dma"};
  InitiatorSocket<CommandProcessor> operand_dma{"operand_dma"};
  InitiatorSocket<CommandProcessor> store_dma{"store_dma"};
  InitiatorSocket<CommandProcessor> weight_loader{"weight_loader"};
  InitiatorSocket<CommandProcessor> encoder{"encoder"};
  InitiatorSocket<CommandProcessor> vector_unit{"vector_unit"};
  TargetSocket<CommandProcessor> completions{"completions", this,
                                             &CommandProcessor::take_completion};

  using Program = std::vector<std::shared_ptr<const LayerDescriptor>>;
  /// Called when the last byte of a layer is in memory.
  using LayerObserver = std::function<void(const LayerDescriptor&)>;

  CommandProcessor(const sc_core::sc_module_name& name, const Clock& clock,
                   const CommandProcessorConfig& config, Program program, LayerObserver observer);

  std::string waiting_for() const override;

 private:
  using Socket = InitiatorSocket<CommandProcessor>;

  void take_completion(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void run();
  void send(Socket& unit, const std::shared_ptr<const LayerDescriptor>& descriptor);
  void prefetch_weights(std::size_t layer);
  void write_registers(const LayerDescriptor& layer);

  const CommandProcessorConfig config_;
  const Program program_;
  const LayerObserver observer_;
  ReusedPayload<DescriptorExtension> descriptor_payload_;
  tlm::tlm_generic_payload register_payload_;
  PrecisionSettings written_;
  bool registers_written_ = false;
  std::size_t completed_ = 0;
  sc_core::sc_event layer_completed_;
  std::int64_t switches_ = 0;
  std::int64_t switch_cycles_ = 0;
};

}  // namespace systerm
