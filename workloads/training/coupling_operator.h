// SPDX-License-Identifier: Apache-2.0
// The addition of a coupling: the function's result is added to a stream in the stream's format,
// and taken off it again.
#pragma once

#include <cstdint>
#include <memory>

#include "components/arithmetic/residual_stream.h"
#include "workloads/training/trainable_operator.h"

namespace systerm {

struct CouplingPlace {
  std::size_t skip = 0;      ///< operand of the addition that is the stream
  std::uint32_t number = 0;  ///< of the coupling in the network, for its random bits
  std::uint64_t seed = 1;
  std::size_t elements = 0;
};

class CouplingOperator final : public TrainableOperator {
 public:
  CouplingOperator(std::shared_ptr<const ResidualStream> stream, const CouplingPlace& place)
      : stream_(std::move(stream)), place_(place) {}

  void forward(const StepOperands& operands, StepServices& services) override;
  /// Rounding passes the gradient on as it is.
  void backward_data(const StepOperands& operands, StepServices& services) override;
  void reconstruct(const StepOperands& operands, StepServices& services) override;

 private:
  RandomBits random_bits(const StepServices& services) const;

  std::shared_ptr<const ResidualStream> stream_;
  CouplingPlace place_;
};

/// Elements that threads take at once: whole groups of the stream.
std::size_t stream_grain(const ResidualStream& stream);

/// Brings values into the format of a stream.
StreamCounts enter_stream(const ResidualStream& stream, std::span<float> values,
                          WorkerPool& workers);

}  // namespace systerm
