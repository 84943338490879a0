// SPDX-License-Identifier: Apache-2.0
#include "workloads/data/dataset.h"

#include <algorithm>
#include <cmath>
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
#include "workloads/data/npz.h"

namespace systerm {

namespace {

using Shape = std::vector<std::int64_t>;

/// 8-bit integers without a header: signed in .i8, unsigned in .u8.
bool is_raw(const std::filesystem::path& path) {
  return path.extension() == ".i8" || path.extension() == ".u8";
}

Array read_raw(const std::filesystem::path& path) {
  const std::vector<std::uint8_t> bytes = InputFile(path).read_all();
  Array array;
  array.shape = {std::ssize(bytes)};
  if (path.extension() == ".u8") {
    array.elements = bytes;
  } else {
    array.elements = std::vector<std::int8_t>(bytes.begin(), bytes.end());
  }
  return array;
}

Array read_array(const std::filesystem::path& path) {
  const auto [file, member] = split_archive_member(path);
  if (is_raw(file)) return read_raw(file);
  const std::uint8_t first = InputFile(file).read(1).front();
  if (first == 'P') return read_npz(file, member);
  if (first == 0x93) return read_npy(file);
  if (first == 0) return read_idx(file);
  throw DataError(fmt::format("{}: is neither an NPY, an NPZ nor an IDX file", path.string()));
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

/// Raw values are those of the samples one after the other, in the order of the input.
Dataset cut_into_samples(Dataset dataset, const Shape& wanted) {
  const std::int64_t elements = std::max<std::int64_t>(1, product(wanted));
  const std::int64_t values = std::ssize(dataset.values);
  if (values % elements != 0) {
    throw DataError(fmt::format("{}: {} values are not a whole number of samples of shape ({})",
                                dataset.name, values, fmt::join(wanted, ", ")));
  }
  dataset.count = values / elements;
  dataset.sample_shape = wanted;
  dataset.is_raw = false;
  return dataset;
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
  dataset.is_raw = is_raw(path);
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
  const auto bad =
      std::ranges::find_if_not(dataset.values, [](float value) { return std::isfinite(value); });
  if (bad != dataset.values.end()) {
    throw DataError(fmt::format(
        "{}: sample {} holds NaN or infinity", path.string(),
        (bad - dataset.values.begin()) / std::max<std::int64_t>(1, dataset.sample_elements())));
  }
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

Dataset slice(const Dataset& dataset, std::int64_t first, std::int64_t samples) {
  if (first < 0 || samples < 0 || samples > dataset.count - first) {
    throw DataError(fmt::format("{} holds {} samples; {} from the one at {} on are asked for",
                                dataset.name, dataset.count, samples, first));
  }
  Dataset result{dataset.name, samples, dataset.sample_shape, {}, dataset.is_raw};
  const auto begin = dataset.values.begin() + first * dataset.sample_elements();
  result.values.assign(begin, begin + samples * dataset.sample_elements());
  return result;
}

Dataset adapt_to_input(Dataset dataset, std::span<const std::int64_t> input_shape) {
  const Shape wanted(input_shape.begin() + (input_shape.empty() ? 0 : 1), input_shape.end());
  if (dataset.is_raw) return cut_into_samples(std::move(dataset), wanted);
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
