// SPDX-License-Identifier: Apache-2.0
#include "model/simulation/simulation.h"

#include <cstring>
#include <memory>

#include <fmt/format.h>

namespace systerm {

namespace {

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
        dram_("dram", clock_, setup.design.dram, setup.fidelity),
        accelerator_("accelerator", setup.design, setup.fidelity, program(),
                     [this](const LayerDescriptor& layer) { layer_done(layer); }) {
    if (setup.bind_memory) {
      setup.bind_memory(accelerator_, dram_);
    } else {
      accelerator_.memory_socket().bind(dram_.port);
    }
    for (HardwareUnit* unit : accelerator_.units()) unit->observe(setup.observer);
    dram_.observe(setup.observer);
    result_.layers.resize(setup.mapped.layers.size());
    last_ = counters(ArrayCause::kControl);
    for (Measurement& layer : result_.layers) layer += last_ - last_;
    result_.total += last_ - last_;
  }

  SimulationResult simulate() {
    if (setup_.fidelity == Fidelity::kData) {
      load_weights();
      load_inputs();
    }
    sc_core::sc_start();
    check_done();
    collect_statistics();
    return std::move(result_);
  }

 private:
  CommandProcessor::Program program() const {
    CommandProcessor::Program layers;
    for (std::size_t batch = 0; batch < setup_.batches; ++batch) {
      layers.insert(layers.end(), setup_.mapped.layers.begin(), setup_.mapped.layers.end());
    }
    return layers;
  }

  void load_weights() {
    const QuantizedNetwork& network = *setup_.network;
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
      const Gemm* gemm = network.network->layers[i].gemm();
      if (gemm == nullptr) continue;
      const auto image = pack_layer_weights(*setup_.mapped.layers[i], *gemm, network.layers[i]);
      dram_.contents().write(setup_.mapped.memory.weight_addresses[i], image.data(), image.size());
    }
  }

  void load_inputs() {
    const Network& network = *setup_.network->network;
    const std::vector<FeatureCodes> inputs = setup_.inputs(batch_);
    for (std::size_t i = 0; i < network.inputs.size(); ++i) {
      write_feature(dram_.contents(), setup_.mapped.memory.features[index(network.inputs[i])],
                    inputs[i]);
    }
  }

  Measurement counters(ArrayCause open_wait) {
    Measurement now;
    now.cycles = clock_.now();
    now.array_cycles = accelerator_.array().activity_until_now(open_wait).cycles();
    now.macs = accelerator_.array().macs();
    now.term_pairs = accelerator_.array().term_pairs();
    now.term_pair_bound = accelerator_.array().term_pair_bound();
    now.cell_cycles = accelerator_.array().cell_cycles();
    now.vector_unit_cycles = accelerator_.vector_unit().busy_cycles();
    now.traffic.push_back({"dram", dram_.bytes_read(), dram_.bytes_written()});
    for (const auto& [name, buffer] : accelerator_.buffers()) {
      now.traffic.push_back({name, buffer->bytes_read(), buffer->bytes_written()});
    }
    return now;
  }

  void layer_done(const LayerDescriptor& layer) {
    Measurement now = counters(layer.has_gemm() ? ArrayCause::kDrain : ArrayCause::kVectorLayer);
    result_.layers[static_cast<std::size_t>(layer.layer)] += now - last_;
    result_.total += now - last_;
    last_ = std::move(now);
    ++layers_done_;
    const std::size_t layers = setup_.mapped.layers.size();
    if (setup_.progress) setup_.progress(layers_done_, layers * setup_.batches, layer.name);
    if (layers_done_ % layers != 0 || setup_.fidelity == Fidelity::kTiming) return;
    if (setup_.on_batch) setup_.on_batch(batch_, dram_.contents(), setup_.mapped.memory);
    if (++batch_ < setup_.batches) load_inputs();
  }

  void check_done() const {
    std::string waiting;
    for (const HardwareUnit* unit : accelerator_.units()) {
      const std::string what = unit->waiting_for();
      if (!what.empty()) waiting += fmt::format("\n  {} waits for {}", unit->name(), what);
    }
    if (!waiting.empty()) {
      throw SimulationError(fmt::format("deadlock after {} cycles:{}", clock_.now(), waiting));
    }
    std::int64_t accounted = 0;
    for (const std::int64_t cycles : result_.total.array_cycles) accounted += cycles;
    if (accounted != result_.total.cycles) {
      throw SimulationError(
          fmt::format("the array accounts for {} of {} cycles", accounted, result_.total.cycles));
    }
  }

  void collect_statistics() {
    const auto add = [&](const HardwareUnit& unit) {
      for (const Statistic& statistic : unit.statistics().entries()) {
        result_.statistics.push_back({unit.basename(), statistic.name, statistic.unit,
                                      statistic.description, *statistic.value});
      }
    };
    for (const HardwareUnit* unit : accelerator_.units()) add(*unit);
    add(dram_);
  }

  const Simulation::Setup& setup_;
  const Clock clock_;
  Dram dram_;
  Accelerator accelerator_;
  SimulationResult result_;
  Measurement last_;
  std::size_t layers_done_ = 0;
  std::size_t batch_ = 0;
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
      codes.codes[element] = map.is_signed ? static_cast<std::int8_t>(*from) : *from;
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
