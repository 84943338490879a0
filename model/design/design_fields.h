// SPDX-License-Identifier: Apache-2.0
// The keys of a design in YAML, one a line, with their ranges. `Form` is Mapping to read them and
// MappingWriter to write them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "components/buffer/buffer_memory.h"
#include "model/design/design.h"
#include "model/design/dram_fields.h"
#include "model/design/read_technology.h"
#include "model/design/technology_fields.h"
#include "workloads/document/mapping.h"

namespace systerm {

inline constexpr std::array<Choice<Dataflow>, 2> kDataflowNames = {
    {{"weight_stationary", Dataflow::kWeightStationary},
     {"output_stationary", Dataflow::kOutputStationary}}};
inline constexpr std::array<Choice<BeatSync>, 2> kBeatSyncNames = {
    {{"bound", BeatSync::kBound}, {"wavefront_maximum", BeatSync::kWavefrontMaximum}}};
inline constexpr std::array<Choice<Skew>, 2> kSkewNames = {
    {{"beat", Skew::kBeat}, {"hop", Skew::kHop}}};
inline constexpr std::array<Choice<ShiftAlong>, 2> kShiftAlongNames = {
    {{"reduction", ShiftAlong::kReduction}, {"filters", ShiftAlong::kFilters}}};
inline constexpr std::array<Choice<Arbitration>, 2> kArbitrationNames = {
    {{"round_robin", Arbitration::kRoundRobin}, {"fixed_priority", Arbitration::kFixedPriority}}};
inline constexpr std::array<Choice<MemoryTransport>, 2> kMemoryTransportNames = {
    {{"non_blocking", MemoryTransport::kNonBlocking}, {"blocking", MemoryTransport::kBlocking}}};

inline constexpr std::array<Choice<PortArbitration>, 3> kPortArbitrationNames = {
    {{"round_robin", PortArbitration::kRoundRobin},
     {"read_first", PortArbitration::kReadFirst},
     {"write_first", PortArbitration::kWriteFirst}}};
inline constexpr std::array<Choice<RefreshPolicy>, 4> kRefreshPolicyNames = {
    {{"none", RefreshPolicy::kNone},
     {"periodic", RefreshPolicy::kPeriodic},
     {"per_bank", RefreshPolicy::kPerBank},
     {"lifetime_aware", RefreshPolicy::kLifetimeAware}}};

inline constexpr std::array<Choice<CoreSplit>, 3> kCoreSplitNames = {
    {{"layer", CoreSplit::kLayer}, {"filters", CoreSplit::kFilters}, {"batch", CoreSplit::kBatch}}};

inline constexpr std::int64_t kMaxCycles = 1'000'000;
inline constexpr std::int64_t kMaxLanes = 1 << 20;
inline constexpr std::int64_t kMaxSlots = 1024;
inline constexpr std::int64_t kMaxBufferBytes = std::int64_t{1} << 32;

template <typename Form, typename Config>
void array_fields(Form& form, Config& array, const std::vector<std::string>& cells) {
  form.integer("rows", array.rows, {.minimum = 1, .maximum = 4096});
  form.integer("columns", array.columns, {.minimum = 1, .maximum = 4096});
  form.name("cell", array.cell, cells);
  form.choice("dataflow", array.dataflow, kDataflowNames);
  form.choice("beat_sync", array.beat_sync, kBeatSyncNames);
  form.choice("skew", array.skew, kSkewNames);
  const std::string reason = "has no effect with skew: beat; remove it, or set skew: hop";
  if (form.applies("sum_hop_cycles", array.skew == Skew::kHop, reason)) {
    form.integer("sum_hop_cycles", array.sum_hop_cycles, {.minimum = 1, .maximum = 1024});
  }
  if (form.applies("data_hop_cycles", array.skew == Skew::kHop, reason)) {
    form.integer("data_hop_cycles", array.data_hop_cycles, {.minimum = 1, .maximum = 1024});
  }
  form.integer("weight_sets", array.weight_sets, {.minimum = 1, .maximum = 2});
  form.integer("max_group_size", array.max_group_size, {.minimum = 1, .maximum = 32});
  form.integer("multiplexer", array.multiplexer, {.minimum = 1, .maximum = 256});
}

template <typename Form, typename Config>
void encoder_fields(Form& form, Config& encoder) {
  form.integer("lanes", encoder.lanes, {.minimum = 1, .maximum = kMaxLanes});
  form.integer("cycles_per_value", encoder.cycles_per_value, {.minimum = 1, .maximum = 1024});
  form.integer("comparator_cycles", encoder.comparator_cycles, {.minimum = 0, .maximum = 1024});
}

template <typename Form, typename Config>
void weight_loader_fields(Form& form, Config& loader) {
  form.integer("cycles_per_row", loader.cycles_per_row, {.minimum = 1, .maximum = 1024});
  form.integer("encoder_lanes", loader.encoder_lanes, {.minimum = 1, .maximum = kMaxLanes});
  form.integer("cycles_per_value", loader.cycles_per_value, {.minimum = 1, .maximum = 1024});
  form.choice("shift_along", loader.shift_along, kShiftAlongNames);
  form.integer("setup_cycles", loader.setup_cycles, {.minimum = 0, .maximum = 1024});
}

template <typename Form, typename Config>
void accumulators_fields(Form& form, Config& accumulators) {
  form.bytes("size", accumulators.bytes, {.minimum = 4, .maximum = kMaxBufferBytes});
  form.integer("slots", accumulators.slots, {.minimum = 1, .maximum = kMaxSlots});
}

template <typename Form, typename Config>
void vector_unit_fields(Form& form, Config& unit) {
  form.integer("lanes", unit.lanes, {.minimum = 1, .maximum = kMaxLanes});
  form.integer("cycles_per_word", unit.cycles_per_word, {.minimum = 1, .maximum = 1024});
  form.integer("latency_cycles", unit.latency_cycles, {.minimum = 0, .maximum = kMaxCycles});
}

template <typename Form, typename Config>
void edram_fields(Form& form, Config& edram) {
  form.bytes("row", edram.row_bytes, {.minimum = 1, .maximum = 1 << 20});
  const NumberRange celsius{.minimum = -273.0, .maximum = 400.0};
  const NumberRange retention{.minimum = 1e-9, .maximum = 10.0};
  form.sequence("retention_table", edram.retention_table, [&](auto& below, auto& point) {
    below.number("temperature", point.celsius, celsius, Presence::kRequired);
    below.quantity("retention", point.seconds, Unit::kTime, retention, Presence::kRequired);
  });
  const bool has_table = !edram.retention_table.empty();
  if (form.applies("retention", !has_table, "has no effect with a retention_table")) {
    form.quantity("retention", edram.retention_seconds, Unit::kTime, retention);
  }
  if (form.applies("retention_temperature", !has_table, "has no effect with a retention_table")) {
    form.number("retention_temperature", edram.retention_celsius, celsius);
  }
  form.number("temperature", edram.celsius, celsius);
  form.choice("refresh", edram.refresh, kRefreshPolicyNames);
  form.integer("refresh_cycles", edram.refresh_cycles, {.minimum = 1, .maximum = 1024});
}

template <typename Form, typename Config>
void buffer_fields(Form& form, Config& buffer) {
  form.bytes("size", buffer.bytes, {.minimum = 1, .maximum = kMaxBufferBytes});
  form.integer("banks", buffer.banks, {.minimum = 1, .maximum = 4096});
  form.bytes("bank_width", buffer.bank_width_bytes, {.minimum = 1, .maximum = 4096});
  form.bytes("interleave", buffer.interleave_bytes, {.minimum = 0, .maximum = kMaxBufferBytes});
  form.integer("ports", buffer.ports, {.minimum = 1, .maximum = 2});
  if (form.applies("arbitration", buffer.ports == 1,
                   "has no effect with two ports; remove it, or set ports: 1")) {
    form.choice("arbitration", buffer.arbitration, kPortArbitrationNames);
  }
  form.integer("latency_cycles", buffer.latency_cycles, {.minimum = 0, .maximum = kMaxCycles});
  form.integer("slots", buffer.slots, {.minimum = 1, .maximum = kMaxSlots});
  form.name("memory", buffer.memory, buffer_memory_names());
  if (form.applies("edram", buffer.memory == "edram",
                   "has no effect without memory: edram; remove it, or set memory: edram")) {
    form.section("edram", [&](auto& below) { edram_fields(below, buffer.edram); });
  }
}

template <typename Form, typename Config>
void dma_fields(Form& form, Config& dma) {
  form.bytes("burst", dma.burst_bytes, {.minimum = 1, .maximum = 1 << 20});
  form.integer("outstanding", dma.outstanding, {.minimum = 1, .maximum = 1024});
}

template <typename Form, typename Config>
void interconnect_fields(Form& form, Config& interconnect) {
  form.integer("bytes_per_cycle", interconnect.bytes_per_cycle, {.minimum = 1, .maximum = 65536});
  form.integer("latency_cycles", interconnect.latency_cycles,
               {.minimum = 0, .maximum = kMaxCycles});
  form.choice("arbitration", interconnect.arbitration, kArbitrationNames);
  form.choice("memory_transport", interconnect.memory_transport, kMemoryTransportNames);
}

template <typename Form, typename Config>
void precision_controller_fields(Form& form, Config& controller) {
  form.integer("register_write_cycles", controller.register_write_cycles,
               {.minimum = 0, .maximum = kMaxCycles});
}

template <typename Form, typename Config>
void cores_fields(Form& form, Config& cores) {
  form.integer("count", cores.count, {.minimum = 1, .maximum = kMaxCores});
  if (form.applies("split", cores.count > 1,
                   "has no effect with one core; remove it, or set count")) {
    form.choice("split", cores.split, kCoreSplitNames);
  }
}

template <typename Form, typename Config>
void command_processor_fields(Form& form, Config& processor) {
  form.integer("descriptor_cycles", processor.descriptor_cycles,
               {.minimum = 0, .maximum = kMaxCycles});
  form.integer("notification_cycles", processor.notification_cycles,
               {.minimum = 0, .maximum = kMaxCycles});
}

/// By name, or by keys that may be laid over others: see design_tree().
inline void technology_field(Mapping& mapping, Design& design) {
  if (const auto node = mapping.find("technology")) design.technology = read_technology(*node);
}
inline void technology_field(MappingWriter& writer, const Design& design) {
  if (!design.technology) return;
  writer.section("technology",
                 [&](MappingWriter& below) { technology_fields(below, *design.technology); });
}
/// What it may be is described where the names of technologies are known.
inline void technology_field(SchemaWriter&, const Design&) {}

template <typename Form, typename Config>
void design_fields(Form& form, Config& design, const std::vector<std::string>& cells) {
  form.text("name", design.name);
  form.text("description", design.description);
  form.quantity("clock", design.clock_hz, Unit::kFrequency, {.minimum = 1e3, .maximum = 1e11});
  form.section("cores", [&](auto& below) { cores_fields(below, design.cores); });
  form.section("array", [&](auto& below) { array_fields(below, design.array, cells); });
  form.section("encoder", [&](auto& below) { encoder_fields(below, design.encoder); });
  form.section("weight_loader",
               [&](auto& below) { weight_loader_fields(below, design.weight_loader); });
  form.section("accumulators",
               [&](auto& below) { accumulators_fields(below, design.accumulators); });
  form.section("vector_unit", [&](auto& below) { vector_unit_fields(below, design.vector_unit); });
  form.section("weight_buffer", [&](auto& below) { buffer_fields(below, design.weight_buffer); });
  form.section("data_buffer", [&](auto& below) { buffer_fields(below, design.data_buffer); });
  form.section("operand_buffer", [&](auto& below) { buffer_fields(below, design.operand_buffer); });
  form.section("result_buffer", [&](auto& below) { buffer_fields(below, design.result_buffer); });
  form.section("dma", [&](auto& below) { dma_fields(below, design.dma); });
  form.section("interconnect",
               [&](auto& below) { interconnect_fields(below, design.interconnect); });
  form.section("dram", [&](auto& below) { dram_fields(below, design.dram); });
  form.section("precision_controller", [&](auto& below) {
    precision_controller_fields(below, design.precision_controller);
  });
  form.section("command_processor",
               [&](auto& below) { command_processor_fields(below, design.command_processor); });
  technology_field(form, design);
}

}  // namespace systerm
