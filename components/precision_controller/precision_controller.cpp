// SPDX-License-Identifier: Apache-2.0
#include "components/precision_controller/precision_controller.h"

#include <cstring>

namespace systerm {

namespace {

constexpr std::uint32_t kGroupSizeMask = 0x1F;
constexpr std::uint32_t kGroupBudgetMask = 0x7F;
constexpr unsigned kGroupBudgetShift = 8;
constexpr std::uint32_t kDataTermsMask = 0xF;
constexpr std::uint32_t kEncoderEnable = 1U << 8;
constexpr std::uint32_t kComparatorEnable = 1U << 9;
constexpr std::uint32_t kChunksMask = 0x7;
constexpr unsigned kDataChunksShift = 4;
constexpr std::uint32_t kModeMask = 0x3;
constexpr unsigned kModeShift = 8;

}  // namespace

std::uint32_t register_word(PrecisionRegister reg, const PrecisionSettings& settings) {
  switch (reg) {
    case PrecisionRegister::kGroup:
      return (static_cast<std::uint32_t>(settings.group_size - 1) & kGroupSizeMask) |
             (static_cast<std::uint32_t>(settings.group_budget) & kGroupBudgetMask)
                 << kGroupBudgetShift;
    case PrecisionRegister::kData:
      return (static_cast<std::uint32_t>(settings.data_terms) & kDataTermsMask) |
             (settings.encoder_enabled ? kEncoderEnable : 0) |
             (settings.comparator_enabled ? kComparatorEnable : 0);
    case PrecisionRegister::kProduct:
      return (static_cast<std::uint32_t>(settings.weight_chunks) & kChunksMask) |
             (static_cast<std::uint32_t>(settings.data_chunks) & kChunksMask) << kDataChunksShift |
             (static_cast<std::uint32_t>(settings.mode) & kModeMask) << kModeShift;
  }
  return 0;
}

PrecisionController::PrecisionController(const sc_core::sc_module_name& name, const Clock& clock,
                                         const PrecisionControllerConfig& config)
    : HardwareUnit(name, clock), config_(config) {
  settings_export.bind(*this);
  statistics_.add_event("writes", "", "register writes", writes_);
}

void PrecisionController::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const std::uint64_t address = payload.get_address();
  if (address % 4 != 0 || address >= kPrecisionRegisterBytes) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  if (payload.get_data_length() != 4 || payload.get_byte_enable_ptr() != nullptr) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  if (delay != sc_core::SC_ZERO_TIME) sc_core::wait(delay);
  delay = sc_core::SC_ZERO_TIME;
  const auto reg = static_cast<PrecisionRegister>(address);
  std::uint32_t word = 0;
  if (payload.is_read()) {
    word = register_word(reg, settings_);
    std::memcpy(payload.get_data_ptr(), &word, sizeof word);
  } else if (payload.is_write()) {
    std::memcpy(&word, payload.get_data_ptr(), sizeof word);
    worked({.activity = "write",
            .begin = sc_core::sc_time_stamp(),
            .end = sc_core::sc_time_stamp() + clock().time(config_.register_write_cycles),
            .item = "register",
            .number = static_cast<std::int64_t>(address)});
    wait_cycles(config_.register_write_cycles);
    switch (reg) {
      case PrecisionRegister::kGroup:
        settings_.group_size = static_cast<int>(word & kGroupSizeMask) + 1;
        settings_.group_budget = static_cast<int>(word >> kGroupBudgetShift & kGroupBudgetMask);
        break;
      case PrecisionRegister::kData:
        settings_.data_terms = static_cast<int>(word & kDataTermsMask);
        settings_.encoder_enabled = (word & kEncoderEnable) != 0;
        settings_.comparator_enabled = (word & kComparatorEnable) != 0;
        break;
      case PrecisionRegister::kProduct:
        settings_.weight_chunks = static_cast<int>(word & kChunksMask);
        settings_.data_chunks = static_cast<int>(word >> kDataChunksShift & kChunksMask);
        settings_.mode = static_cast<FmacMode>(word >> kModeShift & kModeMask);
        break;
    }
    ++writes_;
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

}  // namespace systerm
