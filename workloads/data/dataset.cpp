// SPDX-License-Identifier: Apache-2.0
#include "workloads/data/dataset.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "workloads/data/array.h"
#include "workloads/data/data_error.h"
#include "workloads/data/idx.h"
#include "workloads/data/input_file.h"
#include "workloads/data/npy.h"

namespace systerm {

namespace {

using Shape = std::vector<std::int64_t>;

Array read_array(const std::filesystem::path& path) {
  const std::uint8_t first = InputFile(path).read(1).front();
  if (first == 0x93) return read_npy(path);
  if (first == 0) return read_idx(path);
  throw DataError(fmt::format("{}: is neither an NPY nor an IDX file", path.string()));
}

std::int64_t product(std::span<const std::int64_t> shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

Shape without_ones(std::span<const std::int64_t> shape) {
  Shape result;
  std::ranges::copy_if(shape, std::back_inserter(result), [](auto length) { return length != 1; });
  return result;
}

void channels_first(Dataset& dataset) {
  const Shape& shape = dataset.sample_shape;
  const auto pixels = static_cast<std::size_t>(shape[0] * shape[1]);
  const auto channels = static_cast<std::size_t>(shape[2]);
  std::vector<float> values(dataset.values.size());
  for (std::size_t start = 0; start < values.size(); start += pixels * channels) {
    for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
      for (std::size_t channel = 0; channel < channels; ++channel) {
        values[start + channel * pixels + pixel] =
            dataset.values[start + pixel * channels + channel];
      }
    }
  }
  dataset.values = std::move(values);
}

}  // namespace

std::int64_t Dataset::sample_elements() const { return product(sample_shape); }

Tensor Dataset::batch(std::int64_t first, std::int64_t samples) const {
  if (first < 0 || samples < 0 || samples > count - first) {
    throw std::out_of_range(
        fmt::format("{}: samples {} to {} of {}", name, first, first + samples - 1, count));
  }
  Tensor tensor;
  tensor.shape.push_back(samples);
  tensor.shape.insert(tensor.shape.end(), sample_shape.begin(), sample_shape.end());
  const auto begin = values.begin() + first * sample_elements();
  tensor.values.assign(begin, begin + samples * sample_elements());
  return tensor;
}

Dataset load_dataset(const std::filesystem::path& path, double offset, double scale) {
  const Array array = read_array(path);
  if (array.shape.empty()) {
    throw DataError(fmt::format("{}: a single number where samples are expected", path.string()));
  }
  Dataset dataset;
  dataset.name = path.string();
  dataset.count = array.shape.front();
  dataset.sample_shape.assign(array.shape.begin() + 1, array.shape.end());
  dataset.values.reserve(array.size());
  std::visit(
      [&](const auto& elements) {
        for (const auto element : elements) {
          dataset.values.push_back(
              static_cast<float>((static_cast<double>(element) - offset) * scale));
        }
      },
      array.elements);
  return dataset;
}

std::vector<std::int64_t> load_labels(const std::filesystem::path& path) {
  const Array array = read_array(path);
  if (array.shape.size() != 1 || !array.is_integer()) {
    throw DataError(fmt::format("{}: labels must be one axis of integers, not {} of shape ({})",
                                path.string(), array.is_integer() ? "integers" : "reals",
                                fmt::join(array.shape, ", ")));
  }
  std::vector<std::int64_t> labels;
  labels.reserve(array.size());
  std::visit(
      [&](const auto& elements) {
        for (const auto element : elements) labels.push_back(static_cast<std::int64_t>(element));
      },
      array.elements);
  return labels;
}

Dataset adapt_to_input(Dataset dataset, std::span<const std::int64_t> input_shape) {
  const Shape wanted(input_shape.begin() + (input_shape.empty() ? 0 : 1), input_shape.end());
  const Shape& given = dataset.sample_shape;
  const Shape wanted_axes = without_ones(wanted);
  const Shape given_axes = without_ones(given);
  const bool is_flat = std::min(wanted_axes.size(), given_axes.size()) <= 1;
  if (given_axes == wanted_axes || (is_flat && product(given) == product(wanted))) {
    dataset.sample_shape = wanted;
    return dataset;
  }
  if (given.size() == 3 && wanted == Shape{given[2], given[0], given[1]}) {
    channels_first(dataset);
    dataset.sample_shape = wanted;
    return dataset;
  }
  throw DataError(fmt::format("{}: samples of shape ({}) do not fit the network's input ({})",
                              dataset.name, fmt::join(given, ", "), fmt::join(wanted, ", ")));
}

}  // namespace systerm
