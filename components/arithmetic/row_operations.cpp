// SPDX-License-Identifier: Apache-2.0
// Plain loops over the inline definitions, which the compiler vectorises for each target.
#include "components/arithmetic/row_operations.h"

#include <stdexcept>
#include <vector>

#include "components/arithmetic/post_processing.h"
#include "components/arithmetic/vector_operations.h"

#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "components/arithmetic/row_operations.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace systerm::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

void finish(const std::int32_t* HWY_RESTRICT sums, std::size_t sums_stride, std::size_t rows,
            const float* HWY_RESTRICT scale, const float* HWY_RESTRICT bias, std::size_t filters,
            bool relu, float code_scale, std::int32_t limit, std::int32_t* HWY_RESTRICT codes,
            std::size_t codes_stride) {
  for (std::size_t row = 0; row < rows; ++row, sums += sums_stride, codes += codes_stride) {
    if (relu) {
      for (std::size_t f = 0; f < filters; ++f) {
        const float value = scale_sum(sums[f], scale[f], bias[f]);
        codes[f] = requantize(value > 0.0F ? value : 0.0F, code_scale, limit);
      }
    } else {
      for (std::size_t f = 0; f < filters; ++f) {
        codes[f] = requantize(scale_sum(sums[f], scale[f], bias[f]), code_scale, limit);
      }
    }
  }
}

void scale_all(const std::int32_t* HWY_RESTRICT sums, std::size_t sums_stride, std::size_t rows,
               const float* HWY_RESTRICT scale, const float* HWY_RESTRICT bias, std::size_t filters,
               float* HWY_RESTRICT values, std::size_t values_stride) {
  for (std::size_t row = 0; row < rows; ++row, sums += sums_stride, values += values_stride) {
    for (std::size_t f = 0; f < filters; ++f) values[f] = scale_sum(sums[f], scale[f], bias[f]);
  }
}

void requantize_all(const float* HWY_RESTRICT values, std::size_t count, float scale,
                    std::int32_t limit, std::int32_t* HWY_RESTRICT codes) {
  for (std::size_t i = 0; i < count; ++i) codes[i] = requantize(values[i], scale, limit);
}

void encode(const std::int32_t* HWY_RESTRICT codes, std::size_t count,
            const std::int16_t* HWY_RESTRICT zero, std::int16_t* HWY_RESTRICT encoded) {
  for (std::size_t i = 0; i < count; ++i) encoded[i] = zero[codes[i]];
}

void narrow(const std::int32_t* HWY_RESTRICT codes, std::size_t count,
            std::int16_t* HWY_RESTRICT encoded) {
  for (std::size_t i = 0; i < count; ++i) encoded[i] = static_cast<std::int16_t>(codes[i]);
}

void depthwise(const std::int16_t* const* data, std::size_t taps,
               const std::int16_t* HWY_RESTRICT weights, std::size_t channels,
               std::int32_t* HWY_RESTRICT sums) {
  const hn::CappedTag<std::int32_t, 16> wide;
  const hn::Rebind<std::int16_t, decltype(wide)> narrow_tag;
  const std::size_t lanes = hn::Lanes(wide);
  std::size_t c = 0;
  for (; c + lanes <= channels; c += lanes) {
    auto sum = hn::Zero(wide);
    for (std::size_t tap = 0; tap < taps; ++tap) {
      if (data[tap] == nullptr) continue;
      const auto value = hn::PromoteTo(wide, hn::LoadU(narrow_tag, data[tap] + c));
      const auto weight = hn::PromoteTo(wide, hn::LoadU(narrow_tag, weights + tap * channels + c));
      sum = hn::Add(sum, hn::Mul(value, weight));
    }
    hn::StoreU(sum, wide, sums + c);
  }
  for (; c < channels; ++c) {
    std::int32_t sum = 0;
    for (std::size_t tap = 0; tap < taps; ++tap) {
      if (data[tap] != nullptr) {
        sum += std::int32_t{data[tap][c]} * std::int32_t{weights[tap * channels + c]};
      }
    }
    sums[c] = sum;
  }
}

void maximum(const std::int32_t* const* taps, std::size_t count, std::size_t channels,
             std::int32_t* HWY_RESTRICT largest) {
  if (count < 2) {
    for (std::size_t c = 0; c < channels; ++c) largest[c] = count > 0 ? taps[0][c] : 0;
    return;
  }
  const std::int32_t* HWY_RESTRICT const first = taps[0];
  const std::int32_t* HWY_RESTRICT const second = taps[1];
  for (std::size_t c = 0; c < channels; ++c) {
    largest[c] = first[c] > second[c] ? first[c] : second[c];
  }
  for (std::size_t tap = 2; tap < count; ++tap) {
    const std::int32_t* HWY_RESTRICT const from = taps[tap];
    for (std::size_t c = 0; c < channels; ++c) {
      largest[c] = from[c] > largest[c] ? from[c] : largest[c];
    }
  }
}

void add_up(const std::int32_t* const* taps, std::size_t count, std::size_t channels,
            std::int64_t* HWY_RESTRICT sums) {
  for (std::size_t c = 0; c < channels; ++c) sums[c] = 0;
  for (std::size_t tap = 0; tap < count; ++tap) {
    const std::int32_t* HWY_RESTRICT const from = taps[tap];
    for (std::size_t c = 0; c < channels; ++c) sums[c] += from[c];
  }
}

}  // namespace
}  // namespace systerm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace systerm {
namespace {

HWY_EXPORT(finish);
HWY_EXPORT(scale_all);
HWY_EXPORT(requantize_all);
HWY_EXPORT(encode);
HWY_EXPORT(narrow);
HWY_EXPORT(depthwise);
HWY_EXPORT(maximum);
HWY_EXPORT(add_up);

void require(bool condition, const char* message) {
  if (!condition) throw std::invalid_argument(message);
}

void require_rows(std::size_t size, std::size_t stride, std::size_t rows, std::size_t filters) {
  require(rows == 0 || (stride >= filters && size >= (rows - 1) * stride + filters),
          "rows are [rows][stride >= filters]");
}

std::vector<float> repeated(std::span<const float> values, std::size_t times) {
  std::vector<float> result;
  for (std::size_t i = 0; i < times; ++i) result.insert(result.end(), values.begin(), values.end());
  return result;
}

}  // namespace

void finish_rows(std::span<const std::int32_t> sums, std::size_t sums_stride, std::size_t rows,
                 const RowFinish& finish, std::span<std::int32_t> codes, std::size_t codes_stride) {
  const std::size_t filters = finish.bias.size();
  require(finish.sum_scale.size() == filters, "one scale and one bias a filter");
  require_rows(sums.size(), sums_stride, rows, filters);
  require_rows(codes.size(), codes_stride, rows, filters);
  // Short rows that lie one behind the other are taken as few long ones: full vectors.
  constexpr std::size_t kShortRow = 64;
  constexpr std::size_t kLongRow = 512;
  const bool is_dense = sums_stride == filters && codes_stride == filters;
  if (is_dense && filters > 0 && filters < kShortRow && rows * filters >= 2 * kLongRow) {
    const std::size_t together = kLongRow / filters;
    const std::size_t done = rows / together * together;
    const std::vector<float> scales = repeated(finish.sum_scale, together);
    const std::vector<float> biases = repeated(finish.bias, together);
    const RowFinish several{scales, biases, finish.relu, finish.scale, finish.limit};
    finish_rows(sums.first(done * filters), together * filters, done / together, several,
                codes.first(done * filters), together * filters);
    sums = sums.subspan(done * filters);
    codes = codes.subspan(done * filters);
    rows -= done;
  }
  HWY_DYNAMIC_DISPATCH(finish)
  (sums.data(), sums_stride, rows, finish.sum_scale.data(), finish.bias.data(), filters,
   finish.relu, finish.scale, finish.limit, codes.data(), codes_stride);
}

void scale_rows(std::span<const std::int32_t> sums, std::size_t sums_stride, std::size_t rows,
                const RowFinish& finish, std::span<float> values, std::size_t values_stride) {
  const std::size_t filters = finish.bias.size();
  require(finish.sum_scale.size() == filters, "one scale and one bias a filter");
  require_rows(sums.size(), sums_stride, rows, filters);
  require_rows(values.size(), values_stride, rows, filters);
  HWY_DYNAMIC_DISPATCH(scale_all)
  (sums.data(), sums_stride, rows, finish.sum_scale.data(), finish.bias.data(), filters,
   values.data(), values_stride);
}

void requantize_row(std::span<const float> values, float scale, std::int32_t limit,
                    std::span<std::int32_t> codes) {
  require(codes.size() == values.size(), "one code a value");
  HWY_DYNAMIC_DISPATCH(requantize_all)(values.data(), values.size(), scale, limit, codes.data());
}

void encode_row(std::span<const std::int32_t> codes, std::span<const std::int16_t> table,
                std::span<std::int16_t> encoded) {
  require(codes.size() == encoded.size(), "one encoded value a code");
  require(table.size() % 2 == 1, "a table of codes has as many negative as positive ones");
  HWY_DYNAMIC_DISPATCH(encode)
  (codes.data(), codes.size(), table.data() + table.size() / 2, encoded.data());
}

void narrow_row(std::span<const std::int32_t> codes, std::span<std::int16_t> encoded) {
  require(codes.size() == encoded.size(), "one encoded value a code");
  HWY_DYNAMIC_DISPATCH(narrow)(codes.data(), codes.size(), encoded.data());
}

void depthwise_row(std::span<const std::int16_t* const> data, std::span<const std::int16_t> weights,
                   std::span<std::int32_t> sums) {
  require(weights.size() == data.size() * sums.size(), "weights are [taps][channels]");
  HWY_DYNAMIC_DISPATCH(depthwise)
  (data.data(), data.size(), weights.data(), sums.size(), sums.data());
}

void maximum_row(std::span<const std::int32_t* const> taps, std::span<std::int32_t> largest) {
  HWY_DYNAMIC_DISPATCH(maximum)(taps.data(), taps.size(), largest.size(), largest.data());
}

void sum_row(std::span<const std::int32_t* const> taps, std::span<std::int64_t> sums) {
  HWY_DYNAMIC_DISPATCH(add_up)(taps.data(), taps.size(), sums.size(), sums.data());
}

}  // namespace systerm
#endif  // HWY_ONCE
