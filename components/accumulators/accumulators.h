// SPDX-License-Identifier: Apache-2.0
// 32-bit accumulators behind the array: collect the partial sums of an output tile over the tiles
// of the contraction, then hand them to the vector unit. With two slots the array fills one while
// the other drains.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "components/accumulators/accumulators_config.h"
#include "components/descriptors/fidelity.h"
#include "components/transport/extensions.h"
#include "components/transport/hardware_unit.h"
#include "components/transport/sockets.h"

namespace systerm {

class Accumulators final : public HardwareUnit {
 public:
  /// Sums of one step; they are there after the annotated delay.
  TargetSocket<Accumulators> sums{"sums", this, &Accumulators::take_sums};
  InitiatorSocket<Accumulators> results{"results"};

  Accumulators(const sc_core::sc_module_name& name, const Clock& clock,
               const AccumulatorsConfig& config, Fidelity fidelity);

  std::string waiting_for() const override;
  std::vector<Flow> flows() const override {
    return {{"tiles", tiles_opened_, tiles_sent_}, {"sums", sums_taken_, sums_delivered_}};
  }

  /// Sums that one slot holds.
  static std::int64_t slot_sums(const AccumulatorsConfig& config) {
    return config.bytes / config.slots / static_cast<std::int64_t>(sizeof(std::int32_t));
  }

 private:
  struct Tile {
    std::shared_ptr<const LayerDescriptor> descriptor;
    std::int64_t output = 0;
    std::vector<std::int32_t> sums;  ///< [vectors][filters]
    sc_core::sc_time opened_at;
    sc_core::sc_time complete_at;
    bool complete = false;
  };

  void take_sums(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void open(const SumTileExtension& incoming, const Step& step);
  void add(const SumTileExtension& incoming, const Step& step);
  void run();

  const AccumulatorsConfig config_;
  const Fidelity fidelity_;
  ReusedPayload<SumTileExtension> result_payload_;
  std::deque<Tile> tiles_;  ///< in the order of their opening, at most `slots`
  sc_core::sc_event tile_complete_;
  sc_core::sc_event slot_freed_;
  TimeAccount& time_;
  std::int64_t tiles_opened_ = 0;
  std::int64_t tiles_completed_ = 0;
  std::int64_t tiles_sent_ = 0;
  std::int64_t additions_ = 0;
  std::int64_t sums_taken_ = 0;  ///< into tiles that were opened
  std::int64_t sums_delivered_ = 0;
};

}  // namespace systerm
