// SPDX-License-Identifier: Apache-2.0
// The kernels multiply pairs of depth: two int16 products added into one int32 lane an instruction.
// A block of vectors times one panel of columns stays in registers over the whole depth.
#include "components/arithmetic/gemm.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>

// Blocks are arrays of SIMD vectors, which vectors of unknown size cannot form.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
// Highway avoids its portable target with GCC before 12.3, whose vectoriser miscompiles some of its
// operations (GCC bug 106322); ours are not among them and the tests run that target too.
#define HWY_BROKEN_EMU128 0
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "components/arithmetic/gemm.cpp"
// Compiles this file once for every target; comes before the rest of Highway.
#include <hwy/aligned_allocator.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace systerm::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t kPanel = PackedWeights::kPanelColumns;

using Sums = hn::CappedTag<std::int32_t, kPanel>;
using Pairs = hn::Repartition<std::int16_t, Sums>;
using SumVector = hn::Vec<Sums>;

constexpr std::size_t kLanes = hn::MaxLanes(Sums());
constexpr std::size_t kPanelVectors = kPanel / kLanes;
// As many vectors as keep 12 sums in registers, beside the weights and one broadcast pair of data.
constexpr std::size_t kBlockRows = 12 / kPanelVectors;

template <std::size_t kRows, std::size_t kVectors>
using Block = SumVector[kRows][kVectors];

// block[p][v] = sum over `depth` of data[p][k] * panel[k][v]
template <std::size_t kRows, std::size_t kVectors>
HWY_INLINE void multiply(const std::int16_t* HWY_RESTRICT data, std::size_t stride,
                         const std::int16_t* HWY_RESTRICT panel, std::size_t depth,
                         Block<kRows, kVectors>& block) {
  const Sums sums;
  const Pairs pairs;
  Block<kRows, kVectors> upper;  // only targets that widen halves separately use it
  for (std::size_t p = 0; p < kRows; ++p) {
    for (std::size_t v = 0; v < kVectors; ++v) {
      block[p][v] = hn::Zero(sums);
      upper[p][v] = hn::Zero(sums);
    }
  }
  const auto step = [&](const auto& broadcast) HWY_ATTR {
    hn::Vec<Pairs> weights[kVectors];
    for (std::size_t v = 0; v < kVectors; ++v) {
      weights[v] = hn::Load(pairs, panel + v * 2 * kLanes);
    }
    panel += 2 * kPanel;
    for (std::size_t p = 0; p < kRows; ++p) {
      const auto pair = broadcast(data + p * stride);
      for (std::size_t v = 0; v < kVectors; ++v) {
        block[p][v] =
            hn::ReorderWidenMulAccumulate(sums, weights[v], pair, block[p][v], upper[p][v]);
      }
    }
    data += 2;
  };
  for (std::size_t k = 0; k + 1 < depth; k += 2) {
    step([&](const std::int16_t* from) HWY_ATTR {
      std::int32_t two;
      std::memcpy(&two, from, sizeof two);
      return hn::BitCast(pairs, hn::Set(sums, two));
    });
  }
  if (depth % 2 != 0) {  // its partner may lie behind the end of the data; the weight there is zero
    step([&](const std::int16_t* from) HWY_ATTR { return hn::Set(pairs, *from); });
  }
  for (std::size_t p = 0; p < kRows; ++p) {
    for (std::size_t v = 0; v < kVectors; ++v) {
      block[p][v] = hn::RearrangeToOddPlusEven(block[p][v], upper[p][v]);
    }
  }
}

// Calls `body` with the compile-time number of vectors in a block: `rows` of 1 to kRows.
template <std::size_t kRows, class Body>
HWY_INLINE void with_rows(std::size_t rows, const Body& body) {
  if constexpr (kRows > 1) {
    if (rows < kRows) return with_rows<kRows - 1>(rows, body);
  }
  body.template operator()<kRows>();
}

// Likewise with the number of SIMD vectors that `columns` take.
template <std::size_t kVectors, class Body>
HWY_INLINE void with_vectors(std::size_t columns, const Body& body) {
  if constexpr (kVectors > 1) {
    if (columns <= (kVectors - 1) * kLanes) return with_vectors<kVectors - 1>(columns, body);
  }
  body.template operator()<kVectors>();
}

// Where adding a product to a sum wrapped.
struct Overflow {
  SumVector lanes;  // negative if so
  bool elsewhere = false;
};

template <std::size_t kRows, std::size_t kVectors>
void accumulate_block(const std::int16_t* data, std::size_t data_stride, const std::int16_t* panel,
                      std::size_t depth, std::int32_t* sums, std::size_t sums_stride,
                      std::size_t columns, Overflow& overflow) {
  const Sums tag;
  Block<kRows, kVectors> block;
  multiply<kRows, kVectors>(data, data_stride, panel, depth, block);
  for (std::size_t p = 0; p < kRows; ++p, sums += sums_stride) {
    if (columns < kVectors * kLanes) {
      HWY_ALIGN std::int32_t products[kVectors * kLanes];
      for (std::size_t v = 0; v < kVectors; ++v) hn::Store(block[p][v], tag, products + v * kLanes);
      for (std::size_t n = 0; n < columns; ++n) {
        const std::int64_t sum = std::int64_t{sums[n]} + products[n];
        sums[n] = static_cast<std::int32_t>(sum);
        overflow.elsewhere |= sums[n] != sum;
      }
      continue;
    }
    for (std::size_t v = 0; v < kVectors; ++v) {
      const SumVector before = hn::LoadU(tag, sums + v * kLanes);
      const SumVector after = hn::Add(before, block[p][v]);
      overflow.lanes =
          hn::Or(overflow.lanes, hn::And(hn::Xor(before, after), hn::Xor(block[p][v], after)));
      hn::StoreU(after, tag, sums + v * kLanes);
    }
  }
}

// True if a final sum left int32. Requires that every product over the whole depth fits.
bool accumulate(const std::int16_t* data, std::size_t vectors, std::size_t data_stride,
                const std::int16_t* words, std::size_t depth, std::size_t columns,
                std::int32_t* sums, std::size_t sums_stride) {
  constexpr std::size_t kCachedData = 48 * 1024;  // elements: data of all panels stay in level 2
  const std::size_t panel_words = (depth + 1) / 2 * 2 * kPanel;
  const std::size_t rows_at_once =
      std::max<std::size_t>(1, kCachedData / depth / kBlockRows) * kBlockRows;
  const Sums tag;
  Overflow overflow{hn::Zero(tag)};
  for (std::size_t first = 0; first < vectors; first += rows_at_once) {
    const std::size_t last = std::min(vectors, first + rows_at_once);
    const std::int16_t* panel = words;
    for (std::size_t column = 0; column < columns; column += kPanel, panel += panel_words) {
      const std::size_t width = std::min(kPanel, columns - column);
      with_vectors<kPanelVectors>(width, [&]<std::size_t kVectors>() HWY_ATTR {
        for (std::size_t p = first; p < last; p += kBlockRows) {
          with_rows<kBlockRows>(last - p, [&]<std::size_t kRows>() HWY_ATTR {
            accumulate_block<kRows, kVectors>(data + p * data_stride, data_stride, panel, depth,
                                              sums + p * sums_stride + column, sums_stride, width,
                                              overflow);
          });
        }
      });
    }
  }
  return overflow.elsewhere || !hn::AllFalse(tag, hn::Lt(overflow.lanes, hn::Zero(tag)));
}

int largest_magnitude(const std::int16_t* values, std::size_t rows, std::size_t columns,
                      std::size_t stride) {
  const hn::CappedTag<std::int16_t, 2 * kPanel> tag;
  auto largest = hn::Zero(tag);
  auto smallest = hn::Zero(tag);
  int high = 0;
  int low = 0;
  for (std::size_t row = 0; row < rows; ++row, values += stride) {
    std::size_t i = 0;
    for (; i + hn::Lanes(tag) <= columns; i += hn::Lanes(tag)) {
      const auto some = hn::LoadU(tag, values + i);
      largest = hn::Max(largest, some);
      smallest = hn::Min(smallest, some);
    }
    for (; i < columns; ++i) {
      high = std::max<int>(high, values[i]);
      low = std::min<int>(low, values[i]);
    }
  }
  HWY_ALIGN std::int16_t lanes[2 * kPanel];
  hn::Store(largest, tag, lanes);
  for (std::size_t i = 0; i < hn::Lanes(tag); ++i) high = std::max<int>(high, lanes[i]);
  hn::Store(smallest, tag, lanes);
  for (std::size_t i = 0; i < hn::Lanes(tag); ++i) low = std::min<int>(low, lanes[i]);
  return std::max(high, -low);
}

// words: [panel][pair of depth][column of the panel][2], zeros beyond depth and columns, prefilled.
void interleave(const std::int16_t* weights, std::size_t depth, std::size_t columns,
                std::int16_t* words) {
  const hn::CappedTag<std::int16_t, 8> tag;
  const std::size_t lanes = hn::Lanes(tag);
  const std::size_t panel_words = (depth + 1) / 2 * 2 * kPanel;
  for (std::size_t k = 0; k < depth; k += 2) {
    const std::int16_t* const even = weights + k * columns;
    const bool paired = k + 1 < depth;
    const std::int16_t* const odd = even + (paired ? columns : 0);
    std::size_t n = 0;
    for (; n + lanes <= columns; n += lanes) {
      std::int16_t* const to = words + n / kPanel * panel_words + k * kPanel + n % kPanel * 2;
      const auto first = hn::LoadU(tag, even + n);
      const auto second = paired ? hn::LoadU(tag, odd + n) : hn::Zero(tag);
      hn::StoreU(hn::InterleaveLower(tag, first, second), tag, to);
      hn::StoreU(hn::InterleaveUpper(tag, first, second), tag, to + lanes);
    }
    for (; n < columns; ++n) {
      std::int16_t* const to = words + n / kPanel * panel_words + k * kPanel + n % kPanel * 2;
      to[0] = even[n];
      to[1] = paired ? odd[n] : std::int16_t{0};
    }
  }
}

// largest[p] = max(largest[p], pairs of vector p with every column of the panel)
template <std::size_t kRows>
void raise_block(const std::int16_t* data, std::size_t data_stride, const std::int16_t* panel,
                 std::size_t depth, std::int32_t* largest) {
  const Sums tag;
  Block<kRows, kPanelVectors> block;
  multiply<kRows, kPanelVectors>(data, data_stride, panel, depth, block);
  for (std::size_t p = 0; p < kRows; ++p) {
    for (std::size_t v = 0; v < kPanelVectors; ++v) {
      std::int32_t* const at = largest + p * kPanel + v * kLanes;
      hn::Store(hn::Max(hn::Load(tag, at), block[p][v]), tag, at);
    }
  }
}

// `depth` is the padded, even size of a group. `beats` is prefilled with zeros.
void raise_wavefronts(const std::int16_t* data, std::size_t vectors, std::size_t rows,
                      std::size_t depth, const std::int16_t* words, std::size_t columns,
                      std::uint32_t* beats) {
  // Cells of one column that work in the same beat lie on a diagonal of (vector, row): their
  // maximum is taken first, at vector + row, so that vectors of columns never overlap in memory.
  constexpr std::size_t kVectorsAtOnce = 8 * kBlockRows;
  const std::size_t data_stride = rows * depth;
  const std::size_t panel_words = data_stride * kPanel;
  const std::size_t diagonals = kVectorsAtOnce + rows - 1;
  auto largest = hwy::AllocateAligned<std::int32_t>(diagonals * kPanel);
  for (std::size_t first = 0; first < vectors; first += kVectorsAtOnce) {
    const std::size_t count = std::min(kVectorsAtOnce, vectors - first);
    const std::int16_t* panel = words;
    for (std::size_t column = 0; column < columns; column += kPanel, panel += panel_words) {
      std::fill_n(largest.get(), diagonals * kPanel, 0);
      for (std::size_t row = 0; row < rows; ++row) {
        for (std::size_t p = 0; p < count; p += kBlockRows) {
          with_rows<kBlockRows>(count - p, [&]<std::size_t kRows>() HWY_ATTR {
            raise_block<kRows>(data + (first + p) * data_stride + row * depth, data_stride,
                               panel + row * depth * kPanel, depth,
                               largest.get() + (p + row) * kPanel);
          });
        }
      }
      const std::size_t width = std::min(kPanel, columns - column);
      for (std::size_t diagonal = 0; diagonal < count + rows - 1; ++diagonal) {
        std::uint32_t* const beat = beats + first + diagonal + column;
        for (std::size_t n = 0; n < width; ++n) {
          beat[n] =
              std::max(beat[n], static_cast<std::uint32_t>(largest.get()[diagonal * kPanel + n]));
        }
      }
    }
  }
}

}  // namespace
}  // namespace systerm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace systerm {
namespace {

HWY_EXPORT(accumulate);
HWY_EXPORT(largest_magnitude);
HWY_EXPORT(interleave);
HWY_EXPORT(raise_wavefronts);

void require(bool condition, const char* message) {
  if (!condition) throw std::invalid_argument(message);
}

[[noreturn]] void report_overflow() {
  throw AccumulatorOverflow("a sum of products left the 32 bits of its accumulator");
}

// For operands whose products may not fit in int32: 64-bit sums, whatever the depth.
void accumulate_wide(std::span<const std::int16_t> data, std::size_t vectors,
                     std::size_t data_stride, const PackedWeights& weights,
                     std::span<std::int32_t> sums, std::size_t sums_stride) {
  constexpr std::size_t kPanel = PackedWeights::kPanelColumns;
  const std::size_t depth = weights.depth();
  const std::size_t panel_words = (depth + 1) / 2 * 2 * kPanel;
  for (std::size_t p = 0; p < vectors; ++p) {
    for (std::size_t n = 0; n < weights.columns(); ++n) {
      const std::int16_t* const column =
          weights.words().data() + n / kPanel * panel_words + n % kPanel * 2;
      std::int64_t sum = sums[p * sums_stride + n];
      for (std::size_t k = 0; k < depth; ++k) {
        sum += std::int64_t{data[p * data_stride + k]} * column[k / 2 * 2 * kPanel + k % 2];
      }
      if (sum < std::numeric_limits<std::int32_t>::min() ||
          sum > std::numeric_limits<std::int32_t>::max()) {
        report_overflow();
      }
      sums[p * sums_stride + n] = static_cast<std::int32_t>(sum);
    }
  }
}

// Term counts as int16, with a zero behind every group of odd size.
std::vector<std::int16_t> pad_groups(std::span<const std::uint8_t> terms, std::size_t outer,
                                     std::size_t group_size, std::size_t inner) {
  const std::size_t padded = group_size + group_size % 2;
  std::vector<std::int16_t> out(outer * padded * inner, 0);
  for (std::size_t group = 0; group < outer; ++group) {
    std::copy_n(terms.begin() + static_cast<std::ptrdiff_t>(group * group_size * inner),
                group_size * inner,
                out.begin() + static_cast<std::ptrdiff_t>(group * padded * inner));
  }
  return out;
}

}  // namespace

void PackedWeights::assign(std::span<const std::int16_t> weights, std::size_t depth,
                           std::size_t columns) {
  require(weights.size() == depth * columns, "packed weights are [depth][columns]");
  depth_ = depth;
  columns_ = columns;
  largest_magnitude_ =
      HWY_DYNAMIC_DISPATCH(largest_magnitude)(weights.data(), 1, weights.size(), weights.size());
  lines_.assign((columns + kPanelColumns - 1) / kPanelColumns * ((depth + 1) / 2), Line{});
  HWY_DYNAMIC_DISPATCH(interleave)
  (weights.data(), depth, columns, reinterpret_cast<std::int16_t*>(lines_.data()));
}

void gemm_accumulate(std::span<const std::int16_t> data, std::size_t vectors,
                     std::size_t data_stride, const PackedWeights& weights,
                     std::span<std::int32_t> sums, std::size_t sums_stride) {
  const std::size_t depth = weights.depth();
  const std::size_t columns = weights.columns();
  if (vectors == 0 || depth == 0 || columns == 0) return;
  require(data_stride >= depth && data.size() >= (vectors - 1) * data_stride + depth,
          "data of a matrix product are [vectors][data_stride >= depth]");
  require(sums_stride >= columns && sums.size() >= (vectors - 1) * sums_stride + columns,
          "sums of a matrix product are [vectors][sums_stride >= columns]");

  const auto fits = [&](int largest_data) {
    const std::uint64_t product = static_cast<std::uint64_t>(largest_data) *
                                  static_cast<std::uint64_t>(weights.largest_magnitude());
    return product * depth <= std::numeric_limits<std::int32_t>::max();
  };
  // Looking at the data is only needed where the worst int16 would not do.
  if (!fits(-std::numeric_limits<std::int16_t>::min()) &&
      !fits(HWY_DYNAMIC_DISPATCH(largest_magnitude)(data.data(), vectors, depth, data_stride))) {
    accumulate_wide(data, vectors, data_stride, weights, sums, sums_stride);
    return;
  }
  if (HWY_DYNAMIC_DISPATCH(accumulate)(data.data(), vectors, data_stride, weights.words().data(),
                                       depth, columns, sums.data(), sums_stride)) {
    report_overflow();
  }
}

std::vector<std::uint32_t> wavefront_term_pairs(std::span<const std::uint8_t> data_terms,
                                                std::span<const std::uint8_t> weight_terms,
                                                std::size_t vectors, std::size_t rows,
                                                std::size_t columns, std::size_t group_size) {
  require(data_terms.size() == vectors * rows * group_size,
          "data terms are [vectors][rows * group_size]");
  require(weight_terms.size() == rows * group_size * columns,
          "weight terms are [rows * group_size][columns]");
  require(group_size <= 32768, "a group has at most 32768 values");
  if (vectors == 0 || rows == 0 || columns == 0 || group_size == 0) return {};

  const std::size_t depth = group_size + group_size % 2;
  const std::vector<std::int16_t> data = pad_groups(data_terms, vectors * rows, group_size, 1);
  PackedWeights weights;
  weights.assign(pad_groups(weight_terms, rows, group_size, columns), rows * depth, columns);
  std::vector<std::uint32_t> beats(vectors + rows + columns - 2, 0);
  HWY_DYNAMIC_DISPATCH(raise_wavefronts)
  (data.data(), vectors, rows, depth, weights.words().data(), columns, beats.data());
  return beats;
}

std::uint64_t total_term_pairs(std::span<const std::uint8_t> data_terms,
                               std::span<const std::uint8_t> weight_terms, std::size_t vectors,
                               std::size_t depth, std::size_t columns) {
  require(data_terms.size() == vectors * depth, "data terms are [vectors][depth]");
  require(weight_terms.size() == depth * columns, "weight terms are [depth][columns]");

  std::vector<std::uint64_t> weight_sums(depth, 0);
  for (std::size_t k = 0; k < depth; ++k) {
    const std::uint8_t* const row = weight_terms.data() + k * columns;
    std::uint32_t sum = 0;  // a row of 2^24 columns would still fit
    for (std::size_t n = 0; n < columns; ++n) sum += row[n];
    weight_sums[k] = sum;
  }
  // The data are summed in 32 bits, which vectorises, over as many vectors as cannot overflow.
  constexpr std::size_t kVectorsAtOnce = std::size_t{1} << 24;
  std::vector<std::uint32_t> data_sums(depth);
  std::uint64_t total = 0;
  for (std::size_t first = 0; first < vectors; first += kVectorsAtOnce) {
    const std::size_t last = std::min(vectors, first + kVectorsAtOnce);
    std::fill(data_sums.begin(), data_sums.end(), 0U);
    for (std::size_t p = first; p < last; ++p) {
      const std::uint8_t* const row = data_terms.data() + p * depth;
      for (std::size_t k = 0; k < depth; ++k) data_sums[k] += row[k];
    }
    for (std::size_t k = 0; k < depth; ++k) total += data_sums[k] * weight_sums[k];
  }
  return total;
}

}  // namespace systerm
#endif  // HWY_ONCE
