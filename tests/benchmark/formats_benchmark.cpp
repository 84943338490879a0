// SPDX-License-Identifier: Apache-2.0
// Conversion of 2^24 values to number formats, next to reading them twice, and products in block
// floating point.
#include <random>
#include <vector>

#include <benchmark/benchmark.h>

#include "components/arithmetic/bfp_gemm.h"
#include "components/arithmetic/tensor_format.h"

namespace systerm {
namespace {

constexpr std::size_t kRows = 4096;
constexpr std::size_t kColumns = 4096;

const std::vector<float>& values() {
  static const std::vector<float> all = [] {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    std::vector<float> made(kRows * kColumns);
    for (float& value : made) value = normal(random);
    return made;
  }();
  return all;
}

void count(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kRows * kColumns));
}

void read_twice(benchmark::State& state) {
  for (auto _ : state) {
    for (int time = 0; time < 2; ++time) {
      benchmark::DoNotOptimize(top_exponent(matrix_view(values(), kRows, kColumns)));
    }
  }
  count(state);
}
BENCHMARK(read_twice);

void encode_bfp(benchmark::State& state) {
  const BfpParameters parameters{.exponent_bits = 3,
                                 .rounding = static_cast<BfpRounding>(state.range(1))};
  BfpMatrix matrix;
  for (auto _ : state) {
    matrix.assign(matrix_view(values(), kRows, kColumns), static_cast<GroupAxis>(state.range(0)),
                  parameters);
  }
  count(state);
}
BENCHMARK(encode_bfp)->ArgNames({"axis", "rounding"})->ArgsProduct({{0, 1}, {1, 2}});

void encode_format(benchmark::State& state, const char* name) {
  const auto format = make_tensor_format(name);
  EncodedTensor encoded;
  for (auto _ : state) format->encode(matrix_view(values(), kRows, kColumns), encoded);
  count(state);
}
BENCHMARK_CAPTURE(encode_format, mxfp4, "mxfp4");
BENCHMARK_CAPTURE(encode_format, mxint8, "mxint8");
BENCHMARK_CAPTURE(encode_format, nvfp4, "nvfp4");
BENCHMARK_CAPTURE(encode_format, bfloat16, "bfloat16");

void multiply_bfp(benchmark::State& state) {
  constexpr std::size_t kSize = 512;
  const BfpParameters parameters{.mantissa_bits = static_cast<int>(state.range(0))};
  const auto accumulation = static_cast<BfpAccumulation>(state.range(1));
  const StridedMatrix view{values(), kSize, kSize, kColumns};
  BfpMatrix matrix;
  BfpLeft left;
  BfpRight right;
  matrix.assign(view, GroupAxis::kColumns, parameters);
  left.assign(matrix, accumulation);
  matrix.assign(view, GroupAxis::kRows, parameters);
  right.assign(matrix, accumulation);
  std::vector<float> sums(kSize * kSize);
  for (auto _ : state) bfp_gemm(left, right, false, sums, kSize);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kSize * kSize * kSize));
}
BENCHMARK(multiply_bfp)->ArgNames({"m", "per_group"})->ArgsProduct({{2, 4}, {0, 1}});

}  // namespace
}  // namespace systerm
