// SPDX-License-Identifier: Apache-2.0
#include "model/simulation/measurement.h"

namespace systerm {

namespace {

template <typename Combine>
void combine(std::vector<MemoryTraffic>& a, const std::vector<MemoryTraffic>& b, Combine apply) {
  if (a.empty()) {
    for (const MemoryTraffic& traffic : b) a.push_back({traffic.memory, 0, 0});
  }
  for (std::size_t i = 0; i < b.size(); ++i) {
    apply(a[i].read, b[i].read);
    apply(a[i].written, b[i].written);
  }
}

template <typename Combine>
void combine(Measurement& a, const Measurement& b, Combine apply) {
  apply(a.cycles, b.cycles);
  apply(a.core_cycles, b.core_cycles);
  for (std::size_t i = 0; i < kArrayCauses; ++i) apply(a.array_cycles[i], b.array_cycles[i]);
  apply(a.macs, b.macs);
  apply(a.term_pairs, b.term_pairs);
  apply(a.term_pair_bound, b.term_pair_bound);
  apply(a.cell_cycles, b.cell_cycles);
  apply(a.vector_unit_cycles, b.vector_unit_cycles);
  combine(a.traffic, b.traffic, apply);
  combine(a.contents, b.contents, apply);
  if (a.events.empty()) a.events.resize(b.events.size());
  for (std::size_t i = 0; i < b.events.size(); ++i) apply(a.events[i], b.events[i]);
}

}  // namespace

Measurement& Measurement::operator+=(const Measurement& other) {
  combine(*this, other, [](std::int64_t& x, std::int64_t y) { x += y; });
  dram += other.dram;
  return *this;
}

Measurement Measurement::operator-(const Measurement& earlier) const {
  Measurement difference = *this;
  combine(difference, earlier, [](std::int64_t& x, std::int64_t y) { x -= y; });
  difference.dram -= earlier.dram;
  return difference;
}

}  // namespace systerm
