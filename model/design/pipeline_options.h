// SPDX-License-Identifier: Apache-2.0
// How `systerm pipeline` gives every layer an array of its own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "components/pipeline/pipeline_config.h"

namespace systerm {

struct PipelineArraySize {
  std::string match;
  std::int64_t rows = 64;
  std::int64_t columns = 64;

  friend bool operator==(const PipelineArraySize&, const PipelineArraySize&) = default;
};

struct PipelineOptions {
  FillModel fill = FillModel::kOneWord;
  std::int64_t cells = 0;          ///< of all arrays; 0 gives every layer as many as it can use
  std::int64_t stream_words = 16;  ///< room in a stream, beside what its producer has under way
  std::vector<PipelineArraySize> arrays;  ///< sizes of single layers, later ones over earlier

  friend bool operator==(const PipelineOptions&, const PipelineOptions&) = default;
};

}  // namespace systerm
