// SPDX-License-Identifier: Apache-2.0
// Host time of the DRAM controller: bursts a second on streams and on random accesses.
#include <random>

#include <benchmark/benchmark.h>

#include "components/dram/trace_replay.h"
#include "model/design/dram_preset.h"

namespace systerm {
namespace {

void replay_accesses(benchmark::State& state, const std::string& preset, const std::string& mapping,
                     std::uint64_t access_bytes, bool is_random) {
  const auto standard = load_dram_preset(preset, "preset");
  const AddressMapping map(*standard, mapping);
  const auto size = static_cast<std::uint64_t>(standard->bytes());
  const std::uint64_t accesses = is_random ? 100'000 : (std::uint64_t{256} << 20) / access_bytes;
  std::int64_t bursts = 0;
  for (auto _ : state) {
    const auto controller = make_dram_controller(standard, map, {});
    std::mt19937_64 random(1);
    std::uint64_t next = 0;
    const ReplayResult result = replay(
        *controller,
        [&]() -> std::optional<DramAccess> {
          if (next == accesses) return std::nullopt;
          const std::uint64_t address =
              is_random ? random() % (size / access_bytes) : next % (size / access_bytes);
          ++next;
          return DramAccess{address * access_bytes, access_bytes, false};
        },
        Outstanding::kUnlimited);
    bursts += result.counts.bursts();
  }
  state.SetItemsProcessed(bursts);
}

BENCHMARK_CAPTURE(replay_accesses, stream_brc_2KiB, "ddr4_2400", "brc", 2048, false);
BENCHMARK_CAPTURE(replay_accesses, stream_rbc_2KiB, "ddr4_2400", "rbc", 2048, false);
BENCHMARK_CAPTURE(replay_accesses, stream_rbc_64B, "ddr4_2400", "rbc", 64, false);
BENCHMARK_CAPTURE(replay_accesses, stream_bgi_2KiB, "ddr4_2400", "bgi", 2048, false);
BENCHMARK_CAPTURE(replay_accesses, stream_bgi_64B, "ddr4_2400", "bgi", 64, false);
BENCHMARK_CAPTURE(replay_accesses, stream_pci_2KiB, "hbm2", "pci", 2048, false);
BENCHMARK_CAPTURE(replay_accesses, random_rbc_64B, "ddr4_2400", "rbc", 64, true);
BENCHMARK_CAPTURE(replay_accesses, random_pci_64B, "hbm2", "pci", 64, true);

}  // namespace
}  // namespace systerm
