// SPDX-License-Identifier: Apache-2.0
// Runs the commands of one core in order: hands each unit its descriptor, writes the precision
// registers before a layer that needs other settings, and waits for a layer's last byte before the
// next layer's data, or second operand, are loaded. Weights are loaded ahead. With several cores,
// each has a command processor; a completion is passed on to all others, and a command waits for
// theirs.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <tlm_utils/multi_passthrough_target_socket.h>

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
  /// Completions of the other cores.
  tlm_utils::multi_passthrough_target_socket<CommandProcessor, 32, tlm::tlm_base_protocol_types, 0,
                                             sc_core::SC_ZERO_OR_MORE_BOUND>
      notifications{"notifications"};

  /// That core `core` has completed `commands` commands.
  struct Condition {
    std::size_t core = 0;
    std::size_t commands = 0;
  };
  struct Command {
    std::shared_ptr<const LayerDescriptor> layer;
    std::size_t batch = 0;
    std::vector<Condition> after;  ///< of other cores
  };
  using Program = std::vector<Command>;
  struct Observer {
    /// What the command waits for has happened; nothing of it has started.
    std::function<void(std::size_t core, const Command&)> ready;
    /// Its last byte is in memory.
    std::function<void(std::size_t core, const Command&)> completed;
  };

  /// Of core `core` among `cores`.
  CommandProcessor(const sc_core::sc_module_name& name, const Clock& clock,
                   const CommandProcessorConfig& config, std::size_t core, std::size_t cores,
                   Program program, Observer observer);

  /// Sends the completions of this core to the processor of core `core`, another one.
  void notify(std::size_t core, CommandProcessor& processor);

  std::string waiting_for() const override;
  std::vector<Flow> flows() const override;

 private:
  using Socket = InitiatorSocket<CommandProcessor>;

  void take_completion(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void take_notification(int initiator, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void run();
  void wait_until_ready(const Command& command);
  void send(Socket& unit, const std::shared_ptr<const LayerDescriptor>& descriptor);
  void prefetch_weights(std::size_t position);
  void load_weights(std::size_t position);
  void write_registers(const LayerDescriptor& layer);

  const CommandProcessorConfig config_;
  const std::size_t core_;
  const Program program_;
  const Observer observer_;
  std::vector<std::unique_ptr<Socket>> peers_;  ///< by core; null for this one
  ReusedPayload<DescriptorExtension> descriptor_payload_;
  ReusedPayload<CompletionExtension> notification_payload_;
  tlm::tlm_generic_payload register_payload_;
  PrecisionSettings written_;
  bool registers_written_ = false;
  std::size_t completed_ = 0;
  sc_core::sc_event layer_completed_;
  std::vector<std::vector<sc_core::sc_time>> known_at_;  ///< by core: when completions are known
  sc_core::sc_event notified_;
  const Condition* blocked_by_ = nullptr;
  std::int64_t descriptors_sent_ = 0;
  std::int64_t switches_ = 0;
  std::int64_t switch_cycles_ = 0;
  std::int64_t waits_for_cores_ = 0;
};

}  // namespace systerm
