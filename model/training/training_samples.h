// SPDX-License-Identifier: Apache-2.0
// Samples and labels of a training experiment in memory, and batches of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/training/training_experiment.h"

namespace systerm {

struct LabelledSamples {
  std::size_t sample_elements = 0;
  std::vector<float> values;  ///< [samples][sample_elements]
  std::vector<std::int64_t> labels;

  std::size_t count() const { return labels.size(); }
};

struct SampleBatch {
  std::vector<float> values;
  std::vector<std::int64_t> labels;
  std::size_t counted = 0;  ///< the others fill the batch up
};

/// `input_shape` is that of the network, {batch, ...}. Throws DataError, also for a label that is
/// not 0 .. classes - 1, or fewer samples than wanted.
LabelledSamples load_samples(const SampleSource& source, const TrainingData& data,
                             std::span<const std::int64_t> input_shape, std::size_t classes);

/// The samples `which`, filled up to `size` with the first sample.
SampleBatch make_batch(const LabelledSamples& samples, std::span<const std::size_t> which,
                       std::size_t size);

}  // namespace systerm
