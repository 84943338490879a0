// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/weight_image.h"

#include "model/mapping/packed_tiles.h"

namespace systerm {

std::vector<unsigned char> pack_layer_weights(const LayerDescriptor& descriptor, const Gemm& gemm,
                                              const QuantizedLayer& layer) {
  const std::int64_t channels = gemm.k / gemm.positions();
  std::vector<unsigned char> image;
  for (const WeightTile& tile : descriptor.weight_tiles) {
    image.resize(static_cast<std::size_t>(tile.offset));
    BitWriter writer(image);
    if (gemm.packed) {
      pack_tile(*gemm.packed, descriptor, tile, layer, writer);
      writer.align();
      continue;
    }
    for (std::int64_t row = 0; row < tile.slots; ++row) {
      const RowSlot& slot = descriptor.slots[static_cast<std::size_t>(tile.first_slot + row)];
      const std::int64_t group = slot.channel / channels;
      const std::int64_t position = slot.kernel_row * gemm.window.kernel_width + slot.kernel_column;
      const std::int64_t k = position * channels + (slot.channel - group * channels);
      for (std::int64_t column = 0; column < slot.column_count; ++column) {
        const std::int64_t filter = tile.filter_begin + slot.column_begin + column;
        layer.format->pack_weights(std::span(layer.weight_codes.data() + filter * gemm.k + k,
                                             static_cast<std::size_t>(slot.count)),
                                   writer);
      }
    }
    writer.align();
  }
  return image;
}

}  // namespace systerm
