// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/residual_stream.h"

#include <algorithm>
#include <stdexcept>

namespace systerm {

namespace {

void require_range(const char* name, int value, int least, int most) {
  if (value >= least && value <= most) return;
  throw std::invalid_argument(std::string(name) + " of a stream: expected " +
                              std::to_string(least) + " to " + std::to_string(most) + "; got " +
                              std::to_string(value));
}

}  // namespace

StreamCounts& StreamCounts::operator+=(const StreamCounts& other) {
  wrapped += other.wrapped;
  saturated += other.saturated;
  return *this;
}

void require_valid(const StreamFormat& format) {
  require_range("bits", format.bits, 2, 24);
  require_range("fraction_bits", format.fraction_bits, 0, 64);
  require_range("group_size", format.group_size, 1, 128);
  require_range("mantissa_bits", format.mantissa_bits, 1, 7);
}

const std::vector<ResidualStreamEntry>& residual_streams() {
  static const std::vector<ResidualStreamEntry> kStreams{{"fixed", make_fixed_stream, true},
                                                         {"fp32", make_fp32_stream, false},
                                                         {"bf16", make_bf16_stream, false},
                                                         {"bfp", make_bfp_stream, false}};
  return kStreams;
}

std::unique_ptr<const ResidualStream> make_residual_stream(const StreamFormat& format) {
  require_valid(format);
  const auto entry = std::ranges::find(residual_streams(), format.name, &ResidualStreamEntry::name);
  if (entry == residual_streams().end()) {
    throw std::invalid_argument("there is no stream format '" + format.name +
                                "'; fixed, fp32, bf16 and bfp are known");
  }
  return entry->make(format);
}

}  // namespace systerm
