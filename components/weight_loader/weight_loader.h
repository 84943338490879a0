// SPDX-License-Identifier: Apache-2.0
// Reads weight tiles from the weight buffer, unpacks the stored terms and shifts them into the
// array row by row, ahead of the data as far as the cells have room.
#pragma once

#include <memory>
#include <vector>

#include "components/descriptors/fidelity.h"
#include "components/transport/descriptor_port.h"
#include "components/transport/extensions.h"
#include "components/transport/hardware_unit.h"
#include "components/transport/sockets.h"
#include "components/weight_loader/weight_loader_config.h"

namespace systerm {

class WeightLoader final : public HardwareUnit {
 public:
  DescriptorPort descriptors{"descriptors"};
  InitiatorSocket<WeightLoader> buffer{"buffer"};
  InitiatorSocket<WeightLoader> array{"array"};

  WeightLoader(const sc_core::sc_module_name& name, const Clock& clock,
               const WeightLoaderConfig& config, Fidelity fidelity);

  std::string waiting_for() const override;

 private:
  void run();
  void load_tile(const std::shared_ptr<const LayerDescriptor>& descriptor, std::size_t step_index);
  /// Both operands of a product whose results are held stream by.
  static bool streams_by(const LayerDescriptor& descriptor);
  bool shifts_along_slots(const LayerDescriptor& descriptor) const;
  void count_shifts(const LayerDescriptor& descriptor, const WeightTile& tile);
  void release_block(const Step& step);
  /// The second operand's codes as cells take them, each group encoded within its budget.
  void encode(const LayerDescriptor& descriptor, const WeightTile& tile, std::int64_t image);
  std::int64_t encoding_cycles(const LayerDescriptor& descriptor, const WeightTile& tile);
  void unpack(const LayerDescriptor& descriptor, const WeightTile& tile);

  const WeightLoaderConfig config_;
  const Fidelity fidelity_;
  ReusedPayload<BlockExtension> buffer_payload_;
  ReusedPayload<WeightTileExtension> array_payload_;
  std::vector<unsigned char> packed_;
  std::vector<std::int16_t> values_;
  std::vector<std::uint8_t> terms_;
  std::uint64_t sequence_base_ = 0;
  bool working_ = false;
  TimeAccount& time_;
  std::int64_t tiles_ = 0;
  std::int64_t shift_cycles_ = 0;
  std::int64_t values_encoded_ = 0;
  std::int64_t bits_shifted_ = 0;
};

}  // namespace systerm
