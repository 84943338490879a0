// SPDX-License-Identifier: Apache-2.0
#include "components/vector_unit/vector_program.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "components/arithmetic/vector_operations.h"
#include "components/descriptors/rearrangement.h"

namespace systerm {

namespace {

using Source = VectorProgram::Source;

std::int32_t stored_code(const FeatureMap& map, const unsigned char* bytes) {
  if (map.element_bytes == 4) {
    std::int32_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return word;
  }
  return map.code(*bytes);
}

/// Stored codes of one operand's region, addressed by position and channel.
class Operand {
 public:
  Operand(const FeatureMap& map, const Region& region, const unsigned char* bytes)
      : map_(map), layout_(map, region), bytes_(bytes) {}

  std::int32_t code(std::int64_t image, std::int64_t row, std::int64_t column,
                    std::int64_t channel) const {
    return stored(layout_.offset(image, row, column, channel));
  }
  /// Values of channels begin .. begin + values.size() of one position; broadcast where the map has
  /// one row, column or channel.
  void values(std::int64_t image, std::int64_t row, std::int64_t column, std::int64_t begin,
              std::span<float> values) const {
    if (map_.images == 1) image = 0;
    if (map_.height == 1 && map_.width == 1) row = column = 0;
    if (map_.channels == 1) {
      std::ranges::fill(values, dequantize(code(image, row, column, 0), map_.scale));
      return;
    }
    std::size_t done = 0;
    while (done < values.size()) {
      const std::int64_t channel = begin + static_cast<std::int64_t>(done);
      const std::int64_t block_end = (channel / map_.channel_block + 1) * map_.channel_block;
      const std::size_t count =
          std::min(values.size() - done, static_cast<std::size_t>(block_end - channel));
      const std::int64_t offset = layout_.offset(image, row, column, channel);
      for (std::size_t i = 0; i < count; ++i) {
        values[done + i] = dequantize(stored(offset + static_cast<std::int64_t>(i)), map_.scale);
      }
      done += count;
    }
  }
  const FeatureMap& map() const { return map_; }
  const Region& region() const { return layout_.region(); }

  std::int32_t stored(std::int64_t offset) const {
    return stored_code(map_, bytes_ + offset * map_.element_bytes);
  }

 private:
  const FeatureMap& map_;
  RegionLayout layout_;
  const unsigned char* bytes_;
};

struct Position {
  std::int64_t image = 0;
  std::int64_t row = 0;
  std::int64_t column = 0;
};

/// Input elements under a window at one output position, padding left out.
template <typename Visit>
std::int64_t visit_window(const Window& window, const FeatureMap& map, const Position& at,
                          Visit visit) {
  std::int64_t count = 0;
  for (std::int64_t y = 0; y < window.kernel_height; ++y) {
    const std::int64_t row =
        at.row * window.stride_height + y * window.dilation_height - window.pad_top;
    if (row < 0 || row >= map.height) continue;
    for (std::int64_t x = 0; x < window.kernel_width; ++x) {
      const std::int64_t column =
          at.column * window.stride_width + x * window.dilation_width - window.pad_left;
      if (column < 0 || column >= map.width) continue;
      visit(row, column);
      ++count;
    }
  }
  return count;
}

void pool_maximum(const LayerDescriptor& layer, const Operand& input, const Position& at,
                  std::int64_t begin, std::span<float> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::int64_t channel = begin + static_cast<std::int64_t>(i);
    std::int32_t largest = 0;
    bool any = false;
    visit_window(layer.program.window, input.map(), at, [&](std::int64_t row, std::int64_t column) {
      const std::int32_t code = input.code(at.image, row, column, channel);
      largest = any ? std::max(largest, code) : code;
      any = true;
    });
    values[i] = maximum_value(largest, input.map().scale);
  }
}

void pool_average(const LayerDescriptor& layer, const Operand& input, const Position& at,
                  std::int64_t begin, std::span<float> values) {
  const Window& window = layer.program.window;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::int64_t channel = begin + static_cast<std::int64_t>(i);
    std::int64_t sum = 0;
    const std::int64_t inside =
        visit_window(window, input.map(), at, [&](std::int64_t row, std::int64_t column) {
          sum += input.code(at.image, row, column, channel);
        });
    const std::int64_t count =
        layer.program.count_padding ? window.kernel_height * window.kernel_width : inside;
    values[i] = average_value(sum, input.map().scale, count);
  }
}

void concatenate(std::span<const Operand> operands, const Position& at, std::span<float> values) {
  std::size_t done = 0;
  for (const Operand& operand : operands) {
    const auto channels = static_cast<std::size_t>(operand.map().channels);
    operand.values(at.image, at.row, at.column, 0, values.subspan(done, channels));
    done += channels;
  }
}

void apply_row(const RowFunction& function, std::span<const Operand> operands, const Position& at,
               std::span<std::vector<float>> rows, std::span<float> values) {
  std::vector<std::span<const float>> views;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    rows[i].resize(static_cast<std::size_t>(operands[i].map().channels));
    operands[i].values(at.image, at.row, at.column, 0, rows[i]);
    views.emplace_back(rows[i]);
  }
  function.apply(views, {at.image, at.row, at.column}, values);
}

/// Rows of the table arrive whole, in the order of the positions of the block.
void look_up(const FeatureMap& table, const Operand& rows, std::size_t position,
             std::span<float> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = dequantize(rows.stored(static_cast<std::int64_t>(position * values.size() + i)),
                           table.scale);
  }
}

/// The elements of one position; `bytes` moves on over those that came from memory.
void take_elements(const LayerDescriptor& layer, const Position& at, const unsigned char*& bytes,
                   std::span<float> values) {
  const std::int64_t first = first_element(layer.output, at.image, at.row, at.column);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto source = source_element(layer, first + static_cast<std::int64_t>(i));
    if (!source) {
      values[i] = 0.0F;
      continue;
    }
    const FeatureMap& map = layer.operands[source->operand];
    values[i] = dequantize(stored_code(map, bytes), map.scale);
    bytes += map.element_bytes;
  }
}

void apply_steps(const VectorProgram& program, std::span<const Operand> operands,
                 const Position& at, std::int64_t begin, std::span<float> values,
                 std::vector<float>& scratch) {
  for (const PostStep& step : program.steps) {
    if (step.kind == PostStep::Kind::kActivation) {
      if (step.activation.function == ActivationFunction::kRelu) {
        for (float& value : values) value = value > 0.0F ? value : 0.0F;
      } else {
        for (float& value : values) value = apply(step.activation, value);
      }
      continue;
    }
    scratch.resize(values.size());
    operands[static_cast<std::size_t>(step.operand)].values(at.image, at.row, at.column, begin,
                                                            scratch);
    if (step.kind == PostStep::Kind::kAdd) {
      for (std::size_t i = 0; i < values.size(); ++i) values[i] += scratch[i];
    } else {
      for (std::size_t i = 0; i < values.size(); ++i) values[i] *= scratch[i];
    }
  }
}

/// Writes the codes of one position into the result block.
void store(const FeatureMap& map, const RegionLayout& layout, const Position& at,
           std::int64_t begin, std::span<const float> values, unsigned char* results) {
  std::size_t done = 0;
  while (done < values.size()) {
    const std::int64_t channel = begin + static_cast<std::int64_t>(done);
    const std::int64_t block_end = (channel / map.channel_block + 1) * map.channel_block;
    const std::size_t count =
        std::min(values.size() - done, static_cast<std::size_t>(block_end - channel));
    const std::int64_t offset = layout.offset(at.image, at.row, at.column, channel);
    if (map.element_bytes == 4) {
      for (std::size_t i = 0; i < count; ++i) {
        const std::int32_t code = requantize(values[done + i], map.scale, map.limit);
        std::memcpy(results + (offset + static_cast<std::int64_t>(i)) * 4, &code, sizeof code);
      }
    } else {
      for (std::size_t i = 0; i < count; ++i) {
        float value = values[done + i];
        if (!map.is_signed && value < 0.0F) value = 0.0F;
        const std::int32_t code = requantize(value, map.scale, map.limit);
        results[offset + static_cast<std::int64_t>(i)] =
            static_cast<unsigned char>(map.range ? map.range->saturated(code) : code);
      }
    }
    done += count;
  }
}

/// Sums of one position straight to stored codes, which are bytes.
void store_shifted(const ShiftRequantizer& requantizer, const RegionLayout& layout,
                   const Position& at, const OutputTile& tile, const std::int32_t* sums,
                   unsigned char* results) {
  for (std::int64_t f = 0; f < tile.filters; ++f) {
    const std::int64_t channel = tile.filter_begin + f;
    results[layout.offset(at.image, at.row, at.column, channel)] =
        static_cast<unsigned char>(requantizer.code(sums[f], static_cast<std::size_t>(channel)));
  }
}

}  // namespace

std::int64_t vector_passes(const LayerDescriptor& layer) {
  const VectorProgram& program = layer.program;
  std::int64_t passes = 1;
  switch (program.source) {
    case Source::kMaximum:
    case Source::kAverage:
      passes = program.window.kernel_height * program.window.kernel_width;
      break;
    case Source::kSoftmax:
      passes = 3;
      break;
    case Source::kRow:
      passes = program.row->passes();
      break;
    case Source::kSums:
    case Source::kPass:
    case Source::kConcatenation:
    case Source::kLookup:
    case Source::kRearranged:
      break;
  }
  return passes + std::ranges::count_if(program.steps, [](const PostStep& step) {
           return step.kind != PostStep::Kind::kActivation;
         });
}

void run_vector_program(const LayerDescriptor& layer, const OutputTile& tile,
                        std::span<const std::int32_t> sums, std::span<const unsigned char> operands,
                        std::span<unsigned char> results) {
  const VectorProgram& program = layer.program;
  std::vector<Operand> inputs;
  const unsigned char* bytes = operands.data();
  for (std::size_t i = 0; i < layer.operands.size(); ++i) {
    const Region region = layer.operand_region(i, tile);
    inputs.emplace_back(layer.operands[i], region, bytes);
    bytes += region.elements() * layer.operands[i].element_bytes;
    // The rows that were looked up come before the operands of the steps.
    if (program.source == Source::kLookup && i == 1) {
      bytes += layer.output_region(tile).elements() * layer.operands[i].element_bytes;
    }
  }
  const Region region = layer.output_region(tile);
  const RegionLayout layout(layer.output, region);
  const auto filters = static_cast<std::size_t>(tile.filters);
  std::vector<float> values(filters);
  std::vector<float> scratch;
  std::vector<std::vector<float>> rows(inputs.size());
  const unsigned char* elements = operands.data();
  std::size_t position = 0;
  for (std::int64_t image = region.image_begin; image < region.image_end; ++image) {
    for (std::int64_t row = region.row_begin; row < region.row_end; ++row) {
      for (std::int64_t column = region.column_begin; column < region.column_end; ++column) {
        const Position at{image, row, column};
        if (program.requantizer) {
          store_shifted(*program.requantizer, layout, at, tile, sums.data() + position++ * filters,
                        results.data());
          continue;
        }
        switch (program.source) {
          case Source::kSums: {
            const std::int32_t* from = sums.data() + position * filters;
            const float* scale = program.sum_scale.data() + tile.filter_begin;
            const float* bias = program.bias.data() + tile.filter_begin;
            for (std::size_t f = 0; f < filters; ++f) {
              values[f] = scale_sum(from[f], scale[f], bias[f]);
            }
            break;
          }
          case Source::kMaximum:
            pool_maximum(layer, inputs[0], at, tile.filter_begin, values);
            break;
          case Source::kAverage:
            pool_average(layer, inputs[0], at, tile.filter_begin, values);
            break;
          case Source::kPass:
            inputs[0].values(image, row, column, tile.filter_begin, values);
            break;
          case Source::kConcatenation:
            concatenate(inputs, at, values);
            break;
          case Source::kRow:
            apply_row(*program.row, inputs, at, rows, values);
            break;
          case Source::kLookup:
            look_up(layer.operands[1], inputs[1], position, values);
            break;
          case Source::kRearranged:
            take_elements(layer, at, elements, values);
            break;
          case Source::kSoftmax:
            scratch.resize(filters);
            inputs[0].values(image, row, column, 0, scratch);
            softmax(scratch, values);
            break;
        }
        apply_steps(program, inputs, at, tile.filter_begin, values, scratch);
        store(layer.output, layout, at, tile.filter_begin, values, results.data());
        ++position;
      }
    }
  }
}

}  // namespace systerm
