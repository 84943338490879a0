// SPDX-License-Identifier: Apache-2.0
// Registers that set the precision of encoder and array, memory mapped. Field widths after "Term
// Revealing": group size 5 bits, group budget 7, data terms 4, enables for encoder and comparator;
// two words, so that a switch of precision is two writes. A third word for the mode of an array of
// fMACs and the chunks of its operands (FAST, arXiv 2110.15456; the layout is ours).
#pragma once

#include <cstdint>

#include "components/descriptors/layer_descriptor.h"
#include "components/precision_controller/precision_controller_config.h"
#include "components/transport/hardware_unit.h"
#include "components/transport/sockets.h"

namespace systerm {

/// Byte offsets of the 32-bit registers.
enum class PrecisionRegister : std::uint64_t {
  kGroup = 0x0,  ///< bits 0-4 group size - 1, bits 8-14 group budget
  kData = 0x4,   ///< bits 0-3 data terms, bit 8 encoder enable, bit 9 comparator enable
  /// Products of training: bits 0-2 chunks of the operand that is held, bits 4-6 of the one that
  /// streams by, bits 8-9 mode; 0 after a reset.
  kProduct = 0x8,
};
inline constexpr std::uint64_t kPrecisionRegisterBytes = 12;

std::uint32_t register_word(PrecisionRegister reg, const PrecisionSettings& settings);

/// How units read the settings: wires, not transactions.
class PrecisionSettingsInterface : public sc_core::sc_interface {
 public:
  virtual const PrecisionSettings& settings() const = 0;
};

class PrecisionController final : public HardwareUnit, public PrecisionSettingsInterface {
 public:
  TargetSocket<PrecisionController> registers{"registers", this, &PrecisionController::b_transport};
  sc_core::sc_export<PrecisionSettingsInterface> settings_export{"settings_export"};

  PrecisionController(const sc_core::sc_module_name& name, const Clock& clock,
                      const PrecisionControllerConfig& config);

  const PrecisionSettings& settings() const override { return settings_; }
  std::string waiting_for() const override { return {}; }

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);

  const PrecisionControllerConfig config_;
  PrecisionSettings settings_;
  std::int64_t writes_ = 0;
};

}  // namespace systerm
