// SPDX-License-Identifier: Apache-2.0
#include "model/training/training_samples.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "workloads/data/data_error.h"
#include "workloads/data/dataset.h"
#include "workloads/digits/draw_digit.h"

namespace systerm {

namespace {

Dataset drawn_digits(const SampleSource& source, const TrainingData& data,
                     std::vector<std::int64_t>& labels) {
  constexpr std::int64_t kSide = kDigitSide;
  Dataset digits{.name = "drawn digits",
                 .count = source.drawn_digits,
                 .sample_shape = {1, kSide, kSide},
                 .values = {}};
  for (std::int64_t i = 0; i < source.drawn_digits; ++i) {
    for (const std::uint8_t grey : draw_digit(source.seed, static_cast<std::uint64_t>(i))) {
      digits.values.push_back(
          static_cast<float>((static_cast<double>(grey) - data.offset) * data.scale));
    }
    labels.push_back(i % 10);
  }
  return digits;
}

Dataset from_files(const SampleSource& source, const TrainingData& data,
                   std::vector<std::int64_t>& labels) {
  Dataset all = load_dataset(source.images, data.offset, data.scale);
  labels = load_labels(source.labels);
  const std::int64_t available = all.count - source.first_sample;
  const std::int64_t wanted = source.samples > 0 ? source.samples : available;
  all = slice(all, source.first_sample, wanted);
  if (std::ssize(labels) < source.first_sample + wanted) {
    throw DataError(fmt::format("{}: {} labels for samples up to {}", source.labels.string(),
                                labels.size(), source.first_sample + wanted));
  }
  labels.erase(labels.begin(), labels.begin() + source.first_sample);
  labels.resize(static_cast<std::size_t>(wanted));
  return all;
}

}  // namespace

LabelledSamples load_samples(const SampleSource& source, const TrainingData& data,
                             std::span<const std::int64_t> input_shape, std::size_t classes) {
  LabelledSamples samples;
  Dataset dataset = source.drawn_digits > 0 ? drawn_digits(source, data, samples.labels)
                                            : from_files(source, data, samples.labels);
  dataset = adapt_to_input(std::move(dataset), input_shape);
  samples.sample_elements = static_cast<std::size_t>(dataset.sample_elements());
  samples.values = std::move(dataset.values);
  for (std::size_t i = 0; i < samples.labels.size(); ++i) {
    if (samples.labels[i] < 0 || samples.labels[i] >= static_cast<std::int64_t>(classes)) {
      throw DataError(fmt::format("{}: label {} of sample {} is none of the network's {} classes",
                                  source.labels.string(), samples.labels[i],
                                  static_cast<std::size_t>(source.first_sample) + i, classes));
    }
  }
  return samples;
}

SampleBatch make_batch(const LabelledSamples& samples, std::span<const std::size_t> which,
                       std::size_t size) {
  SampleBatch batch;
  batch.counted = which.size();
  batch.values.resize(size * samples.sample_elements);
  batch.labels.resize(size);
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t from = i < which.size() ? which[i] : 0;
    std::copy_n(
        samples.values.begin() + static_cast<std::ptrdiff_t>(from * samples.sample_elements),
        samples.sample_elements,
        batch.values.begin() + static_cast<std::ptrdiff_t>(i * samples.sample_elements));
    batch.labels[i] = samples.labels[from];
  }
  return batch;
}

}  // namespace systerm
