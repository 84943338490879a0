// SPDX-License-Identifier: Apache-2.0
// How a unit is told of layers: a socket for descriptors and room for the current layer's and the
// next one's. A third blocks the command processor.
#pragma once

#include <cstddef>
#include <memory>

#include "components/transport/bounded_queue.h"
#include "components/transport/extensions.h"
#include "components/transport/sockets.h"

namespace systerm {

class DescriptorPort {
 public:
  TargetSocket<DescriptorPort> socket;

  explicit DescriptorPort(const char* name) : socket(name, this, &DescriptorPort::take) {}

  /// The layer to work on; blocks until there is one. Valid until pop().
  const std::shared_ptr<const LayerDescriptor>& front() { return queue_.front(); }
  void pop() { queue_.pop(); }
  bool empty() const { return queue_.empty(); }

 private:
  static constexpr std::size_t kDepth = 2;

  void take(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    const auto* extension = payload.get_extension<DescriptorExtension>();
    if (extension == nullptr || extension->descriptor == nullptr) {
      payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
      return;
    }
    queue_.push(extension->descriptor);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }

  BoundedQueue<std::shared_ptr<const LayerDescriptor>> queue_{kDepth};
};

}  // namespace systerm
