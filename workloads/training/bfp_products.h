// SPDX-License-Identifier: Apache-2.0
// The products of training in block floating point: operands are converted from single precision
// along the axis that each product sums over, mantissa bits chosen by a policy for every layer and
// kind of operand. Source: Zhang, McDanel, Kung, "FAST", HPCA'22 (arXiv 2110.15456).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "components/arithmetic/bfp_gemm.h"
#include "components/arithmetic/block_floating_point.h"
#include "workloads/training/layer_products.h"
#include "workloads/training/precision_choice.h"

namespace systerm {

/// Where the exponent window of a tensor ends.
enum class BfpWindowTop : std::uint8_t {
  kTensor,  ///< at the exponent of its largest magnitude
  kFixed,   ///< where it was set, whatever the tensor holds
};

struct BfpTrainingFormat {
  /// Group, exponent, overflow and window; mantissa bits and rounding are those below.
  BfpParameters group{};
  std::array<BfpRounding, kOperandKinds> rounding{BfpRounding::kNearest, BfpRounding::kNearest,
                                                  BfpRounding::kStochastic};
  BfpAccumulation accumulation = BfpAccumulation::kPerPass;
  BfpWindowTop window_top = BfpWindowTop::kTensor;
  std::array<int, kOperandKinds> top_exponents{};  ///< for BfpWindowTop::kFixed
};

/// What one iteration cost an array of fMACs, its three products together.
struct PassCount {
  std::int64_t passes = 0;       ///< pairs of groups times the passes that each takes
  std::int64_t high_passes = 0;  ///< if every operand had kHighMantissaBits
  /// Values that conversion cut to the largest code, and those that it made zero.
  std::int64_t saturated = 0;
  std::int64_t flushed = 0;

  PassCount& operator+=(const PassCount& other);
  friend bool operator==(const PassCount&, const PassCount&) = default;
};

class BfpProducts final : public LayerProducts {
 public:
  struct Run {
    std::vector<std::string> layers;  ///< names, for messages
    std::int64_t iterations = 1;
    std::int64_t cadence = 1;  ///< iterations from one choice of mantissa bits to the next
    std::uint64_t seed = 1;    ///< of stochastic rounding
  };

  /// Throws std::invalid_argument for a format that cannot be.
  BfpProducts(const BfpTrainingFormat& format, std::unique_ptr<PrecisionPolicy> policy, Run run);

  void begin_iteration(std::int64_t iteration) override;
  void begin_evaluation() override { counts_ = false; }
  void forward(const ProductShape& shape, const float* data, const float* weights, float* sums,
               WorkerPool& workers) override;
  void backward_data(const ProductShape& shape, const float* gradient, const float* weights,
                     float* data_gradient, WorkerPool& workers) override;
  void weight_gradient(const ProductShape& shape, const float* gradient, const float* data,
                       float* weight_gradient, WorkerPool& workers) override;

  /// In force, by layer; 0 where nothing was asked yet.
  const std::vector<LayerPrecision>& precisions() const { return precisions_; }
  /// Those of a run that is continued after this iteration, from 0; they hold until the next
  /// choice.
  void restore(const std::vector<LayerPrecision>& precisions, std::int64_t iteration);
  /// Of the iteration that began last.
  const PassCount& count() const { return count_; }

 private:
  /// One side of a product.
  struct Side {
    OperandKind kind;
    const StridedMatrix& values;
    GroupAxis axis;
    bool is_first_use;  ///< in the iteration; the second has random bits of its own
  };

  int mantissa_bits(std::size_t layer, const Side& side, WorkerPool& workers);
  double improvement(std::size_t layer, const Side& side, WorkerPool& workers) const;
  BfpParameters parameters(OperandKind kind, int mantissa_bits) const;
  int window_top(const Side& side) const;
  RandomBits random_bits(std::size_t layer, const Side& side) const;
  void convert(std::size_t layer, const Side& side, BfpMatrix& to, WorkerPool& workers);
  void multiply(std::size_t layer, const Side& left, const Side& right, float* result,
                WorkerPool& workers);

  BfpTrainingFormat format_;
  std::unique_ptr<PrecisionPolicy> policy_;
  Run run_;
  std::int64_t iteration_ = 0;
  std::vector<LayerPrecision> precisions_;
  std::vector<std::array<bool, kOperandKinds>> is_chosen_;
  PassCount count_;
  bool counts_ = true;
  // Kept for their memory.
  BfpMatrix left_matrix_;
  BfpMatrix right_matrix_;
  BfpLeft left_;
  BfpRight right_;
};

}  // namespace systerm
