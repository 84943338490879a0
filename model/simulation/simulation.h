// SPDX-License-Identifier: Apache-2.0
// One run of a mapped network on the SystemC model of a design. One simulation a process.
#pragma once

#include <cstddef>
#include <functional>
#include <stdexcept>
#include <vector>

#include "components/dram/dram.h"
#include "model/accelerator/accelerator.h"
#include "model/mapping/mapper.h"
#include "model/simulation/event_counters.h"
#include "model/simulation/measurement.h"
#include "workloads/quantization/quantized_network.h"

namespace systerm {

/// The model came to rest with work left, a unit broke the protocol, a sum left its range, or
/// something got lost.
class SimulationError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct SimulationResult {
  std::vector<Measurement> layers;  ///< by position in Network::layers, added up over all batches
  Measurement total;
  std::vector<Measurement> cores;
  struct Retention {
    std::string unit;
    RetentionReport report;
  };
  std::vector<Retention> retention;      ///< of the buffers whose memory forgets
  std::vector<Measurement> resolutions;  ///< by position in Setup::resolutions
  std::vector<EventName> events;         ///< what Measurement::events counts
  std::vector<UnitStatistic> statistics;
};

/// Features in memory order, as they lie in the modelled memory.
FeatureCodes read_feature(const SparseMemory& memory, const FeatureMap& map);
void write_feature(SparseMemory& memory, const FeatureMap& map, const FeatureCodes& codes);

class Simulation {
 public:
  /// Data fidelity: before anything reads batch `batch`, gives the codes of every network input.
  using InputSource = std::function<std::vector<FeatureCodes>(std::size_t batch)>;
  /// Data fidelity: after batch `batch`, what its layers made lies in `memory` at `layout`.
  using BatchObserver = std::function<void(std::size_t batch, const SparseMemory& memory,
                                           const MemoryLayout& layout)>;
  /// After each layer: how many of how many are done, and the name of the last.
  using Progress =
      std::function<void(std::size_t done, std::size_t total, const std::string& name)>;
  /// Binds the accelerator's memory socket; the default binds it to the DRAM directly.
  using MemoryBinding = std::function<void(Accelerator&, Dram&)>;

  struct Setup {
    Design design;
    /// Null for listed descriptors, whose numbers are below `layers`; timing fidelity then.
    std::shared_ptr<const QuantizedNetwork> network;
    std::size_t layers = 0;
    MappedNetwork mapped;
    /// The network mapped at several budgets: batch b runs resolutions[b % size] instead of
    /// `mapped`. All lie in memory as `mapped` does.
    std::vector<MappedNetwork> resolutions;
    Fidelity fidelity = Fidelity::kTiming;
    std::size_t batches = 1;
    InputSource inputs;
    BatchObserver on_batch;
    Progress progress;
    MemoryBinding bind_memory;
    ActivityObserver* observer = nullptr;  ///< of every unit
  };

  /// Runs to the end. Throws SimulationError.
  static SimulationResult run(const Setup& setup);
};

}  // namespace systerm
