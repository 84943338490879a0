// SPDX-License-Identifier: Apache-2.0
// Payloads with a memory manager, as the non-blocking transport demands: a payload comes back once
// everybody who acquired it has released it.
#pragma once

#include <deque>
#include <tlm>
#include <vector>

namespace systerm {

class PayloadPool final : public tlm::tlm_mm_interface {
 public:
  PayloadPool() = default;
  PayloadPool(const PayloadPool&) = delete;
  PayloadPool& operator=(const PayloadPool&) = delete;

  /// Acquired once; release() it after the response.
  tlm::tlm_generic_payload& take() {
    if (free_.empty()) {
      payloads_.emplace_back(this);
      free_.push_back(&payloads_.back());
    }
    tlm::tlm_generic_payload& payload = *free_.back();
    free_.pop_back();
    payload.acquire();
    return payload;
  }
  void free(tlm::tlm_generic_payload* payload) override {
    payload->reset();
    free_.push_back(payload);
  }

 private:
  std::deque<tlm::tlm_generic_payload> payloads_;
  std::vector<tlm::tlm_generic_payload*> free_;
};

}  // namespace systerm
