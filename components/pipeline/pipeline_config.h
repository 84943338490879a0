// SPDX-License-Identifier: Apache-2.0
// Parameters of one stage of a cross-layer pipeline: a layer that has an array of its own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "components/arithmetic/window.h"

namespace systerm {

/// What a stage waits for before it makes an output word.
enum class FillModel : std::uint8_t {
  /// The input words under the output word's own step of the window; published: 8 cycles a layer.
  kOneWord,
  /// Every input word under the window, as a row buffer delivers them, and the time that the result
  /// takes through array and serialisers.
  kRowBuffer,
};

/// Rows and columns of words.
struct StreamShape {
  std::int64_t images = 1;
  std::int64_t height = 1;
  std::int64_t width = 1;

  std::int64_t words() const { return images * height * width; }
};

struct PipelineStageConfig {
  std::string name;
  StreamShape input;
  StreamShape output;
  Window window;
  bool takes_all = false;        ///< every output needs the whole input of its image
  std::int64_t word_cycles = 0;  ///< from one output word to the next; 0 for a layer without array
  std::int64_t result_cycles = 0;  ///< of array and serialisers, added by FillModel::kRowBuffer
  FillModel fill = FillModel::kOneWord;
};

/// Index of the last input word that output word `output` needs.
std::int64_t last_input_word(const PipelineStageConfig& stage, std::int64_t output);

}  // namespace systerm
