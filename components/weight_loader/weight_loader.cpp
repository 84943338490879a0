// SPDX-License-Identifier: Apache-2.0
#include "components/weight_loader/weight_loader.h"

#include <algorithm>

namespace systerm {

WeightLoader::WeightLoader(const sc_core::sc_module_name& name, const Clock& clock,
                           const WeightLoaderConfig& config, Fidelity fidelity)
    : HardwareUnit(name, clock), config_(config), fidelity_(fidelity), time_(keep_time_account()) {
  SC_HAS_PROCESS(WeightLoader);
  SC_THREAD(run);
  statistics_.add("tiles", "", "weight tiles shifted into the array", tiles_);
  statistics_.add("shift_cycles", "cycle", "cycles of shifting", shift_cycles_);
  statistics_.add_event("values_encoded", "",
                        "values of second operands that passed the encoder lanes", values_encoded_);
  statistics_.add_event("bits_shifted", "bit", "bits of weights times rows that they move",
                        bits_shifted_);
}

std::string WeightLoader::waiting_for() const {
  return working_ ? "weights on chip, or room in the cells" : "";
}

void WeightLoader::run() {
  for (;;) {
    const auto& descriptor = descriptors.front();
    working_ = true;
    for (std::size_t i = 0; i < descriptor->steps.size(); ++i) {
      if (descriptor->steps[i].loads_weights) load_tile(descriptor, i);
      if (descriptor->steps[i].releases_weights) release_block(descriptor->steps[i]);
    }
    sequence_base_ += descriptor->weight_loads.size();
    descriptors.pop();
    working_ = !descriptors.empty();
    if (!working_) time_.enter(TimeAccount::State::kIdle);
  }
}

void WeightLoader::load_tile(const std::shared_ptr<const LayerDescriptor>& descriptor,
                             std::size_t step_index) {
  const Step& step = descriptor->steps[step_index];
  const WeightTile& tile = descriptor->weight_tiles[static_cast<std::size_t>(step.weight_tile)];
  packed_.resize(fidelity_ == Fidelity::kData ? static_cast<std::size_t>(tile.bytes) : 1);
  BlockExtension& block = buffer_payload_.extension();
  block.sequence = sequence_base_ + static_cast<std::uint64_t>(step.weight_load);
  block.action = BlockExtension::Action::kAccess;
  time_.enter(TimeAccount::State::kStalled);
  const std::int64_t read_cycles = clock().cycles(buffer.transport(
      buffer_payload_.prepare(tlm::TLM_READ_COMMAND, static_cast<std::uint64_t>(step.weight_offset),
                              packed_.data(), static_cast<std::uint64_t>(tile.bytes))));
  if (fidelity_ == Fidelity::kData) {
    if (descriptor->second) {
      const auto load = static_cast<std::size_t>(step.weight_load);
      encode(*descriptor, tile, descriptor->weight_loads[load].image);
    } else {
      unpack(*descriptor, tile);
    }
  }

  WeightTileExtension& load = array_payload_.extension();
  load.descriptor = descriptor;
  load.step = static_cast<std::int64_t>(step_index);
  load.stream_cycles = 0;
  if (streams_by(*descriptor)) {
    // Groups enter one after the other with those of the data; the first one starts the pass.
    load.load_cycles = read_cycles - block.bank_cycles + 1;
    load.stream_cycles = block.bank_cycles;
  } else {
    const std::int64_t cells = shifts_along_slots(*descriptor) ? tile.slots : tile.columns;
    load.load_cycles = std::max({read_cycles, cells * config_.cycles_per_row + config_.setup_cycles,
                                 encoding_cycles(*descriptor, tile)});
  }
  load.values = values_;
  load.terms = terms_;
  load.block_completed_at = block.completed_at;
  array.transport(array_payload_.prepare(tlm::TLM_WRITE_COMMAND, 0, packed_.data(),
                                         static_cast<std::uint64_t>(tile.bytes)));
  // The cells took the rows of the tile in the last load_cycles of the transaction.
  block.last_read_ended_at = sc_core::sc_time_stamp();
  time_.enter(TimeAccount::State::kBusy);
  time_.move(TimeAccount::State::kStalled, TimeAccount::State::kBusy,
             clock().time(load.load_cycles));
  ++tiles_;
  count_shifts(*descriptor, tile);
  shift_cycles_ += load.load_cycles;
  worked({.activity = "shift",
          .begin = sc_core::sc_time_stamp() - clock().time(load.load_cycles),
          .end = sc_core::sc_time_stamp(),
          .layer = descriptor->name,
          .item = "step",
          .number = load.step});
}

bool WeightLoader::streams_by(const LayerDescriptor& descriptor) {
  return descriptor.product() != nullptr && descriptor.product()->mode == FmacMode::kResultsHeld;
}

bool WeightLoader::shifts_along_slots(const LayerDescriptor& descriptor) const {
  const bool along_reduction = config_.shift_along == ShiftAlong::kReduction;
  // The sum of this mode runs across that of the others.
  const ArrayProduct* product = descriptor.product();
  const bool is_turned = product != nullptr && product->mode == FmacMode::kResultsUp;
  return along_reduction != is_turned;
}

void WeightLoader::count_shifts(const LayerDescriptor& descriptor, const WeightTile& tile) {
  // What streams by is counted by the cells.
  if (streams_by(descriptor)) return;
  const bool along_rows = shifts_along_slots(descriptor);
  const std::int64_t along = along_rows ? tile.slots : tile.columns;
  const std::int64_t across = along_rows ? tile.columns : tile.slots;
  const unsigned select_bits = descriptor.streams ? descriptor.streams->select_bits() : 0;
  const std::int64_t group_bits =
      static_cast<std::int64_t>(descriptor.format->weight_group_bits()) +
      std::int64_t{select_bits} * descriptor.settings.group_size;
  // Group n along the way moves through n + 1 cells.
  bits_shifted_ += group_bits * across * along * (along + 1) / 2;
}

std::int64_t WeightLoader::encoding_cycles(const LayerDescriptor& descriptor,
                                           const WeightTile& tile) {
  if (!descriptor.second || !descriptor.format->encodes_data()) return 0;
  values_encoded_ += tile.bytes;
  return (tile.bytes + config_.encoder_lanes - 1) / config_.encoder_lanes *
         config_.cycles_per_value;
}

void WeightLoader::encode(const LayerDescriptor& descriptor, const WeightTile& tile,
                          std::int64_t image) {
  const auto group_size = static_cast<std::size_t>(descriptor.settings.group_size);
  const auto columns = static_cast<std::size_t>(tile.columns);
  const std::size_t elements = static_cast<std::size_t>(tile.slots) * group_size * columns;
  values_.assign(elements, 0);
  terms_.assign(elements, 0);
  std::vector<std::int16_t> values(group_size);
  std::vector<std::uint8_t> terms(group_size);
  const SecondOperandMap& second = *descriptor.second;
  const unsigned char* bytes = packed_.data();
  std::size_t row = 0;
  for (const Region& region : descriptor.second_operand_regions(tile, image)) {
    const RegionLayout layout(second.map, region);
    const std::int64_t depth = second.sums_positions ? region.columns() : region.channels();
    for (std::int64_t k = 0; k < depth; ++row) {
      const RowSlot& slot = descriptor.slots[static_cast<std::size_t>(tile.first_slot) + row];
      const auto count = static_cast<std::size_t>(slot.count);
      for (std::int64_t column = 0; column < slot.column_count; ++column) {
        for (std::size_t i = 0; i < count; ++i) {
          const std::int64_t along = k + static_cast<std::int64_t>(i);
          const std::int64_t offset = second.sums_positions
                                          ? layout.offset(image, 0, region.column_begin + along,
                                                          region.channel_begin + column)
                                          : layout.offset(image, 0, region.column_begin + column,
                                                          region.channel_begin + along);
          values[i] = static_cast<std::int8_t>(bytes[offset]);
        }
        descriptor.format->encode_weights(std::span(values).first(count),
                                          std::span(terms).first(count));
        std::size_t to =
            (row * group_size) * columns + static_cast<std::size_t>(slot.column_begin + column);
        for (std::size_t i = 0; i < count; ++i, to += columns) {
          values_[to] = values[i];
          terms_[to] = terms[i];
        }
      }
      k += slot.count;
    }
    bytes += region.elements();
  }
}

void WeightLoader::release_block(const Step& step) {
  BlockExtension& block = buffer_payload_.extension();
  block.sequence = sequence_base_ + static_cast<std::uint64_t>(step.weight_load);
  block.action = BlockExtension::Action::kRelease;
  buffer.transport(buffer_payload_.prepare(tlm::TLM_IGNORE_COMMAND, 0, packed_.data(), 1));
}

void WeightLoader::unpack(const LayerDescriptor& descriptor, const WeightTile& tile) {
  const auto group = static_cast<std::size_t>(descriptor.settings.group_size);
  const auto row_values = static_cast<std::size_t>(descriptor.row_values());
  const std::size_t streams = row_values / group;
  const unsigned select_bits = descriptor.streams ? descriptor.streams->select_bits() : 0;
  const auto columns = static_cast<std::size_t>(tile.columns);
  const std::size_t elements = static_cast<std::size_t>(tile.slots) * row_values * columns;
  values_.assign(elements, 0);
  terms_.assign(elements, 0);
  BitReader reader(packed_);
  std::vector<std::int16_t> group_values(group);
  std::vector<std::uint8_t> group_terms(group);
  for (std::size_t row = 0; row < static_cast<std::size_t>(tile.slots); ++row) {
    const RowSlot& slot = descriptor.slots[static_cast<std::size_t>(tile.first_slot) + row];
    const auto count = static_cast<std::size_t>(slot.count);
    const std::span values(group_values.data(), count);
    const std::span terms(group_terms.data(), count);
    for (std::size_t column = 0; column < static_cast<std::size_t>(slot.column_count); ++column) {
      descriptor.format->unpack_weights(reader, values, terms);
      std::size_t to =
          row * row_values * columns + static_cast<std::size_t>(slot.column_begin) + column;
      for (std::size_t i = 0; i < count; ++i, to += streams * columns) {
        const std::size_t at = to + reader.read(select_bits) * columns;
        values_[at] = group_values[i];
        terms_[at] = group_terms[i];
      }
      for (std::size_t i = count; select_bits > 0 && i < group; ++i) reader.read(select_bits);
    }
  }
}

}  // namespace systerm
