// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/classification.h"

#include <algorithm>
#include <cstddef>
#include <stdexcept>

#include <fmt/format.h>

namespace systerm {

namespace {

template <typename Value>
std::vector<std::int64_t> largest_of_rows(const std::vector<Value>& values, std::int64_t classes) {
  std::vector<std::int64_t> result;
  for (auto row = values.begin(); row != values.end(); row += classes) {
    result.push_back(std::max_element(row, row + classes) - row);
  }
  return result;
}

}  // namespace

std::vector<std::int64_t> classify(const FeatureCodes& codes) {
  const FeatureShape& shape = codes.shape;
  // A matrix is one row of images in either of the two forms that a network writes it.
  if (shape.height != 1 || (shape.width != 1 && shape.images != 1)) {
    throw std::invalid_argument(fmt::format("{}x{}x{}x{} is no matrix of logits", shape.images,
                                            shape.height, shape.width, shape.channels));
  }
  return largest_of_rows(codes.codes, shape.channels);
}

std::vector<std::int64_t> classify(const Tensor& logits) {
  if (logits.shape.size() < 2) throw std::invalid_argument("logits need images and classes");
  const std::int64_t classes = *std::max_element(logits.shape.begin() + 1, logits.shape.end());
  if (classes * logits.shape.front() != logits.elements()) {
    throw std::invalid_argument("logits have more than one axis of classes");
  }
  return largest_of_rows(logits.values, classes);
}

std::int64_t count_correct(std::span<const std::int64_t> predictions,
                           std::span<const std::int64_t> labels) {
  if (labels.size() < predictions.size()) {
    throw std::invalid_argument(
        fmt::format("{} labels for {} predictions", labels.size(), predictions.size()));
  }
  std::int64_t correct = 0;
  for (std::size_t i = 0; i < predictions.size(); ++i) correct += predictions[i] == labels[i];
  return correct;
}

}  // namespace systerm
