// SPDX-License-Identifier: Apache-2.0
// Streams data from the data buffer into the array; on the way every value is encoded into terms
// and cut to its largest s by a comparator, as the precision controller's registers say. Bit-serial
// lanes, 9 digits an 8-bit magnitude. Source: "Term Revealing" (arXiv 2007.06389), HESE encoder and
// term comparator.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "components/descriptors/fidelity.h"
#include "components/encoder/encoder_config.h"
#include "components/precision_controller/precision_controller.h"
#include "components/transport/descriptor_port.h"
#include "components/transport/extensions.h"
#include "components/transport/hardware_unit.h"
#include "components/transport/sockets.h"

namespace systerm {

class TermEncoder final : public HardwareUnit {
 public:
  DescriptorPort descriptors{"descriptors"};
  InitiatorSocket<TermEncoder> buffer{"buffer"};
  InitiatorSocket<TermEncoder> array{"array"};
  sc_core::sc_port<PrecisionSettingsInterface> settings{"settings"};

  TermEncoder(const sc_core::sc_module_name& name, const Clock& clock, const EncoderConfig& config,
              Fidelity fidelity);

  std::string waiting_for() const override;
  std::vector<Flow> flows() const override { return {{"values", values_read_, values_streamed_}}; }
  std::int64_t values_streamed() const { return values_streamed_; }

 private:
  void run();
  void stream_layer(const std::shared_ptr<const LayerDescriptor>& descriptor,
                    sc_core::sc_time descriptor_at);
  void make_table(const LayerDescriptor& descriptor);
  void encode(const LayerDescriptor& descriptor, std::size_t bytes);
  void encode_groups(const LayerDescriptor& descriptor);
  /// How the buffer delivers the operands of a step.
  static std::unique_ptr<const AddressPattern> pattern_of(const LayerDescriptor& descriptor,
                                                          const Step& step, std::int64_t items);

  const EncoderConfig config_;
  const Fidelity fidelity_;
  ReusedPayload<BlockExtension> buffer_payload_;
  ReusedPayload<DataTileExtension> array_payload_;
  std::array<EncodedValue, 256> table_{};  ///< by stored byte
  std::vector<unsigned char> codes_;
  std::vector<std::int16_t> values_;
  std::vector<std::uint8_t> terms_;
  std::uint64_t sequence_base_ = 0;
  bool working_ = false;
  TimeAccount& time_;
  std::int64_t values_read_ = 0;  ///< from the buffer
  std::int64_t values_encoded_ = 0;
  std::int64_t values_streamed_ = 0;
  std::int64_t values_compared_ = 0;
};

}  // namespace systerm
