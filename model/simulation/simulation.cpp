// SPDX-License-Identifier: Apache-2.0
#include "model/simulation/simulation.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <memory>
#include <set>

#include <fmt/format.h>

#include "model/mapping/weight_image.h"
#include "model/simulation/conservation.h"
#include "model/simulation/core_programs.h"
#include "workloads/execution/integer_reference.h"

namespace systerm {

namespace {

constexpr std::array<const char*, kRunContents> kRunContentNames = {"words", "mantissas",
                                                                    "exponents"};

/// Calls visit(index in memory order of the feature, byte offset in the map).
template <typename Visit>
void visit_elements(const FeatureMap& map, Visit visit) {
  const RegionLayout layout(map, map.whole());
  std::size_t element = 0;
  for (std::int64_t image = 0; image < map.images; ++image) {
    for (std::int64_t row = 0; row < map.height; ++row) {
      for (std::int64_t column = 0; column < map.width; ++column) {
        for (std::int64_t channel = 0; channel < map.channels; ++channel) {
          visit(element++, layout.offset(image, row, column, channel) * map.element_bytes);
        }
      }
    }
  }
}

class Run {
 public:
  explicit Run(const Simulation::Setup& setup)
      : setup_(setup),
        clock_(setup.design.clock_hz),
        dram_(make_dram("dram", clock_, setup.design.dram, setup.fidelity)),
        accelerator_(
            "accelerator", setup.design, setup.fidelity,
            core_programs(setup.mapped, setup.resolutions, network_inputs(setup), setup.batches),
            {[this](std::size_t core, const CommandProcessor::Command&) { core_ready(core); },
             [this](std::size_t core, const CommandProcessor::Command& command) {
               part_done(core, command);
             }}),
        parts_(setup.network ? setup.network->network->layers.size() : setup.layers),
        batches_(setup.batches) {
    if (setup.bind_memory) {
      setup.bind_memory(accelerator_, *dram_);
    } else {
      accelerator_.memory_socket().bind(dram_->port);
    }
    count_parts();
    add_events();
    for (HardwareUnit* unit : accelerator_.units()) unit->observe(setup.observer);
    dram_->observe(setup.observer);
    result_.layers.resize(parts_.size());
    result_.resolutions.resize(setup.resolutions.size());
    for (std::size_t core = 0; core < accelerator_.cores().size(); ++core) {
      last_.push_back(counters(core, ArrayCause::kControl));
      const Measurement nothing = last_.back() - last_.back();
      result_.cores.push_back(nothing);
      for (Measurement& layer : result_.layers) layer += nothing;
      for (Measurement& resolution : result_.resolutions) resolution += nothing;
      result_.total += nothing;
    }
    last_shared_ = events_.values();
  }

  SimulationResult simulate() {
    if (setup_.fidelity == Fidelity::kData) {
      load_weights();
      load_constants();
      load_inputs(0);
    }
    sc_core::sc_start();
    for (HardwareUnit* unit : accelerator_.units()) unit->settle();
    check_done();
    finish_cores();
    check_balances();
    collect_statistics();
    return std::move(result_);
  }

 private:
  /// How much of one batch is done.
  struct Batch {
    std::vector<std::size_t> parts_done;  ///< by layer
    std::size_t layers_done = 0;
    std::size_t input_readers_done = 0;
    std::unique_ptr<SparseMemory> results;  ///< before the next batch writes over them
  };

  static std::vector<FeatureId> network_inputs(const Simulation::Setup& setup) {
    return setup.network ? setup.network->network->inputs : std::vector<FeatureId>{};
  }

  /// Events of the units of a core, and of the units that all share.
  void add_events() {
    constexpr std::size_t kShared = std::numeric_limits<std::size_t>::max();
    const auto add = [this](const HardwareUnit& unit, std::size_t owner) {
      events_.add(unit);
      event_owners_.resize(events_.names().size(), owner);
    };
    for (const auto& [unit, core] : accelerator_.units_by_core()) {
      add(*unit, core ? *core : kShared);
    }
    add(*dram_, kShared);
    result_.events = events_.names();
  }

  void count_parts() {
    for (const auto& core : setup_.mapped.cores) {
      for (const CoreLayer& part : core) {
        ++parts_[part.layer];
        if (reads_network_input(part.layer)) ++input_readers_;
      }
    }
  }

  bool reads_network_input(std::size_t layer) const {
    if (!setup_.network) return false;
    const Network& network = *setup_.network->network;
    return std::ranges::any_of(network.layers[layer].inputs, [&](FeatureId id) {
      return std::ranges::find(network.inputs, id) != network.inputs.end();
    });
  }

  void load_weights() {
    const QuantizedNetwork& network = *setup_.network;
    std::set<std::uint64_t> loaded;
    for (const auto& core : setup_.mapped.cores) {
      for (const CoreLayer& part : core) {
        const Gemm* gemm = network.network->layers[part.layer].gemm();
        if (gemm == nullptr || gemm->second || gemm->weights_of) continue;
        if (!loaded.insert(part.weight_address).second) continue;
        const auto image = pack_layer_weights(*part.descriptor, *gemm, network.layers[part.layer]);
        dram_->contents().write(part.weight_address, image.data(), image.size());
      }
    }
  }

  void load_constants() {
    const Network& network = *setup_.network->network;
    for (const ConstantFeature& constant : network.constants) {
      write_feature(dram_->contents(), setup_.mapped.memory.features[index(constant.feature)],
                    quantize_constant(*setup_.network, constant));
    }
  }

  void load_inputs(std::size_t batch) {
    const Network& network = *setup_.network->network;
    const std::vector<FeatureCodes> inputs = setup_.inputs(batch);
    for (std::size_t i = 0; i < network.inputs.size(); ++i) {
      write_feature(dram_->contents(), setup_.mapped.memory.features[index(network.inputs[i])],
                    inputs[i]);
    }
  }

  Measurement counters(std::size_t index, ArrayCause open_wait) {
    Core& core = accelerator_.cores()[index];
    Measurement now;
    now.cycles = now.core_cycles = clock_.now();
    now.array_cycles = core.array().activity_until_now(open_wait).cycles();
    now.macs = core.array().macs();
    now.term_pairs = core.array().term_pairs();
    now.term_pair_bound = core.array().term_pair_bound();
    now.cell_cycles = core.array().cell_cycles();
    now.vector_unit_cycles = core.vector_unit().busy_cycles();
    now.traffic.push_back({"dram", core.bytes_loaded(), core.bytes_stored()});
    for (std::size_t i = 0; i < kRunContents; ++i) {
      now.contents.push_back({kRunContentNames[i], core.bytes_loaded_by_content()[i],
                              core.bytes_stored_by_content()[i]});
    }
    for (const auto& [name, buffer] : core.buffers()) {
      buffer->settle();
      now.traffic.push_back({name, buffer->bytes_read(), buffer->bytes_written()});
    }
    now.events = events_.values();
    for (std::size_t i = 0; i < now.events.size(); ++i) {
      if (event_owners_[i] != index) now.events[i] = 0;
    }
    return now;
  }

  /// What shared units did since the last share of a layer was done, by any core.
  void add_shared_counts(Measurement& part) {
    if (const DramCounts* counts = dram_->counts()) {
      part.dram = *counts;
      part.dram -= last_dram_;
      last_dram_ = *counts;
    }
    const std::vector<std::int64_t> now = events_.values();
    for (std::size_t i = 0; i < now.size(); ++i) {
      if (event_owners_[i] >= accelerator_.cores().size()) {
        part.events[i] = now[i] - last_shared_[i];
      }
    }
    last_shared_ = now;
  }

  /// The core waited for others up to now.
  void core_ready(std::size_t core) {
    accelerator_.cores()[core].array().activity_until_now(ArrayCause::kOtherCores);
  }

  void part_done(std::size_t core, const CommandProcessor::Command& command) {
    const auto layer = static_cast<std::size_t>(command.layer->layer);
    dram_->update_statistics();
    Measurement now =
        counters(core, command.layer->has_gemm() ? ArrayCause::kDrain : ArrayCause::kVectorLayer);
    Measurement part = now - last_[core];
    add_shared_counts(part);
    result_.cores[core] += part;
    part.cycles = 0;
    result_.layers[layer] += part;
    if (!result_.resolutions.empty()) resolution(command.batch) += part;
    last_[core] = std::move(now);

    Batch& batch = batches_[command.batch];
    batch.parts_done.resize(parts_.size());
    if (reads_network_input(layer) && ++batch.input_readers_done == input_readers_ &&
        command.batch + 1 < setup_.batches && setup_.fidelity == Fidelity::kData) {
      load_inputs(command.batch + 1);
    }
    if (setup_.fidelity == Fidelity::kData && setup_.on_batch) {
      keep_results(command.layer->output, batch);
    }
    if (++batch.parts_done[layer] == parts_[layer]) layer_done(layer, command);
  }

  void layer_done(std::size_t layer, const CommandProcessor::Command& command) {
    const std::int64_t cycles = clock_.now() - last_layer_at_;
    result_.layers[layer].cycles += cycles;
    if (!result_.resolutions.empty()) resolution(command.batch).cycles += cycles;
    last_layer_at_ = clock_.now();
    Batch& batch = batches_[command.batch];
    ++batch.layers_done;
    ++layers_done_;
    if (setup_.progress) {
      setup_.progress(layers_done_, parts_.size() * setup_.batches, command.layer->name);
    }
    if (!batch.results || batch.layers_done < parts_.size()) return;
    setup_.on_batch(command.batch, *batch.results, setup_.mapped.memory);
    batch.results.reset();
  }

  Measurement& resolution(std::size_t batch) {
    return result_.resolutions[batch % result_.resolutions.size()];
  }

  /// Another core may be far behind when this one writes over them.
  void keep_results(const FeatureMap& map, Batch& batch) {
    if (!batch.results) batch.results = std::make_unique<SparseMemory>();
    std::vector<unsigned char> bytes(static_cast<std::size_t>(map.bytes()));
    dram_->contents().read(map.address, bytes.data(), bytes.size());
    batch.results->write(map.address, bytes.data(), bytes.size());
  }

  void check_done() {
    std::string waiting;
    for (const HardwareUnit* unit : accelerator_.units()) {
      const std::string what = unit->waiting_for();
      if (!what.empty()) waiting += fmt::format("\n  {} waits for {}", unit->name(), what);
    }
    if (!waiting.empty()) {
      throw SimulationError(fmt::format("deadlock after {} cycles:{}", clock_.now(), waiting));
    }
  }

  /// What a core does after its last layer is waiting for the others.
  void finish_cores() {
    for (const Measurement& layer : result_.layers) result_.total += layer;
    for (std::size_t core = 0; core < result_.cores.size(); ++core) {
      const std::int64_t idle = last_layer_at_ - last_[core].cycles;
      Measurement rest;
      rest.cycles = rest.core_cycles = idle;
      rest.array_cycles[static_cast<std::size_t>(ArrayCause::kOtherCores)] = idle;
      result_.cores[core] += rest;
      rest.cycles = 0;
      result_.total += rest;
    }
  }

  void check_balances() {
    std::vector<std::string> problems = check_conservation(accelerator_.units());
    for (std::size_t core = 0; core < result_.cores.size(); ++core) {
      const Measurement& measured = result_.cores[core];
      const std::string array = core_prefix(core, result_.cores.size()) + "array";
      check_cycles(array, measured.array_cycles, last_layer_at_, problems);
      check_flows("accelerator", accelerator_.cores()[core].links(), problems);
    }
    if (!setup_.bind_memory) check_flows("accelerator", memory_links(), problems);
    if (problems.empty()) return;
    throw SimulationError(
        fmt::format("the run does not balance:\n  {}", fmt::join(problems, "\n  ")));
  }

  std::vector<Flow> memory_links() const {
    Flow loads{"dram to DMA engines: bytes", dram_->bytes_read(), 0};
    Flow stores{"DMA engines to dram: bytes", 0, dram_->bytes_written()};
    for (const Core& core : accelerator_.cores()) {
      loads.out += core.bytes_loaded();
      stores.in += core.bytes_stored();
    }
    return {loads, stores};
  }

  void collect_statistics() {
    const auto add = [&](const HardwareUnit& unit) {
      for (const Statistic& statistic : unit.statistics().entries()) {
        result_.statistics.push_back({unit.basename(), statistic.name, statistic.unit,
                                      statistic.description, *statistic.value});
      }
    };
    for (const HardwareUnit* unit : accelerator_.units()) add(*unit);
    dram_->update_statistics();
    add(*dram_);
    for (Core& core : accelerator_.cores()) {
      for (const auto& [name, buffer] : core.buffers()) {
        if (auto report = buffer->retention()) {
          result_.retention.push_back({buffer->basename(), std::move(*report)});
        }
      }
    }
  }

  const Simulation::Setup& setup_;
  const Clock clock_;
  std::unique_ptr<Dram> dram_;
  Accelerator accelerator_;
  EventCounters events_;
  SimulationResult result_;
  std::vector<std::size_t> event_owners_;  ///< cores; none of them for shared units
  std::vector<std::int64_t> last_shared_;  ///< events when the last share of a layer was done
  DramCounts last_dram_;                   ///< at that time
  std::vector<Measurement> last_;          ///< by core, at the end of its last layer
  std::vector<std::size_t> parts_;         ///< by layer, cores that have a share of it
  std::size_t input_readers_ = 0;          ///< shares that read an input of the network
  std::vector<Batch> batches_;
  std::int64_t last_layer_at_ = 0;
  std::size_t layers_done_ = 0;
};

}  // namespace

FeatureCodes read_feature(const SparseMemory& memory, const FeatureMap& map) {
  std::vector<unsigned char> bytes(static_cast<std::size_t>(map.bytes()));
  memory.read(map.address, bytes.data(), bytes.size());
  FeatureCodes codes;
  codes.shape = {map.images, map.height, map.width, map.channels};
  codes.codes.resize(static_cast<std::size_t>(codes.shape.elements()));
  visit_elements(map, [&](std::size_t element, std::int64_t offset) {
    const unsigned char* from = bytes.data() + offset;
    if (map.element_bytes == 4) {
      std::memcpy(&codes.codes[element], from, 4);
    } else {
      codes.codes[element] = map.code(*from);
    }
  });
  return codes;
}

void write_feature(SparseMemory& memory, const FeatureMap& map, const FeatureCodes& codes) {
  std::vector<unsigned char> bytes(static_cast<std::size_t>(map.bytes()));
  visit_elements(map, [&](std::size_t element, std::int64_t offset) {
    unsigned char* to = bytes.data() + offset;
    if (map.element_bytes == 4) {
      std::memcpy(to, &codes.codes[element], 4);
    } else {
      *to = static_cast<unsigned char>(codes.codes[element]);
    }
  });
  memory.write(map.address, bytes.data(), bytes.size());
}

SimulationResult Simulation::run(const Setup& setup) {
  set_time_resolution();
  sc_core::sc_report_handler::set_actions("/IEEE_Std_1666/deprecated", sc_core::SC_DO_NOTHING);
  try {
    Run run(setup);
    return run.simulate();
  } catch (const sc_core::sc_report& report) {
    throw SimulationError(report.get_msg());
  }
}

}  // namespace systerm
