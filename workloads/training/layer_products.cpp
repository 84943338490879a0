// SPDX-License-Identifier: Apache-2.0
#include "workloads/training/layer_products.h"

#include <algorithm>

#include "components/arithmetic/float_gemm.h"
#include "workloads/training/worker_pool.h"

namespace systerm {

namespace {

/// Large enough that packing the right operand again for each block of rows costs little.
constexpr std::size_t kBlockRows = 192;
constexpr std::size_t kBlockColumns = 128;

/// result [rows][columns] in blocks that threads share out.
void multiply(const FloatOperand& left, const FloatOperand& right, std::size_t rows,
              std::size_t contraction, std::size_t columns, float* result, WorkerPool& workers) {
  const std::size_t row_blocks = (rows + kBlockRows - 1) / kBlockRows;
  const std::size_t column_blocks = (columns + kBlockColumns - 1) / kBlockColumns;
  workers.run(row_blocks * column_blocks, [&](std::size_t piece) {
    const std::size_t row = piece / column_blocks * kBlockRows;
    const std::size_t column = piece % column_blocks * kBlockColumns;
    float_gemm(
        left, right, contraction,
        {row, std::min(rows, row + kBlockRows), column, std::min(columns, column + kBlockColumns)},
        result, columns);
  });
}

}  // namespace

void FloatProducts::forward(const ProductShape& shape, const float* data, const float* weights,
                            float* sums, WorkerPool& workers) {
  multiply({data, shape.terms}, FloatOperand{weights, shape.terms}.transposed(), shape.vectors,
           shape.terms, shape.filters, sums, workers);
}

void FloatProducts::backward_data(const ProductShape& shape, const float* gradient,
                                  const float* weights, float* data_gradient, WorkerPool& workers) {
  multiply({gradient, shape.filters}, {weights, shape.terms}, shape.vectors, shape.filters,
           shape.terms, data_gradient, workers);
}

void FloatProducts::weight_gradient(const ProductShape& shape, const float* gradient,
                                    const float* data, float* weight_gradient,
                                    WorkerPool& workers) {
  multiply(FloatOperand{gradient, shape.filters}.transposed(), {data, shape.terms}, shape.filters,
           shape.vectors, shape.terms, weight_gradient, workers);
}

}  // namespace systerm
