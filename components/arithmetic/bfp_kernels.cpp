// SPDX-License-Identifier: Apache-2.0
// One datapath for three roundings: eight bits behind the mantissa are kept, a byte R is added and
// the eight bits are cut off; R = 0 truncates, R = 128 rounds to nearest, a random R
// stochastically. The shift by the distance of exponents is an exact product with a power of two.
#include "components/arithmetic/bfp_kernels.h"

#include <algorithm>
#include <cstring>

#include "components/arithmetic/random_hash.h"

#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
// As in gemm.cpp: none of the operations that GCC miscompiles is used, and the tests run it.
#define HWY_BROKEN_EMU128 0
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "components/arithmetic/bfp_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace systerm::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t kTile = 16;  // columns of a tile, and the multiple that groups are padded to
constexpr std::size_t kLargestGroup = 128;

using Floats = hn::CappedTag<float, kTile>;
using Ints = hn::RebindToSigned<Floats>;
using Words = hn::RebindToUnsigned<Floats>;
using Bytes = hn::Rebind<std::uint8_t, Floats>;
using Codes = hn::Rebind<std::int8_t, Floats>;
using FloatVector = hn::Vec<Floats>;
using IntVector = hn::Vec<Ints>;

constexpr std::size_t kLanes = hn::MaxLanes(Floats());

struct ConstantByte {
  std::int32_t byte;
  HWY_INLINE IntVector at(std::uint64_t /*element*/) const { return hn::Set(Ints(), byte); }
};

struct CounterBytes {
  std::uint32_t first_word;
  std::uint32_t second_word;
  HWY_INLINE IntVector at(std::uint64_t element) const {
    const Words tag;
    auto x = hn::Xor(hn::Iota(tag, static_cast<std::uint32_t>(element)), hn::Set(tag, first_word));
    x = hn::Mul(x, hn::Set(tag, RandomHash::kFirst));
    x = hn::Add(hn::Xor(x, hn::ShiftRight<15>(x)), hn::Set(tag, second_word));
    x = hn::Mul(x, hn::Set(tag, RandomHash::kSecond));
    x = hn::Mul(hn::Xor(x, hn::ShiftRight<13>(x)), hn::Set(tag, RandomHash::kThird));
    // The last xor with x >> 16 leaves the top byte alone.
    return hn::BitCast(Ints(), hn::ShiftRight<24>(x));
  }
};

struct RegisterBytes {
  const std::uint8_t* cycle;
  std::uint32_t period;
  HWY_INLINE IntVector at(std::uint64_t element) const {
    return hn::PromoteTo(Ints(), hn::LoadU(Bytes(), cycle + element % period));
  }
};

// x * 2^(m + 7 - E) by two factors, as one might leave the range of FP32.
struct Scale {
  FloatVector first;
  FloatVector second;
};

HWY_INLINE Scale scale_to(int mantissa_bits, IntVector exponent) {
  const Ints tag;
  const auto shift =
      hn::Sub(hn::Set(tag, mantissa_bits + 7), hn::Max(exponent, hn::Set(tag, -126)));
  const auto half = hn::ShiftRight<1>(shift);
  const auto bias = hn::Set(tag, 127);
  return {hn::BitCast(Floats(), hn::ShiftLeft<23>(hn::Add(half, bias))),
          hn::BitCast(Floats(), hn::ShiftLeft<23>(hn::Add(hn::Sub(shift, half), bias)))};
}

// Magnitudes with the carry of rounding: 0 to 2^m, or more for a value above its exponent.
HWY_INLINE IntVector rounded(FloatVector x, const Scale& scale, FloatVector limit, IntVector byte) {
  const Floats tag;
  const FloatVector magnitude = hn::Abs(x);
  const FloatVector normal =
      hn::IfThenElseZero(hn::Ge(magnitude, hn::Set(tag, 0x1p-126F)), magnitude);
  const FloatVector wide = hn::Min(hn::Mul(hn::Mul(normal, scale.first), scale.second), limit);
  return hn::ShiftRight<8>(hn::Add(hn::ConvertTo(Ints(), wide), byte));
}

HWY_INLINE FloatVector carry_limit(int mantissa_bits) {
  return hn::Set(Floats(), static_cast<float>(1 << (mantissa_bits + 8)));
}

HWY_INLINE IntVector magnitude_bits(const float* x) {
  return hn::BitCast(Ints(), hn::Abs(hn::LoadU(Floats(), x)));
}

HWY_INLINE std::int32_t largest_lane(IntVector v) { return hn::GetLane(hn::MaxOfLanes(Ints(), v)); }

HWY_INLINE std::uint64_t sum_of_lanes(IntVector v) {
  HWY_ALIGN std::int32_t lanes[kLanes];
  hn::Store(v, Ints(), lanes);
  std::uint64_t sum = 0;
  for (const std::int32_t lane : lanes) sum += static_cast<std::uint64_t>(lane);
  return sum;
}

// The part of a job that is coded with the exponents found together: `lines` lines of one group.
// Line l, value i lies at x[l * line_stride + i * value_stride]; one of the strides is 1.
struct Tile {
  const float* x;
  std::size_t line_stride;
  std::size_t value_stride;
  std::size_t lines;
  std::uint64_t element;  // number of the first value
};

struct Exponents {
  std::int32_t e[kTile];
};

template <class Random>
class Converter {
 public:
  Converter(const BfpJob& job, const Random& random)
      : job_(job),
        p_(job.parameters),
        g_(static_cast<std::size_t>(p_.group_size)),
        padded_((g_ + kTile - 1) / kTile * kTile),
        random_(random) {}

  BfpOutcome encode(std::int8_t* codes, std::int16_t* exponents) {
    BfpOutcome outcome;
    IntVector saturated = hn::Zero(Ints());
    IntVector flushed = hn::Zero(Ints());
    for_each_tile(
        [&](const Tile& tile, std::size_t line, std::size_t group, std::size_t lines) HWY_ATTR {
          Exponents found = find_exponents(tile, outcome.highest_exponent);
          if (p_.overflow == BfpOverflow::kRenormalise) {
            renormalise(tile, p_.mantissa_bits, found);
          }
          for (std::size_t l = 0; l < lines; ++l) {
            exponents[(line + l) * job_.groups + group] = static_cast<std::int16_t>(found.e[l]);
          }
          std::int8_t* const out = codes + (line * job_.groups + group) * g_;
          if (along_rows()) {
            code_columns(tile, found, out, lines, saturated, flushed);
          } else {
            code_lines(tile, found, out, saturated, flushed);
          }
        });
    outcome.counts = {sum_of_lanes(saturated), sum_of_lanes(flushed)};
    return outcome;
  }

  int sum_chunks(int low_bits, ChunkStatistic& statistic) {
    int highest = -127;
    for_each_tile([&](const Tile& tile, std::size_t, std::size_t, std::size_t lines) HWY_ATTR {
      const Exponents base = find_exponents(tile, highest);
      Exponents high = base;
      Exponents low = base;
      if (p_.overflow == BfpOverflow::kRenormalise) {
        renormalise(tile, p_.mantissa_bits, high);
        renormalise(tile, low_bits, low);
      }
      for (std::size_t l = 0; l < (along_rows() ? kTile : lines); l += step()) {
        sum_lines(tile, l, lines, low_bits, base, high, low, statistic);
      }
    });
    return highest;
  }

 private:
  bool along_rows() const { return job_.axis == GroupAxis::kRows; }
  // Lines that one vector covers.
  std::size_t step() const { return along_rows() ? kLanes : 1; }

  template <class Body>
  HWY_INLINE void for_each_tile(const Body& body) {
    const std::size_t height = along_rows() || p_.square_blocks ? kTile : 1;
    for (std::size_t line = job_.first; line < job_.last; line += height) {
      const std::size_t lines = std::min(height, job_.last - line);
      for (std::size_t group = 0; group < job_.groups; ++group) {
        body(tile_at(line, lines, group), line, group, lines);
      }
    }
  }

  // Tiles at the edge are copied, so that vectors never read beyond the matrix.
  HWY_INLINE Tile tile_at(std::size_t line, std::size_t lines, std::size_t group) {
    const std::size_t k = group * g_;
    const std::size_t values = std::min(g_, job_.depth - k);
    const bool inside = values == padded_;
    if (along_rows()) {
      const float* const x = job_.values + k * job_.stride + line;
      const std::uint64_t element = k * job_.columns + line;
      if (values == g_ && lines == kTile) return {x, 1, job_.stride, kTile, element};
      std::fill_n(edge_, g_ * kTile, 0.0F);
      for (std::size_t i = 0; i < values; ++i) {
        std::copy_n(x + i * job_.stride, lines, edge_ + i * kTile);
      }
      return {edge_, 1, kTile, kTile, element};
    }
    const float* const x = job_.values + line * job_.stride + k;
    const std::uint64_t element = line * job_.columns + k;
    if (inside) return {x, job_.stride, 1, lines, element};
    std::fill_n(edge_, lines * padded_, 0.0F);
    for (std::size_t l = 0; l < lines; ++l) {
      std::copy_n(x + l * job_.stride, values, edge_ + l * padded_);
    }
    return {edge_, padded_, 1, lines, element};
  }

  // Number of the first element of line l.
  std::uint64_t element_of(const Tile& tile, std::size_t l) const {
    return tile.element + l * (along_rows() ? 1 : job_.columns);
  }

  HWY_INLINE Exponents find_exponents(const Tile& tile, int& highest) const {
    const Ints tag;
    Exponents found;
    if (along_rows()) {
      for (std::size_t l = 0; l < kTile; l += kLanes) {
        IntVector largest = hn::Zero(tag);
        for (std::size_t i = 0; i < g_; ++i) {
          largest = hn::Max(largest, magnitude_bits(tile.x + i * tile.value_stride + l));
        }
        hn::StoreU(largest, tag, found.e + l);
      }
    } else {
      for (std::size_t l = 0; l < tile.lines; ++l) {
        const float* const x = tile.x + l * tile.line_stride;
        IntVector largest = magnitude_bits(x);
        for (std::size_t i = kLanes; i < padded_; i += kLanes) {
          largest = hn::Max(largest, magnitude_bits(x + i));
        }
        found.e[l] = largest_lane(largest);
      }
    }
    if (p_.square_blocks) share_largest(tile.lines, found);
    for (std::size_t l = 0; l < tile.lines; ++l) {
      const int exponent = (found.e[l] >> 23) - 127;
      highest = std::max(highest, exponent);
      found.e[l] = std::clamp(exponent, job_.lowest_exponent, job_.highest_exponent);
    }
    return found;
  }

  static void share_largest(std::size_t lines, Exponents& found) {
    const std::int32_t largest = *std::max_element(found.e, found.e + lines);
    std::fill_n(found.e, lines, largest);
  }

  // Adds one to the exponent of every line (or of the block) that rounding carries out of.
  HWY_INLINE void renormalise(const Tile& tile, int mantissa_bits, Exponents& found) const {
    const Ints tag;
    const IntVector largest = hn::Set(tag, (1 << mantissa_bits) - 1);
    const FloatVector limit = carry_limit(mantissa_bits);
    Exponents carried;
    for (std::size_t l = 0; l < tile.lines; l += step()) {
      const Scale scale = scale_of(found, l, mantissa_bits);
      IntVector most = hn::Zero(tag);
      for_each_vector(tile, l, [&](const float* x, std::uint64_t element) HWY_ATTR {
        most = hn::Max(most, rounded(hn::LoadU(Floats(), x), scale, limit, random_.at(element)));
      });
      const IntVector over = hn::IfThenElseZero(hn::Gt(most, largest), hn::Set(tag, 1));
      if (along_rows()) {
        hn::StoreU(over, tag, carried.e + l);
      } else {
        carried.e[l] = largest_lane(over);
      }
    }
    if (p_.square_blocks) share_largest(tile.lines, carried);
    for (std::size_t l = 0; l < tile.lines; ++l) {
      found.e[l] = std::min(found.e[l] + carried.e[l], job_.highest_exponent);
    }
  }

  HWY_INLINE Scale scale_of(const Exponents& found, std::size_t l, int mantissa_bits) const {
    return scale_to(mantissa_bits,
                    along_rows() ? hn::LoadU(Ints(), found.e + l) : hn::Set(Ints(), found.e[l]));
  }

  // Calls body with every vector of the line l, or of the lines from l on that share vectors.
  template <class Body>
  HWY_INLINE void for_each_vector(const Tile& tile, std::size_t l, const Body& body) const {
    const std::uint64_t element = element_of(tile, l);
    if (along_rows()) {
      for (std::size_t i = 0; i < g_; ++i) {
        body(tile.x + i * tile.value_stride + l, element + i * job_.columns);
      }
    } else {
      const float* const x = tile.x + l * tile.line_stride;
      for (std::size_t i = 0; i < padded_; i += kLanes) body(x + i, element + i);
    }
  }

  // The signed codes of one vector.
  HWY_INLINE IntVector coded(FloatVector x, IntVector q, IntVector& saturated,
                             IntVector& flushed) const {
    const Ints tag;
    const IntVector largest = hn::Set(tag, p_.largest());
    const auto lost =
        hn::And(hn::RebindMask(tag, hn::Ne(x, hn::Zero(Floats()))), hn::Eq(q, hn::Zero(tag)));
    saturated = hn::Sub(saturated, hn::VecFromMask(tag, hn::Gt(q, largest)));
    flushed = hn::Sub(flushed, hn::VecFromMask(tag, lost));
    const IntVector sign = hn::ShiftRight<31>(hn::BitCast(tag, x));
    return hn::Sub(hn::Xor(hn::Min(q, largest), sign), sign);
  }

  HWY_INLINE void code_lines(const Tile& tile, const Exponents& found, std::int8_t* out,
                             IntVector& saturated, IntVector& flushed) const {
    const FloatVector limit = carry_limit(p_.mantissa_bits);
    HWY_ALIGN std::int8_t partial[kLargestGroup];
    for (std::size_t l = 0; l < tile.lines; ++l, out += job_.groups * g_) {
      const Scale scale = scale_of(found, l, p_.mantissa_bits);
      std::int8_t* to = padded_ == g_ ? out : partial;
      for_each_vector(tile, l, [&](const float* from, std::uint64_t element) HWY_ATTR {
        const FloatVector x = hn::LoadU(Floats(), from);
        const IntVector q = rounded(x, scale, limit, random_.at(element));
        hn::StoreU(hn::DemoteTo(Codes(), coded(x, q, saturated, flushed)), Codes(), to);
        to += kLanes;
      });
      if (padded_ != g_) std::copy_n(partial, g_, out);
    }
  }

  HWY_INLINE void code_columns(const Tile& tile, const Exponents& found, std::int8_t* out,
                               std::size_t lines, IntVector& saturated, IntVector& flushed) const {
    const FloatVector limit = carry_limit(p_.mantissa_bits);
    HWY_ALIGN std::int8_t rows[kLargestGroup * kTile];
    for (std::size_t l = 0; l < kTile; l += kLanes) {
      const Scale scale = scale_of(found, l, p_.mantissa_bits);
      std::int8_t* to = rows + l;
      for_each_vector(tile, l, [&](const float* from, std::uint64_t element) HWY_ATTR {
        const FloatVector x = hn::LoadU(Floats(), from);
        const IntVector q = rounded(x, scale, limit, random_.at(element));
        hn::StoreU(hn::DemoteTo(Codes(), coded(x, q, saturated, flushed)), Codes(), to);
        to += kTile;
      });
    }
    const std::size_t line_codes = job_.groups * g_;
    std::size_t i = 0;
    for (; i + kTile <= g_; i += kTile) {
      transpose(rows + i * kTile, out + i, line_codes, lines);
    }
    for (; i < g_; ++i) {
      for (std::size_t l = 0; l < lines; ++l) out[l * line_codes + i] = rows[i * kTile + l];
    }
  }

  // out[l * stride + i] = rows[i * 16 + l] for 16 values i of `lines` lines l: four rounds, each
  // interleaving the lower half of the vectors with the upper half.
  static HWY_INLINE void transpose(const std::int8_t* rows, std::int8_t* out, std::size_t stride,
                                   std::size_t lines) {
    const hn::Full128<std::int8_t> tag;
    hn::Vec<decltype(tag)> from[kTile];
    hn::Vec<decltype(tag)> to[kTile];
    for (std::size_t i = 0; i < kTile; ++i) from[i] = hn::LoadU(tag, rows + i * kTile);
    for (int round = 0; round < 2; ++round) {
      for (std::size_t i = 0; i < kTile / 2; ++i) {
        to[2 * i] = hn::InterleaveLower(tag, from[i], from[i + kTile / 2]);
        to[2 * i + 1] = hn::InterleaveUpper(tag, from[i], from[i + kTile / 2]);
      }
      for (std::size_t i = 0; i < kTile / 2; ++i) {
        from[2 * i] = hn::InterleaveLower(tag, to[i], to[i + kTile / 2]);
        from[2 * i + 1] = hn::InterleaveUpper(tag, to[i], to[i + kTile / 2]);
      }
    }
    for (std::size_t l = 0; l < lines; ++l) hn::StoreU(from[l], tag, out + l * stride);
  }

  HWY_INLINE void sum_lines(const Tile& tile, std::size_t l, std::size_t lines, int low_bits,
                            const Exponents& base, const Exponents& high, const Exponents& low,
                            ChunkStatistic& statistic) const {
    const Ints tag;
    const Scale high_scale = scale_of(high, l, p_.mantissa_bits);
    const Scale low_scale = scale_of(low, l, low_bits);
    const FloatVector high_limit = carry_limit(p_.mantissa_bits);
    const FloatVector low_limit = carry_limit(low_bits);
    const IntVector high_most = hn::Set(tag, p_.largest());
    const IntVector low_most = hn::Set(tag, (1 << low_bits) - 1);
    // Factors that bring both magnitudes to the unit of the high one before it was renormalised.
    const IntVector high_factor = factors(base, high, l, 0);
    const IntVector low_factor = factors(base, low, l, p_.mantissa_bits - low_bits);
    IntVector differences = hn::Zero(tag);
    IntVector lows = hn::Zero(tag);
    for_each_vector(tile, l, [&](const float* from, std::uint64_t element) HWY_ATTR {
      const FloatVector x = hn::LoadU(Floats(), from);
      const IntVector byte = random_.at(element);
      const IntVector more =
          hn::Mul(hn::Min(rounded(x, high_scale, high_limit, byte), high_most), high_factor);
      const IntVector less =
          hn::Mul(hn::Min(rounded(x, low_scale, low_limit, byte), low_most), low_factor);
      differences = hn::Add(differences, hn::Abs(hn::Sub(more, less)));
      lows = hn::Add(lows, less);
    });
    const int below = p_.mantissa_bits - 1;
    if (!along_rows()) {
      statistic.add(base.e[l] - below, sum_of_lanes(differences), sum_of_lanes(lows));
      return;
    }
    HWY_ALIGN std::int32_t difference_lanes[kLanes];
    HWY_ALIGN std::int32_t low_lanes[kLanes];
    hn::Store(differences, tag, difference_lanes);
    hn::Store(lows, tag, low_lanes);
    for (std::size_t i = 0; i < kLanes && l + i < lines; ++i) {
      statistic.add(base.e[l + i] - below, static_cast<std::uint64_t>(difference_lanes[i]),
                    static_cast<std::uint64_t>(low_lanes[i]));
    }
  }

  HWY_INLINE IntVector factors(const Exponents& base, const Exponents& used, std::size_t l,
                               int shift) const {
    HWY_ALIGN std::int32_t lanes[kLanes];
    for (std::size_t i = 0; i < kLanes; ++i) {
      const std::size_t line = along_rows() ? l + i : l;
      lanes[i] = 1 << (used.e[line] - base.e[line] + shift);
    }
    return hn::Load(Ints(), lanes);
  }

  const BfpJob& job_;
  const BfpParameters& p_;
  std::size_t g_;
  std::size_t padded_;
  Random random_;
  HWY_ALIGN float edge_[kLargestGroup * kTile];
};

template <class Body>
void with_random(const BfpJob& job, const Body& body) {
  const RandomBits& random = *job.random;
  switch (job.parameters.rounding) {
    case BfpRounding::kTruncate:
      return body(ConstantByte{0});
    case BfpRounding::kNearest:
      return body(ConstantByte{128});
    case BfpRounding::kStochastic:
      if (random.is_counter()) return body(CounterBytes{random.first_word(), random.second_word()});
      return body(RegisterBytes{random.cycle().data(), random.period()});
  }
}

void encode(const BfpJob& job, std::int8_t* codes, std::int16_t* exponents, BfpOutcome& outcome) {
  with_random(job, [&](const auto& random) HWY_ATTR {
    Converter converter(job, random);
    outcome = converter.encode(codes, exponents);
  });
}

void sum_chunks(const BfpJob& job, int low_bits, ChunkStatistic& statistic, int& highest) {
  with_random(job, [&](const auto& random) HWY_ATTR {
    Converter converter(job, random);
    highest = converter.sum_chunks(low_bits, statistic);
  });
}

std::uint32_t largest_bits(const float* values, std::size_t count) {
  IntVector largest = hn::Zero(Ints());
  IntVector other = largest;
  std::size_t i = 0;
  for (; i + 2 * kLanes <= count; i += 2 * kLanes) {
    largest = hn::Max(largest, magnitude_bits(values + i));
    other = hn::Max(other, magnitude_bits(values + i + kLanes));
  }
  auto result = static_cast<std::uint32_t>(largest_lane(hn::Max(largest, other)));
  for (; i < count; ++i) {
    std::uint32_t bits;
    std::memcpy(&bits, values + i, sizeof bits);
    result = std::max(result, bits & 0x7FFFFFFFU);
  }
  return result;
}

}  // namespace
}  // namespace systerm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace systerm {
namespace {
HWY_EXPORT(encode);
HWY_EXPORT(sum_chunks);
HWY_EXPORT(largest_bits);
}  // namespace

BfpOutcome bfp_encode(const BfpJob& job, std::int8_t* codes, std::int16_t* exponents) {
  BfpOutcome outcome;
  HWY_DYNAMIC_DISPATCH(encode)(job, codes, exponents, outcome);
  return outcome;
}

int bfp_sum_chunks(const BfpJob& job, int low_mantissa_bits, ChunkStatistic& statistic) {
  int highest = -127;
  HWY_DYNAMIC_DISPATCH(sum_chunks)(job, low_mantissa_bits, statistic, highest);
  return highest;
}

std::uint32_t bfp_largest_bits(const float* values, std::size_t count) {
  return HWY_DYNAMIC_DISPATCH(largest_bits)(values, count);
}

}  // namespace systerm
#endif  // HWY_ONCE
