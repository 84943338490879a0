// SPDX-License-Identifier: Apache-2.0
// Types of layers of networks with two streams, and shortcuts without parameters.
#include <array>
#include <numeric>

#include <fmt/format.h>

#include "workloads/zoo/layer_form.h"

namespace systerm {

namespace {

enum class Half : std::uint8_t { kFirst, kSecond };
constexpr std::array kHalves{Choice{"first", Half::kFirst}, Choice{"second", Half::kSecond}};

std::size_t channel_axis(const Shape& shape) { return shape.size() == 4 ? 1 : shape.size() - 1; }

op::Slice whole(const Shape& shape) {
  return {.begin = Shape(shape.size(), 0), .extent = shape, .step = Shape(shape.size(), 1)};
}

}  // namespace

/// One half of the channels of an image, or of the features of a sequence.
void read_half(LayerForm& form) {
  Half half = Half::kFirst;
  form.mapping().choice("which", half, kHalves, Presence::kRequired);
  if (!form.is_valid()) return;
  const std::size_t axis = channel_axis(form.shape());
  const std::int64_t channels = form.shape()[axis];
  if (channels % 2 != 0) {
    form.error(
        fmt::format("{} has {} channels, which have no halves", to_string(form.shape()), channels));
    return;
  }
  op::Slice slice = whole(form.shape());
  slice.extent[axis] = channels / 2;
  if (half == Half::kSecond) slice.begin[axis] = channels / 2;
  form.add_behind("half", slice);
}

/// Every stride-th row and column, and channels of zeros behind: option A of He et al., CVPR 2016,
/// section 3.3.
void read_shortcut(LayerForm& form) {
  std::int64_t filters = 0;
  std::int64_t stride = 1;
  form.mapping().integer("filters", filters, kPositive, Presence::kRequired);
  form.mapping().integer("stride", stride, kPositive);
  if (!form.is_valid()) return;
  const Shape& shape = form.shape();
  if (shape.size() != 4 || shape[1] > filters) {
    form.error(fmt::format("reads {}, expected an image of at most {} channels", to_string(shape),
                           filters));
    return;
  }
  op::Slice slice = whole(shape);
  for (const std::size_t axis : {std::size_t{2}, std::size_t{3}}) {
    slice.step[axis] = stride;
    slice.extent[axis] = (shape[axis] + stride - 1) / stride;
  }
  form.add_behind("positions", slice);
  form.add_behind("channels",
                  op::Pad{.before = {0, 0, 0, 0}, .after = {0, filters - shape[1], 0, 0}});
}

/// Squares of positions become channels; nothing is lost. Source: Jacobsen, Smeulders, Oyallon,
/// i-RevNet, ICLR 2018, section 3.1.
void read_space_to_depth(LayerForm& form) {
  std::int64_t block = 2;
  form.mapping().integer("block", block, {.minimum = 1, .maximum = 64});
  if (!form.is_valid()) return;
  const Shape shape = form.shape();
  if (shape.size() != 4 || shape[2] % block != 0 || shape[3] % block != 0) {
    form.error(fmt::format("reads {}, expected an image of whole {} x {} blocks", to_string(shape),
                           block, block));
    return;
  }
  const std::int64_t rows = shape[2] / block;
  const std::int64_t columns = shape[3] / block;
  form.add_behind("blocks", op::Reshape{{shape[0], shape[1], rows, block, columns, block}});
  form.add_behind("moved", op::Transpose{{0, 3, 5, 1, 2, 4}});
  const Shape result{shape[0], shape[1] * block * block, rows, columns};
  form.add_behind("depth", op::Reshape{result});
  // Has them moved in memory, where the axes of an image lie in one order only.
  op::Select all;
  for (const std::int64_t extent : result) {
    all.source.emplace_back(static_cast<std::size_t>(extent));
    std::iota(all.source.back().begin(), all.source.back().end(), std::int64_t{0});
  }
  form.add_behind("in_memory", all);
}

}  // namespace systerm
