// SPDX-License-Identifier: Apache-2.0
#include "components/encoder/term_encoder.h"

#include <algorithm>

#include "components/array/product_pass.h"
#include "components/encoder/im2col_pattern.h"
#include "components/encoder/stream_pattern.h"

namespace systerm {

using sc_core::sc_time;
using sc_core::sc_time_stamp;

namespace {

/// Vectors, or groups along the sum where both operands stream by.
std::int64_t items_of(const LayerDescriptor& descriptor, const Step& step) {
  const ArrayProduct* product = descriptor.product();
  if (product == nullptr) return step.vectors;
  return product_items(*product, step,
                       descriptor.weight_tiles[static_cast<std::size_t>(step.weight_tile)]);
}

}  // namespace

TermEncoder::TermEncoder(const sc_core::sc_module_name& name, const Clock& clock,
                         const EncoderConfig& config, Fidelity fidelity)
    : HardwareUnit(name, clock), config_(config), fidelity_(fidelity), time_(keep_time_account()) {
  SC_HAS_PROCESS(TermEncoder);
  SC_THREAD(run);
  statistics_.add_event("values_streamed", "", "data values sent into the array", values_streamed_);
  statistics_.add_event("values_encoded", "", "of these, values that passed the encoder lanes",
                        values_encoded_);
  statistics_.add_event("values_compared", "", "of these, values cut to their largest terms",
                        values_compared_);
}

std::string TermEncoder::waiting_for() const {
  return working_ ? "data on chip, or the array" : "";
}

void TermEncoder::run() {
  for (;;) {
    const auto& descriptor = descriptors.front();
    working_ = true;
    stream_layer(descriptor, sc_time_stamp());
    descriptors.pop();
    working_ = !descriptors.empty();
    if (!working_) time_.enter(TimeAccount::State::kIdle);
  }
}

void TermEncoder::stream_layer(const std::shared_ptr<const LayerDescriptor>& descriptor,
                               sc_time descriptor_at) {
  if (settings->settings() != descriptor->settings) {
    SC_REPORT_ERROR("/systerm/encoder", ("the precision registers do not hold what layer '" +
                                         descriptor->name + "' was mapped for")
                                            .c_str());
  }
  const PrecisionSettings& precision = settings->settings();
  if (fidelity_ == Fidelity::kData) make_table(*descriptor);
  BlockExtension& block = buffer_payload_.extension();
  for (std::size_t i = 0; i < descriptor->steps.size(); ++i) {
    const Step& step = descriptor->steps[i];
    const std::int64_t items = items_of(*descriptor, step);
    const auto pattern = pattern_of(*descriptor, step, items);
    const auto bytes = static_cast<std::size_t>(items * pattern->request_bytes());
    codes_.resize(fidelity_ == Fidelity::kData ? bytes : 1);
    block.sequence = sequence_base_ + static_cast<std::uint64_t>(step.data_load);
    block.action = BlockExtension::Action::kAccess;
    block.pattern = pattern.get();
    time_.enter(TimeAccount::State::kStalled);
    auto& payload = buffer_payload_.prepare(tlm::TLM_READ_COMMAND, 0, codes_.data(), bytes);
    const std::int64_t read_cycles = clock().cycles(buffer.transport(payload));
    time_.enter(TimeAccount::State::kBusy);
    block.pattern = nullptr;
    values_read_ += payload.get_data_length();
    const std::int64_t read_interval = block.bank_cycles / items;

    std::int64_t encode_interval = 1;
    std::int64_t latency = read_cycles - block.bank_cycles + read_interval;
    if (precision.encoder_enabled) {
      const std::int64_t rounds = (pattern->request_bytes() + config_.lanes - 1) / config_.lanes;
      encode_interval = rounds * config_.cycles_per_value;
      latency += config_.cycles_per_value;
      values_encoded_ += static_cast<std::int64_t>(bytes);
    }
    if (precision.comparator_enabled) {
      latency += config_.comparator_cycles;
      values_compared_ += static_cast<std::int64_t>(bytes);
    }
    if (fidelity_ == Fidelity::kData) encode(*descriptor, bytes);
    const auto index = static_cast<std::int64_t>(i);
    worked({.activity = "encode",
            .begin = sc_time_stamp(),
            .end = sc_time_stamp() + clock().time(latency),
            .part = "first vector",
            .layer = descriptor->name,
            .item = "step",
            .number = index});
    wait_cycles(latency);

    DataTileExtension& tile = array_payload_.extension();
    tile.descriptor = descriptor;
    tile.step = index;
    tile.vector_interval_cycles = std::max(encode_interval, read_interval);
    tile.source_cycles = block.bank_cycles;
    const std::int64_t encode_cycles = encode_interval * items;
    tile.conflict_cycles = std::max(encode_cycles, block.bank_cycles) -
                           std::max(encode_cycles, block.bank_cycles - block.conflict_cycles);
    tile.values = values_;
    tile.terms = terms_;
    tile.descriptor_at = descriptor_at;
    tile.block_completed_at = block.completed_at;
    time_.enter(TimeAccount::State::kStalled);
    const sc_time streamed = array.transport(array_payload_.prepare(
        tlm::TLM_WRITE_COMMAND, 0, reinterpret_cast<unsigned char*>(values_.data()),
        std::max<std::size_t>(bytes, 1)));
    time_.work_until(sc_time_stamp() + streamed);
    values_streamed_ += items * pattern->request_bytes();
    block.last_read_ended_at = sc_time_stamp() + streamed;
    worked({.activity = "stream",
            .begin = sc_time_stamp(),
            .end = sc_time_stamp() + streamed,
            .part = "stream",
            .layer = descriptor->name,
            .item = "step",
            .number = index});
    if (step.releases_data) {
      sc_core::wait(streamed);
      block.action = BlockExtension::Action::kRelease;
      buffer.transport(buffer_payload_.prepare(tlm::TLM_IGNORE_COMMAND, 0, codes_.data(), 1));
    }
  }
  sequence_base_ += descriptor->data_loads.size();
}

std::unique_ptr<const AddressPattern> TermEncoder::pattern_of(const LayerDescriptor& descriptor,
                                                              const Step& step,
                                                              std::int64_t items) {
  if (!descriptor.listed) return std::make_unique<const Im2colPattern>(descriptor, step);
  const auto index = static_cast<std::size_t>(&step - descriptor.steps.data());
  return std::make_unique<const StreamPattern>(descriptor.listed->stream_bytes[index], items);
}

void TermEncoder::make_table(const LayerDescriptor& descriptor) {
  for (int byte = 0; byte < 256; ++byte) {
    const auto code =
        static_cast<std::int16_t>(descriptor.input.code(static_cast<unsigned char>(byte)));
    // -128 is no code of a sign-and-magnitude value; nothing writes it.
    const bool is_written = descriptor.input.range || code != -128;
    table_[static_cast<std::size_t>(byte)] =
        is_written ? descriptor.format->encode_data(code) : EncodedValue{};
  }
}

void TermEncoder::encode(const LayerDescriptor& descriptor, std::size_t bytes) {
  values_.resize(bytes);
  terms_.resize(bytes);
  if (descriptor.format->encodes_data_in_groups()) {
    encode_groups(descriptor);
    return;
  }
  for (std::size_t i = 0; i < bytes; ++i) {
    const EncodedValue encoded = table_[codes_[i]];
    values_[i] = encoded.value;
    terms_[i] = encoded.terms;
  }
}

void TermEncoder::encode_groups(const LayerDescriptor& descriptor) {
  // A row of cells takes one group; behind a ragged one there are zeros.
  const auto group = static_cast<std::size_t>(descriptor.settings.group_size);
  for (std::size_t i = 0; i < values_.size(); ++i) {
    values_[i] = static_cast<std::int16_t>(descriptor.input.code(codes_[i]));
  }
  for (std::size_t first = 0; first < values_.size(); first += group) {
    descriptor.format->encode_data_group(std::span(values_).subspan(first, group),
                                         std::span(terms_).subspan(first, group));
  }
}

}  // namespace systerm
