// SPDX-License-Identifier: Apache-2.0
// The three matrix products of a layer in training, behind one interface for every number format.
#pragma once

#include <cstddef>
#include <cstdint>

namespace systerm {

class WorkerPool;

/// `vectors` data vectors of `terms` values, and `filters` weight vectors of as many.
struct ProductShape {
  std::size_t layer = 0;  ///< position among the layers that have weights, in forward order
  std::size_t vectors = 0;
  std::size_t terms = 0;
  std::size_t filters = 0;
};

/// All matrices lie row after row. Results depend neither on the number of threads nor on what was
/// computed before within the iteration.
class LayerProducts {
 public:
  virtual ~LayerProducts() = default;

  /// Before the first product of an iteration.
  virtual void begin_iteration(std::int64_t iteration) = 0;
  /// Before the network is only evaluated, in the formats of the iteration before.
  virtual void begin_evaluation() = 0;

  /// sums [vectors][filters] = data [vectors][terms] times weights [filters][terms].
  virtual void forward(const ProductShape& shape, const float* data, const float* weights,
                       float* sums, WorkerPool& workers) = 0;
  /// data_gradient [vectors][terms] = gradient [vectors][filters] times weights [filters][terms].
  virtual void backward_data(const ProductShape& shape, const float* gradient, const float* weights,
                             float* data_gradient, WorkerPool& workers) = 0;
  /// weight_gradient [filters][terms] = gradient transposed times data.
  virtual void weight_gradient(const ProductShape& shape, const float* gradient, const float* data,
                               float* weight_gradient, WorkerPool& workers) = 0;
};

/// In single precision, by float_gemm().
class FloatProducts final : public LayerProducts {
 public:
  void begin_iteration(std::int64_t) override {}
  void begin_evaluation() override {}
  void forward(const ProductShape& shape, const float* data, const float* weights, float* sums,
               WorkerPool& workers) override;
  void backward_data(const ProductShape& shape, const float* gradient, const float* weights,
                     float* data_gradient, WorkerPool& workers) override;
  void weight_gradient(const ProductShape& shape, const float* gradient, const float* data,
                       float* weight_gradient, WorkerPool& workers) override;
};

}  // namespace systerm
