// SPDX-License-Identifier: Apache-2.0
// The array of cells, one process for all of them: a pass of vectors takes the cycles of its closed
// form (array_timing.h) and, in data fidelity, computes with the operands that arrived. Weight or
// output stationary; synchronised at the bound or at the slowest cell of each wavefront.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "components/arithmetic/gemm.h"
#include "components/array/activity.h"
#include "components/array/array_config.h"
#include "components/array/array_timing.h"
#include "components/array/cell.h"
#include "components/array/pair_estimate.h"
#include "components/array/product_pass.h"
#include "components/descriptors/fidelity.h"
#include "components/transport/extensions.h"
#include "components/transport/hardware_unit.h"
#include "components/transport/sockets.h"

namespace systerm {

class SystolicArray final : public HardwareUnit {
 public:
  TargetSocket<SystolicArray> weights{"weights", this, &SystolicArray::take_weights};
  TargetSocket<SystolicArray> data{"data", this, &SystolicArray::take_data};
  InitiatorSocket<SystolicArray> sums{"sums"};

  SystolicArray(const sc_core::sc_module_name& name, const Clock& clock, const ArrayConfig& config,
                Fidelity fidelity);

  std::string waiting_for() const override;

  /// Where the cycles went up to now; an open wait is charged to `open_wait`.
  const ArrayActivity& activity_until_now(ArrayCause open_wait);
  std::int64_t macs() const { return macs_; }
  std::int64_t term_pairs() const { return term_pairs_; }
  std::int64_t term_pair_bound() const { return term_pair_bound_; }
  /// Cycles of cells that held a weight group and worked on a vector.
  std::int64_t cell_cycles() const { return cell_cycles_; }

 private:
  /// A tile of weights in the cells.
  struct WeightSet {
    PackedWeights values;
    std::vector<std::uint8_t> terms;  ///< [slots * group_size][columns]
    sc_core::sc_time block_completed_at;
    std::int64_t stream_cycles = 0;
  };

  bool waits_for_slowest() const {
    return config_.beat_sync == BeatSync::kWavefrontMaximum && cell_->is_term_serial();
  }
  void take_weights(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void take_data(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void run();
  void account_wait(const DataTileExtension& tile, const sc_core::sc_time& data_arrived,
                    const sc_core::sc_time& weights_arrived);
  ProductStepCycles step_cycles(const DataTileExtension& tile);
  PassCycles pass_cycles(const DataTileExtension& tile);
  /// Until the sums of the step before, which this one goes on with, have left the array.
  void wait_for_sums(const DataTileExtension& tile);
  void count_cell_events(const DataTileExtension& tile, std::int64_t pairs,
                         const PassCycles& cycles);
  std::vector<std::int64_t> wavefront_beats(const DataTileExtension& tile);
  void compute(const DataTileExtension& tile);
  void count(const DataTileExtension& tile, const PassCycles& cycles);
  void send_sums(const DataTileExtension& tile, std::int64_t cycles);

  const ArrayConfig config_;
  const Fidelity fidelity_;
  const std::unique_ptr<const Cell> cell_;
  ReusedPayload<SumTileExtension> sums_payload_;

  std::deque<WeightSet> loaded_;  ///< front: in use or next; at most weight_sets
  int sets_taken_ = 0;
  sc_core::sc_event weights_loaded_;
  sc_core::sc_event set_freed_;
  const DataTileExtension* pending_ = nullptr;
  sc_core::sc_event data_arrived_;
  sc_core::sc_event pass_started_;
  std::int64_t stream_cycles_ = 0;
  std::int64_t sum_begun_at_ = 0;  ///< cycle of the first beat of the last listed step
  bool waiting_for_weights_ = false;

  std::vector<std::int32_t> sums_buffer_;    ///< [vectors][columns]
  std::vector<std::int64_t> carried_beats_;  ///< output stationary: overlap with the next part
  PairEstimate estimate_;
  ArrayActivity activity_;
  std::int64_t macs_ = 0;
  std::int64_t term_pairs_ = 0;
  std::int64_t term_pair_bound_ = 0;
  std::int64_t cell_cycles_ = 0;
  std::int64_t passes_ = 0;
  std::vector<std::int64_t> cell_events_;  ///< in the order of the cell's composition
};

}  // namespace systerm
