// SPDX-License-Identifier: Apache-2.0
// Closed forms for the cycles of a matrix product on an array of fMACs. A cell multiplies two
// groups of g values in passes, one 2-bit chunk of each side a cycle. One array runs the three
// products of a layer in training without transposing data (FAST, HPCA'22, arXiv 2110.15456):
// operands enter from below and from the left, results leave to the right, upward, or stay.
#pragma once

#include <cstdint>

#include "components/arithmetic/bfp_gemm.h"

namespace systerm {

/// With A[M,K], W[K,N], dO[M,N]: rows stand for N, columns for K in all three.
enum class FmacMode : std::uint8_t {
  kResultsRight,  ///< O = A W: W held, groups along K, A from below
  kResultsUp,     ///< dA = dO W^T: W held, groups along N, dO from the left
  kResultsHeld,   ///< dW = A^T dO: A from below, dO from the left, groups along M; then drained
};

/// Mantissa bits of the three kinds of tensors of a layer.
struct FmacMantissas {
  int weights = 4;
  int activations = 4;
  int gradients = 4;
};

/// Passes of a pair of groups in the product that `mode` computes: chunks of one operand times
/// chunks of the other.
std::int64_t fmac_passes(FmacMode mode, const FmacMantissas& mantissas);

struct FmacArray {
  std::int64_t rows = 256;
  std::int64_t columns = 64;
  std::int64_t group_size = 16;
  BfpAccumulation accumulation = BfpAccumulation::kPerPass;
  bool double_buffered = true;  ///< weights of the next tile are loaded while this one computes
  std::int64_t weight_load_cycles = 0;  ///< of the weights of a tile; the first one's are in place
};

/// Sizes of the layer, the same whichever of its products is computed.
struct FmacGemm {
  FmacMode mode = FmacMode::kResultsRight;
  std::int64_t m = 1;  ///< batch times space
  std::int64_t k = 1;  ///< input channels times kernel
  std::int64_t n = 1;  ///< output channels
  std::int64_t passes = 1;
};

struct FmacCycles {
  std::int64_t tiles = 0;
  std::int64_t busy = 0;   ///< of the passes
  std::int64_t drain = 0;  ///< shifting held results out
  std::int64_t load = 0;   ///< of weights, that nothing hides
  std::int64_t wait = 0;   ///< for sums of the tile before, or for the output to be free
  std::int64_t skew = 0;   ///< fill and drain of the pipeline, once

  std::int64_t total() const { return busy + drain + load + wait + skew; }
  friend bool operator==(const FmacCycles&, const FmacCycles&) = default;
};

/// Throws std::invalid_argument if a size is below 1.
FmacCycles fmac_cycles(const FmacArray& array, const FmacGemm& gemm);

}  // namespace systerm
