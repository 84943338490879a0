// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/layer_program.h"

namespace systerm {

PrecisionSettings register_settings(const Format& format) {
  const FormatParameters& parameters = format.parameters();
  if (!format.encodes_data()) return {.group_size = parameters.group_size};
  return {.group_size = parameters.group_size,
          .group_budget = parameters.group_budget,
          .data_terms = parameters.data_terms,
          .encoder_enabled = true,
          .comparator_enabled = true};
}

void set_source(const Operation& operation, VectorProgram& program) {
  using Source = VectorProgram::Source;
  if (const auto* pool = std::get_if<Pool>(&operation)) {
    program.source = pool->kind == Pool::Kind::kMax ? Source::kMaximum : Source::kAverage;
    program.window = pool->window;
    program.count_padding = pool->count_padding;
  } else if (std::holds_alternative<Elementwise>(operation)) {
    program.source = Source::kPass;
  } else if (std::holds_alternative<Concatenation>(operation)) {
    program.source = Source::kConcatenation;
  } else if (std::holds_alternative<Softmax>(operation)) {
    program.source = Source::kSoftmax;
  } else if (const auto* row = std::get_if<RowOperation>(&operation)) {
    program.source = Source::kRow;
    program.row = row->function;
  } else if (std::holds_alternative<Lookup>(operation)) {
    program.source = Source::kLookup;
  } else if (const auto* rearrangement = std::get_if<Rearrangement>(&operation)) {
    program.source = Source::kRearranged;
    program.source_elements = rearrangement->source;
  } else {
    program.source = Source::kSums;
  }
}

}  // namespace systerm
