// SPDX-License-Identifier: Apache-2.0
// Operands of a listed product on their way from the data buffer into the array: equal requests,
// one a beat. Which bytes of the block a beat reads is not followed.
#pragma once

#include <algorithm>
#include <cstdint>

#include "components/arithmetic/ceil_div.h"
#include "components/buffer/address_pattern.h"

namespace systerm {

class StreamPattern final : public AddressPattern {
 public:
  StreamPattern(std::int64_t bytes, std::int64_t requests)
      : requests_(requests), request_bytes_(ceil_div(bytes, requests)) {}

  void gather(std::span<const unsigned char>, std::span<unsigned char> out) const override {
    std::ranges::fill(out, 0);
  }
  std::int64_t request_bytes() const override { return request_bytes_; }
  void visit_requests(const std::function<void(const RequestGroup&)>& visit) const override {
    visit({.shape = 0, .count = requests_});
  }
  void runs(const RequestGroup&, std::vector<AccessRun>& runs) const override {
    runs.push_back({0, request_bytes_});
  }
  void append_signature(std::vector<std::int64_t>& signature) const override {
    signature.insert(signature.end(), {-1, requests_, request_bytes_});
  }

 private:
  std::int64_t requests_;
  std::int64_t request_bytes_;
};

}  // namespace systerm
