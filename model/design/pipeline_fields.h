// SPDX-License-Identifier: Apache-2.0
// The keys of `pipeline` in an experiment, one a line, with their ranges. `Form` is Mapping to read
// them and MappingWriter to write them.
#pragma once

#include <array>

#include "model/design/pipeline_options.h"
#include "workloads/document/mapping.h"

namespace systerm {

inline constexpr std::array<Choice<FillModel>, 2> kFillModelNames = {
    {{"one_word", FillModel::kOneWord}, {"row_buffer", FillModel::kRowBuffer}}};

template <typename Form, typename Config>
void pipeline_fields(Form& form, Config& pipeline) {
  form.choice("fill", pipeline.fill, kFillModelNames);
  form.integer("cells", pipeline.cells, {.minimum = 0, .maximum = std::int64_t{1} << 40});
  form.integer("stream_words", pipeline.stream_words, {.minimum = 1, .maximum = 1 << 20});
  form.sequence("arrays", pipeline.arrays, [](auto& below, auto& size) {
    below.text("match", size.match, Presence::kRequired);
    below.integer("rows", size.rows, {.minimum = 1, .maximum = 1 << 20});
    below.integer("columns", size.columns, {.minimum = 1, .maximum = 1 << 20});
  });
}

}  // namespace systerm
