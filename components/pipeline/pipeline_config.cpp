// SPDX-License-Identifier: Apache-2.0
#include "components/pipeline/pipeline_config.h"

#include <algorithm>

namespace systerm {

std::int64_t last_input_word(const PipelineStageConfig& stage, std::int64_t output) {
  const std::int64_t per_image = stage.output.height * stage.output.width;
  const std::int64_t image = output / per_image;
  const std::int64_t first = image * stage.input.height * stage.input.width;
  if (stage.takes_all) return first + stage.input.height * stage.input.width - 1;
  const std::int64_t row = output % per_image / stage.output.width;
  const std::int64_t column = output % stage.output.width;
  const Window& window = stage.window;
  const auto last = [&](std::int64_t at, std::int64_t stride, std::int64_t kernel,
                        std::int64_t dilation, std::int64_t pad, std::int64_t size) {
    const std::int64_t reach = stage.fill == FillModel::kOneWord
                                   ? at * stride + stride - 1
                                   : at * stride - pad + (kernel - 1) * dilation;
    return std::clamp<std::int64_t>(reach, 0, size - 1);
  };
  return first +
         last(row, window.stride_height, window.kernel_height, window.dilation_height,
              window.pad_top, stage.input.height) *
             stage.input.width +
         last(column, window.stride_width, window.kernel_width, window.dilation_width,
              window.pad_left, stage.input.width);
}

}  // namespace systerm
