// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/tensor_form.h"

#include "components/arithmetic/ceil_div.h"

namespace systerm {
namespace {

constexpr std::int64_t kWordBytes = 4;
constexpr std::int64_t kByteBits = 8;

}  // namespace

Range nested(std::int64_t whole, std::span<const Fraction> fractions) {
  Range range{0, whole};
  for (const Fraction& fraction : fractions) {
    const std::int64_t size = range.size();
    range = {range.begin + size * fraction.begin / fraction.of,
             range.begin + size * fraction.end / fraction.of};
  }
  return range;
}

std::int64_t TensorForm::value_bytes() const {
  return format ? ceil_div(values * format->value_bits, kByteBits) : values * kWordBytes;
}

std::int64_t TensorForm::exponent_bytes() const {
  return format ? ceil_div(groups * format->exponent_bits, kByteBits) : 0;
}

void append_part(const TensorForm& form, std::span<const Fraction> fractions, ListedBlock& block) {
  const auto append = [&](std::int64_t plane, std::int64_t bytes, RunContent content) {
    const Range range = nested(bytes, fractions);
    block.append({form.address + static_cast<std::uint64_t>(plane + range.begin),
                  static_cast<std::uint64_t>(range.size()), content});
  };
  append(0, form.value_bytes(), form.format ? RunContent::kMantissas : RunContent::kWords);
  append(form.value_bytes(), form.exponent_bytes(), RunContent::kExponents);
}

ListedBlock part_of(const TensorForm& form, std::span<const Fraction> fractions) {
  ListedBlock block;
  append_part(form, fractions, block);
  return block;
}

void append_result(const TensorForm& form, std::span<const Fraction> fractions, ListedTile& tile) {
  append_part(form, fractions, tile.results);
  if (!form.format) return;
  tile.groups += nested(form.groups, fractions).size();
  tile.converted += nested(form.values, fractions).size();
}

std::int64_t part_bytes(const TensorForm& form, std::span<const Fraction> fractions) {
  return nested(form.value_bytes(), fractions).size() +
         nested(form.exponent_bytes(), fractions).size();
}

}  // namespace systerm
