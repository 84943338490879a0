// SPDX-License-Identifier: Apache-2.0
// Where the cycles of the array go. Every cycle is either busy or stalled by exactly one cause, so
// that the causes add up to the time that passed.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace systerm {

enum class ArrayCause : std::uint8_t {
  kBusy,          ///< the first cell works
  kSkew,          ///< operands fill the array, results leave it
  kEncoder,       ///< the source of the data is slower than the cells, or its latency shows
  kDataMemory,    ///< data are not on chip yet
  kWeightMemory,  ///< weights are not on chip yet
  kWeightLoad,    ///< weights are being shifted into the cells
  kOutput,        ///< accumulators are full: vector unit or store are behind
  kDrain,         ///< post-processing and storing after the last pass of a layer
  kControl,       ///< descriptors and registers
  kVectorLayer,   ///< a layer that the array has no part in
  kBankConflict,  ///< banks of the data buffer conflict and make it slower than the cells
  kOtherCores,    ///< what the core needs is not made yet, or there is nothing left for it
};
inline constexpr std::size_t kArrayCauses = 12;

inline constexpr std::array<std::string_view, kArrayCauses> kArrayCauseNames = {
    "busy",   "skew",  "encoder", "data_memory",  "weight_memory", "weight_load",
    "output", "drain", "control", "vector_layer", "bank_conflict", "other_cores"};

class ArrayActivity {
 public:
  void add(ArrayCause cause, std::int64_t cycles) {
    cycles_[static_cast<std::size_t>(cause)] += cycles;
    accounted_ += cycles;
  }
  /// Everything from the last accounted cycle up to cycle `until`.
  void fill(ArrayCause cause, std::int64_t until) {
    if (until > accounted_) add(cause, until - accounted_);
  }
  std::int64_t accounted() const { return accounted_; }
  const std::array<std::int64_t, kArrayCauses>& cycles() const { return cycles_; }

 private:
  std::array<std::int64_t, kArrayCauses> cycles_{};
  std::int64_t accounted_ = 0;
};

}  // namespace systerm
