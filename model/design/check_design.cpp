// SPDX-License-Identifier: Apache-2.0
#include "model/design/check_design.h"

#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "workloads/document/quantity.h"

namespace systerm {
namespace {

/// Larger arrays are typing errors, and would take the host's memory.
constexpr std::int64_t kMaxCells = std::int64_t{1} << 20;

class DesignCheck {
 public:
  DesignCheck(const Design& design, const Vocabulary& vocabulary, const Node& node)
      : design_(design), vocabulary_(vocabulary), node_(node) {}

  void run() const {
    check_array();
    check_buffer("weight_buffer", design_.weight_buffer);
    check_buffer("data_buffer", design_.data_buffer);
    check_buffer("operand_buffer", design_.operand_buffer);
    check_buffer("result_buffer", design_.result_buffer);
    check_dram();
    if (design_.dma.burst_bytes > design_.dram.bytes) {
      report("dma.burst",
             fmt::format("a burst of {} is larger than the DRAM (dram.size is {})",
                         format_bytes(design_.dma.burst_bytes), format_bytes(design_.dram.bytes)));
    }
  }

 private:
  void report(std::string_view path, std::string message) const {
    if (!node_.diagnostics().contains(key_path(node_.path(), path))) {
      node_.error_at(path, std::move(message));
    }
  }

  void check_array() const {
    const ArrayConfig& array = design_.array;
    if (array.rows * array.columns > kMaxCells) {
      report("array.rows",
             fmt::format("an array of {} x {} cells is larger than the {} that can be "
                         "modelled; reduce rows or columns",
                         array.rows, array.columns, kMaxCells));
    }
    const CellDescription* cell = vocabulary_.cell(array.cell);
    if (cell != nullptr && !cell->beat_depends_on_data &&
        array.beat_sync == BeatSync::kWavefrontMaximum) {
      report(
          "array.beat_sync",
          fmt::format("wavefront_maximum has no effect with cell {}: its beat does not depend on "
                      "the data; use bound",
                      array.cell));
    }
    if (cell != nullptr && !cell->has_multiplexer && array.multiplexer > 1) {
      report("array.multiplexer",
             fmt::format("cell {} has one input stream; remove it, or use mx_cell", array.cell));
    }
    const std::int64_t row_of_sums = array.columns * 4;
    if (design_.accumulators.bytes < row_of_sums * design_.accumulators.slots) {
      report("accumulators.size",
             fmt::format("{} does not hold {} slots of one 32-bit sum for each of {} columns; that "
                         "takes {}",
                         format_bytes(design_.accumulators.bytes), design_.accumulators.slots,
                         array.columns, format_bytes(row_of_sums * design_.accumulators.slots)));
    }
  }

  void check_buffer(const std::string& name, const BufferConfig& buffer) const {
    const std::int64_t row = std::int64_t{buffer.banks} * buffer.bank_width_bytes;
    if (buffer.bytes < row * buffer.slots) {
      report(name + ".size",
             fmt::format("{} does not hold {} slots of one word in each of {} banks; that takes {}",
                         format_bytes(buffer.bytes), buffer.slots, buffer.banks,
                         format_bytes(row * buffer.slots)));
      return;
    }
    if (buffer.interleave() % buffer.bank_width_bytes != 0) {
      report(name + ".interleave",
             fmt::format("{} is not a multiple of the bank width, {}",
                         format_bytes(buffer.interleave()), format_bytes(buffer.bank_width_bytes)));
    } else if (buffer.interleave() > buffer.bytes / buffer.banks) {
      report(name + ".interleave",
             fmt::format("{} is more than a bank holds, {}", format_bytes(buffer.interleave()),
                         format_bytes(buffer.bytes / buffer.banks)));
    }
    if (buffer.memory == "edram") check_edram(name + ".edram", buffer);
  }

  void check_edram(const std::string& name, const BufferConfig& buffer) const {
    const EdramConfig& edram = buffer.edram;
    if (edram.row_bytes % buffer.bank_width_bytes != 0) {
      report(name + ".row",
             fmt::format("a row of {} does not hold whole words of {}",
                         format_bytes(edram.row_bytes), format_bytes(buffer.bank_width_bytes)));
      return;
    }
    if (const std::string error = edram.retention_table_error(); !error.empty()) {
      report(name + ".retention_table", error);
      return;
    }
    const std::int64_t retention = edram.retention_cycles(design_.clock_hz);
    const std::string key =
        name + (edram.retention_table.empty() ? ".retention" : ".retention_table");
    const std::int64_t rows =
        (buffer.bytes + buffer.banks * edram.row_bytes - 1) / (buffer.banks * edram.row_bytes);
    const std::int64_t round = rows * edram.refresh_cycles;
    const std::string what = fmt::format(
        "at {} degrees a row keeps its data for {}, {} cycles", format_number(edram.celsius),
        format_quantity(edram.retention_at_work(), Unit::kTime), retention);
    if (retention < 1) {
      report(key, what + "; less than one cycle");
    } else if (edram.refresh != RefreshPolicy::kNone && retention <= round) {
      report(key,
             fmt::format("{}; refreshing the {} rows of a bank takes {}, which leaves no access",
                         what, rows, round));
    }
  }

  void check_dram() const {
    const DramConfig& dram = design_.dram;
    if (dram.model != DramModel::kBanks || !dram.standard) return;
    try {
      AddressMapping(*dram.standard, dram.mapping);
    } catch (const AddressMappingError& error) {
      report("dram.mapping", error.what());
    }
    const std::string error = controller_config_error(dram.controller);
    if (!error.empty()) report("dram.write_batching", error);
  }

  const Design& design_;
  const Vocabulary& vocabulary_;
  const Node& node_;
};

}  // namespace

void check_design(const Design& design, const Vocabulary& vocabulary, const Node& node) {
  DesignCheck(design, vocabulary, node).run();
}

}  // namespace systerm
