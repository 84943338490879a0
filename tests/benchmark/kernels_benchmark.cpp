// SPDX-License-Identifier: Apache-2.0
// Kernels that bound a data run: the integer GEMM and the way of weights into and out of memory.
#include <vector>

#include <benchmark/benchmark.h>

#include "components/arithmetic/format.h"
#include "components/arithmetic/gemm.h"
#include "components/arithmetic/packing.h"

namespace systerm {
namespace {

/// Small integers of both signs, the same every time.
std::vector<std::int16_t> integers(std::size_t count, int limit) {
  std::vector<std::int16_t> values(count);
  std::uint32_t state = 1;
  for (std::int16_t& value : values) {
    state = state * 1664525U + 1013904223U;
    value = static_cast<std::int16_t>(static_cast<int>(state >> 16) % (2 * limit + 1) - limit);
  }
  return values;
}

void gemm(benchmark::State& state) {
  const auto vectors = static_cast<std::size_t>(state.range(0));
  const auto depth = static_cast<std::size_t>(state.range(1));
  const auto columns = static_cast<std::size_t>(state.range(2));
  const auto data = integers(vectors * depth, 127);
  PackedWeights weights;
  weights.assign(integers(depth * columns, 127), depth, columns);
  std::vector<std::int32_t> sums(vectors * columns);
  for (auto _ : state) {
    std::fill(sums.begin(), sums.end(), 0);
    gemm_accumulate(data, vectors, depth, weights, sums, columns);
    benchmark::DoNotOptimize(sums.data());
  }
  state.counters["MAC/s"] = benchmark::Counter(static_cast<double>(vectors * depth * columns),
                                               benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(gemm)
    ->ArgNames({"vectors", "depth", "columns"})
    ->Args({784, 512, 128})
    ->Args({49, 512, 128})
    ->Args({3136, 64, 64});

constexpr std::size_t kGroups = 1 << 16;

void pack_weights(benchmark::State& state) {
  const auto format = make_format("term_quantized", FormatParameters{});
  const auto codes = integers(kGroups * 8, 100);
  for (auto _ : state) {
    std::vector<std::uint8_t> bytes;
    BitWriter writer(bytes);
    for (std::size_t g = 0; g < kGroups; ++g) {
      format->pack_weights(std::span(codes).subspan(g * 8, 8), writer);
    }
    writer.align();
    benchmark::DoNotOptimize(bytes.data());
  }
  state.counters["weights/s"] = benchmark::Counter(static_cast<double>(kGroups * 8),
                                                   benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(pack_weights);

void unpack_weights(benchmark::State& state) {
  const auto format = make_format("term_quantized", FormatParameters{});
  const auto codes = integers(kGroups * 8, 100);
  std::vector<std::uint8_t> bytes;
  BitWriter writer(bytes);
  for (std::size_t g = 0; g < kGroups; ++g) {
    format->pack_weights(std::span(codes).subspan(g * 8, 8), writer);
  }
  writer.align();
  std::vector<std::int16_t> values(8);
  std::vector<std::uint8_t> terms(8);
  for (auto _ : state) {
    BitReader reader(bytes);
    for (std::size_t g = 0; g < kGroups; ++g) {
      format->unpack_weights(reader, values, terms);
      benchmark::DoNotOptimize(values.data());
    }
  }
  state.counters["weights/s"] = benchmark::Counter(static_cast<double>(kGroups * 8),
                                                   benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(unpack_weights);

/// The largest filter matrix of ResNet-50's kind: channels x kernel positions, 16 % nonzero.
void combine_columns(benchmark::State& state, const char* algorithm) {
  constexpr std::size_t kRows = 512;
  constexpr std::size_t kColumns = 4608;
  std::vector<float> weights;
  for (const std::int16_t value : integers(kRows * kColumns, 100)) {
    weights.push_back(value > 68 ? static_cast<float>(value) : 0.0F);
  }
  const auto packing = make_packing("column_combining", {algorithm, 8, 1.75, 0});
  for (auto _ : state) {
    benchmark::DoNotOptimize(packing->pack({weights, kRows, kColumns}).nonzeros_kept);
  }
}
BENCHMARK_CAPTURE(combine_columns, dense_column_first, "dense_column_first");
BENCHMARK_CAPTURE(combine_columns, greedy, "greedy");

}  // namespace
}  // namespace systerm
