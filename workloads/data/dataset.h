// SPDX-License-Identifier: Apache-2.0
// Input samples and labels of a network, from NPY, NPZ, IDX or raw files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "workloads/data/tensor.h"

namespace systerm {

struct Dataset {
  std::string name;  ///< path of the file
  std::int64_t count = 0;
  std::vector<std::int64_t> sample_shape;
  std::vector<float> values;  ///< [count][sample_shape], C order
  bool is_raw = false;        ///< without a shape: `count` single values until adapt_to_input

  std::int64_t sample_elements() const;
  /// Samples first .. first + samples - 1 in a tensor of shape {samples, sample_shape...}. Throws
  /// std::out_of_range past the end.
  Tensor batch(std::int64_t first, std::int64_t samples) const;
};

/// The first axis of the file counts samples. Real value = (stored - offset) * scale, computed in
/// double. The content, not the name, tells NPY, NPZ and IDX apart; "file.npz:name" is one array of
/// an NPZ. A file that ends in .i8 or .u8 is raw 8-bit integers without a shape. Throws DataError,
/// also for NaN or infinity.
Dataset load_dataset(const std::filesystem::path& path, double offset = 0.0, double scale = 1.0);

/// A one-dimensional array of integers. Throws DataError.
std::vector<std::int64_t> load_labels(const std::filesystem::path& path);

/// Samples first .. first + samples - 1. Throws DataError past the end.
Dataset slice(const Dataset& dataset, std::int64_t first, std::int64_t samples);

/// Brings samples into the order of a network input of shape {batch, ...}:
/// * raw values are cut into samples of the input's shape;
/// * axes of length 1 do not count, and a flat input takes (or a flat sample gives) values in C
/// order;
/// * otherwise samples {height, width, channels} become {channels, height, width} where that makes
///   the shapes equal.
/// Throws DataError with both shapes if neither applies.
Dataset adapt_to_input(Dataset dataset, std::span<const std::int64_t> input_shape);

}  // namespace systerm
