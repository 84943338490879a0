// SPDX-License-Identifier: Apache-2.0
// Term quantization: a weight group keeps its `group_budget` largest terms, a data value its
// `data_terms` largest (Kung, McDanel, Zhang, arXiv 2007.06389).
// Slots of a group, fields least significant bit first; unused bits are zero:
//   kEndOfValue  presence mask (g), then value by value its terms: exponent, sign, end-of-value
//   mark kIndexed     number of terms (ceil(log2(k + 1))), then largest first: exponent, sign,
//   index
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdlib>
#include <stdexcept>
#include <type_traits>

#include "components/arithmetic/built_in_formats.h"
#include "components/arithmetic/parameter_range.h"
#include "components/arithmetic/term_quantization.h"

namespace systerm {
namespace {

constexpr unsigned kLongestField = 57;  // of BitWriter and BitReader
constexpr int kLargestExponent = 8;     // of an 8-bit magnitude
constexpr std::size_t kLargestGroup = 32;

unsigned bits_for(unsigned largest) { return static_cast<unsigned>(std::bit_width(largest)); }

[[noreturn]] void refuse_slot() {
  throw std::runtime_error("no encoder writes this slot of term-quantized weights");
}

// Joins short fields into long ones.
class FieldWriter {
 public:
  explicit FieldWriter(BitWriter& out) : out_(out) {}
  FieldWriter(const FieldWriter&) = delete;
  FieldWriter& operator=(const FieldWriter&) = delete;

  void write(std::uint64_t value, unsigned bits) {
    if (length_ + bits > kLongestField) flush();
    field_ |= value << length_;
    length_ += bits;
    written_ += bits;
  }
  /// Fills up with zeros to `bits` bits since the construction.
  void finish(std::size_t bits) {
    flush();
    for (std::size_t rest = bits - written_; rest > 0;) {
      const auto some = static_cast<unsigned>(std::min<std::size_t>(rest, kLongestField));
      out_.write(0, some);
      rest -= some;
    }
  }

 private:
  void flush() {
    out_.write(field_, length_);
    field_ = 0;
    length_ = 0;
  }

  BitWriter& out_;
  std::uint64_t field_ = 0;
  unsigned length_ = 0;
  std::size_t written_ = 0;
};

// Runs `body` with the size of a group; as a constant if it is the usual one, which unrolls its
// loops.
template <class Body>
void with_size(std::size_t size, const Body& body) {
  if (size == 8) {
    body(std::integral_constant<std::size_t, 8>());
  } else {
    body(size);
  }
}

// Where the budget of a group ends in the order of terms (exponent falling, then index rising): the
// values before `index` keep their terms down to `exponent`, the others one exponent less far.
struct Cut {
  int exponent = 0;
  std::size_t index = kLargestGroup;
};

class TermQuantizedFormat final : public Format {
 public:
  explicit TermQuantizedFormat(const FormatParameters& parameters)
      : Format(parameters),
        weight_limit_(1 << (parameters.weight_bits - 1)),
        codes_per_row_(static_cast<std::size_t>(2 * weight_limit_ + 1)),
        largest_data_(data_limit(/*is_signed=*/false)),
        lane_shift_(std::max(3U, bits_for(static_cast<unsigned>(parameters.group_size - 1)))) {
    fill_data_table();
    fill_weight_tables();
  }

  std::string_view name() const override { return "term_quantized"; }
  std::vector<std::string> unused_parameters() const override {
    return {"weight_mantissa_bits", "data_mantissa_bits"};
  }

  void encode_weights(std::span<std::int16_t> values,
                      std::span<std::uint8_t> terms) const override {
    with_size(values.size(), [&](auto size) {
      const Columns columns = columns_of(values, size);
      const Cut cut = find_cut(columns, size);
      // Locals, because the compiler must assume that a store through `terms` changes members.
      const EncodedValue* const table = kept_.data() + row(cut.exponent);
      const std::size_t row_length = codes_per_row_;
      for (std::size_t i = 0; i < size; ++i) {
        const EncodedValue kept = table[(i < cut.index ? 0 : row_length) + columns[i]];
        values[i] = kept.value;
        terms[i] = kept.terms;
      }
    });
  }

  EncodedValue encode_data(std::int16_t code) const override {
    if (std::abs(int{code}) > largest_data_) {
      throw std::out_of_range("data code " + std::to_string(code) + " exceeds the magnitude " +
                              std::to_string(largest_data_));
    }
    return data_[static_cast<std::size_t>(code + largest_data_)];
  }

  int weight_limit() const override { return weight_limit_; }
  int weight_term_bound() const override { return parameters().group_budget; }
  int data_term_bound() const override { return parameters().data_terms; }
  bool encodes_data() const override { return true; }

  std::size_t weight_group_bits() const override {
    const auto g = static_cast<std::size_t>(parameters().group_size);
    const auto k = static_cast<std::size_t>(stored_budget());
    return is_indexed() ? count_bits() + k * record_bits_ : g + k * record_bits_;
  }

  void pack_weights(std::span<const std::int16_t> codes, BitWriter& out) const override {
    with_size(codes.size(), [&](auto size) {
      if (is_indexed()) {
        pack_indexed(codes, size, out);
      } else {
        pack_in_value_order(codes, size, out);
      }
    });
  }

  void unpack_weights(BitReader& in, std::span<std::int16_t> values,
                      std::span<std::uint8_t> terms) const override {
    with_size(values.size(), [&](auto size) {
      std::fill_n(values.data(), std::size_t{size}, std::int16_t{0});
      std::fill_n(terms.data(), std::size_t{size}, std::uint8_t{0});
    });
    if (is_indexed()) {
      unpack_indexed(in, values, terms);
    } else {
      unpack_in_value_order(in, values, terms);
    }
  }

 private:
  // Terms of a group as one bit each, in the order in which a budget takes them: lanes of
  // 2^lane_shift_ values, one lane an exponent, largest exponent first.
  static constexpr std::size_t kMaxWords = 5;
  using OrderWords = std::array<std::uint64_t, kMaxWords>;
  // Of a group, in the tables by weight code.
  using Columns = std::array<std::uint16_t, kLargestGroup>;

  // Term records of one value in value order: bits below, their number in the top byte.
  static constexpr unsigned kLengthShift = 56;

  bool is_indexed() const { return parameters().term_layout == TermLayout::kIndexed; }
  unsigned index_bits() const {
    return bits_for(static_cast<unsigned>(parameters().group_size - 1));
  }
  int stored_budget() const {
    return std::max(parameters().stored_budget, parameters().group_budget);
  }
  unsigned count_bits() const { return bits_for(static_cast<unsigned>(stored_budget())); }

  // The tables over (lowest kept exponent, weight code). Codes saturate.
  std::size_t row(int lowest_kept) const {
    return static_cast<std::size_t>(lowest_kept) * codes_per_row_;
  }
  std::size_t column(int code) const {
    return static_cast<std::size_t>(std::clamp(code, -weight_limit_, weight_limit_) +
                                    weight_limit_);
  }

  void fill_data_table() {
    for (int code = -largest_data_; code <= largest_data_; ++code) {
      const TermList kept =
          keep_largest_terms(parameters().encoding, code, parameters().data_terms);
      data_.push_back(
          {static_cast<std::int16_t>(kept.value()), static_cast<std::uint8_t>(kept.size())});
    }
  }

  void fill_weight_tables() {
    std::vector<TermList> lists;
    for (int code = -weight_limit_; code <= weight_limit_; ++code) {
      lists.push_back(encode(parameters().encoding, code));
      if (!lists.back().empty()) {
        top_exponent_ = std::max<int>(top_exponent_, lists.back()[0].exponent);
      }
    }
    // ceil(log2(weight_bits)) as published, but the Booth encodings reach 2^weight_bits for the
    // magnitude 2^(weight_bits - 1), which takes one bit more if weight_bits is a power of two.
    exponent_bits_ = std::max(bits_for(static_cast<unsigned>(top_exponent_)),
                              bits_for(static_cast<unsigned>(parameters().weight_bits - 1)));
    record_bits_ = exponent_bits_ + 1 + (is_indexed() ? index_bits() : 1);
    const unsigned lanes_per_word = 64U >> lane_shift_;
    words_ = static_cast<std::size_t>(top_exponent_) / lanes_per_word + 1;
    order_.resize(words_ * codes_per_row_);
    negative_.resize(codes_per_row_);
    for (std::size_t i = 0; i < lists.size(); ++i) {
      for (const Term& term : lists[i]) {
        if (term.sign < 0) negative_[i] |= static_cast<std::uint16_t>(1U << term.exponent);
        const unsigned position = static_cast<unsigned>(top_exponent_ - term.exponent)
                                  << lane_shift_;
        order_[position / 64 * codes_per_row_ + i] |= std::uint64_t{1} << position % 64;
      }
    }
    for (int lowest = 0; lowest <= top_exponent_ + 1; ++lowest) {
      for (const TermList& list : lists) add_entry(list, lowest);
    }
  }

  void add_entry(const TermList& list, int lowest) {
    EncodedValue kept;
    std::uint64_t records = 0;
    unsigned length = 0;
    for (const Term& term : list) {
      if (term.exponent < lowest) break;
      kept.value = static_cast<std::int16_t>(kept.value + term.value());
      ++kept.terms;
      records |= record(term) << length;
      length += exponent_bits_ + 2;
    }
    if (kept.terms > 0) records |= std::uint64_t{1} << (length - 1);  // end of value
    kept_.push_back(kept);
    value_records_.push_back(records | std::uint64_t{length} << kLengthShift);
  }

  std::uint64_t record(Term term) const {
    const std::uint64_t sign = term.sign < 0 ? 1 : 0;
    return static_cast<std::uint64_t>(term.exponent) | sign << exponent_bits_;
  }

  Columns columns_of(std::span<const std::int16_t> codes, auto size) const {
    Columns columns;
    for (std::size_t i = 0; i < size; ++i) {
      columns[i] = static_cast<std::uint16_t>(column(codes[i]));
    }
    return columns;
  }

  OrderWords order_of(const Columns& columns, auto size) const {
    OrderWords group;
    for (std::size_t word = 0; word < words_; ++word) {
      const std::uint64_t* const order = order_.data() + word * codes_per_row_;
      std::uint64_t terms = 0;
      for (std::size_t i = 0; i < size; ++i) terms |= order[columns[i]] << i;
      group[word] = terms;
    }
    return group;
  }

  Cut find_cut(const Columns& columns, auto size) const {
    const OrderWords group = order_of(columns, size);
    int budget = parameters().group_budget;
    for (std::size_t word = 0; word < words_; ++word) {
      std::uint64_t rest = group[word];
      if (words_ == 1) {  // the usual case, without a branch on the data
        for (int taken = 0; taken < budget; ++taken) rest &= rest - 1;
      } else {
        for (; budget > 0 && rest != 0; --budget) rest &= rest - 1;
      }
      if (rest == 0) continue;
      const unsigned position =
          static_cast<unsigned>(std::countr_zero(rest)) + 64 * static_cast<unsigned>(word);
      return {top_exponent_ - static_cast<int>(position >> lane_shift_),
              position & ((1U << lane_shift_) - 1)};
    }
    return {};
  }

  void pack_in_value_order(std::span<const std::int16_t> codes, auto size, BitWriter& out) const {
    const Columns columns = columns_of(codes, size);
    const Cut cut = find_cut(columns, size);
    const std::uint64_t* const table = value_records_.data() + row(cut.exponent);
    std::array<std::uint64_t, kLargestGroup> records;
    std::uint64_t present = 0;
    for (std::size_t i = 0; i < size; ++i) {
      records[i] = table[(i < cut.index ? 0 : codes_per_row_) + columns[i]];
      present |= std::uint64_t{records[i] != 0} << i;
    }
    const std::size_t slot = weight_group_bits();
    const auto group_size = static_cast<unsigned>(parameters().group_size);
    constexpr std::uint64_t kRecords = (std::uint64_t{1} << kLengthShift) - 1;
    if (const std::size_t all = slot - group_size; all < 64) {  // spares a branch for every value
      std::uint64_t field = 0;
      unsigned length = 0;
      for (std::size_t i = 0; i < size; ++i) {
        field |= (records[i] & kRecords) << length;
        length += static_cast<unsigned>(records[i] >> kLengthShift);
      }
      const auto low = static_cast<unsigned>(all / 2);
      out.write(present, group_size);
      out.write(field & ((std::uint64_t{1} << low) - 1), low);
      out.write(field >> low, static_cast<unsigned>(all) - low);
      return;
    }
    FieldWriter fields(out);
    fields.write(present, group_size);
    for (std::size_t i = 0; i < size; ++i) {
      fields.write(records[i] & kRecords, static_cast<unsigned>(records[i] >> kLengthShift));
    }
    fields.finish(slot);
  }

  void unpack_in_value_order(BitReader& in, std::span<std::int16_t> values,
                             std::span<std::uint8_t> terms) const {
    std::uint64_t present = in.read(static_cast<unsigned>(parameters().group_size));
    if (present >> values.size() != 0) refuse_slot();
    const unsigned width = record_bits_;
    const unsigned sign_shift = exponent_bits_;
    const std::uint64_t exponent_mask = (std::uint64_t{1} << sign_shift) - 1;
    const unsigned per_field = kLongestField / width;
    const unsigned above_top = static_cast<unsigned>(top_exponent_) + 1;
    unsigned previous = above_top;
    bool valid = true;
    int value = 0;
    std::uint8_t count = 0;
    for (auto left = static_cast<unsigned>(parameters().group_budget); left > 0;) {
      const unsigned records = std::min(left, per_field);
      left -= records;
      std::uint64_t field = in.read(records * width);
      for (unsigned r = 0; r < records && present != 0; ++r, field >>= width) {
        const auto exponent = static_cast<unsigned>(field & exponent_mask);
        const int sign = -static_cast<int>(field >> sign_shift & 1);
        const std::uint64_t end = field >> (sign_shift + 1) & 1;
        valid &= exponent < previous;
        value += ((1 << exponent) ^ sign) - sign;
        ++count;
        const auto i = static_cast<std::size_t>(std::countr_zero(present));
        values[i] = static_cast<std::int16_t>(value);
        terms[i] = count;
        // No branch on the end mark: it is as good as random.
        present &= present - end;
        const int goes_on = static_cast<int>(end) - 1;
        value &= goes_on;
        count &= static_cast<std::uint8_t>(goes_on);
        previous = end != 0 ? above_top : exponent;
      }
      if (present == 0) valid &= field == 0;
    }
    if (!valid || present != 0) refuse_slot();
  }

  void pack_indexed(std::span<const std::int16_t> codes, auto size, BitWriter& out) const {
    const Columns columns = columns_of(codes, size);
    const OrderWords group = order_of(columns, size);
    int terms = 0;
    for (std::size_t i = 0; i < size; ++i) terms += kept_[columns[i]].terms;
    int left = std::min(terms, stored_budget());
    FieldWriter fields(out);
    fields.write(static_cast<std::uint64_t>(left), count_bits());
    for (std::size_t word = 0; left > 0; ++word) {
      for (std::uint64_t rest = group[word]; rest != 0 && left > 0; rest &= rest - 1, --left) {
        const unsigned position =
            static_cast<unsigned>(std::countr_zero(rest)) + 64 * static_cast<unsigned>(word);
        const unsigned exponent = static_cast<unsigned>(top_exponent_) - (position >> lane_shift_);
        const std::uint64_t index = position & ((1U << lane_shift_) - 1);
        const std::uint64_t sign = negative_[columns[index]] >> exponent & 1U;
        fields.write(exponent | sign << exponent_bits_ | index << (exponent_bits_ + 1),
                     record_bits_);
      }
    }
    fields.finish(weight_group_bits());
  }

  void unpack_indexed(BitReader& in, std::span<std::int16_t> values,
                      std::span<std::uint8_t> terms) const {
    const auto used = static_cast<unsigned>(in.read(count_bits()));
    const auto stored = static_cast<unsigned>(stored_budget());
    const auto budget = static_cast<unsigned>(parameters().group_budget);
    const unsigned width = record_bits_;
    const unsigned sign_shift = exponent_bits_;
    const std::uint64_t exponent_mask = (std::uint64_t{1} << sign_shift) - 1;
    const std::uint64_t index_mask = (std::uint64_t{1} << index_bits()) - 1;
    const unsigned per_field = kLongestField / width;
    if (used > stored) refuse_slot();
    const auto top = static_cast<unsigned>(top_exponent_);
    const unsigned lane_shift = lane_shift_;
    unsigned next_position = 0;
    bool valid = true;
    for (unsigned done = 0; done < stored;) {
      const unsigned records = std::min(stored - done, per_field);
      std::uint64_t field = in.read(records * width);
      const unsigned end = std::min(done + records, std::max(used, done));
      for (unsigned r = done; r < end; ++r, field >>= width) {
        const auto exponent = static_cast<unsigned>(field & exponent_mask);
        const int sign = -static_cast<int>(field >> sign_shift & 1);
        const auto index = static_cast<std::size_t>(field >> (sign_shift + 1) & index_mask);
        const unsigned position = ((top - exponent) << lane_shift) + static_cast<unsigned>(index);
        if (exponent > top || index >= values.size() || position < next_position) refuse_slot();
        next_position = position + 1;
        if (r >= budget) continue;  // stored for a larger budget
        values[index] =
            static_cast<std::int16_t>(values[index] + (((1 << exponent) ^ sign) - sign));
        ++terms[index];
      }
      valid &= field == 0 || end == done + records;
      done += records;
    }
    if (!valid) refuse_slot();
  }

  int weight_limit_;
  std::size_t codes_per_row_;
  int largest_data_;
  unsigned lane_shift_;
  int top_exponent_ = 0;  // of a weight within the limit
  unsigned exponent_bits_ = 0;
  unsigned record_bits_ = 0;
  std::size_t words_ = 1;
  std::vector<EncodedValue> data_;            // by code
  std::vector<std::uint64_t> order_;          // by word and weight code
  std::vector<std::uint16_t> negative_;       // exponents of negative terms, by weight code
  std::vector<EncodedValue> kept_;            // by lowest kept exponent and weight code
  std::vector<std::uint64_t> value_records_;  // likewise
};

}  // namespace

std::unique_ptr<const Format> make_term_quantized_format(const FormatParameters& parameters) {
  const auto require = [](std::string_view parameter, int value, int low, int high) {
    require_parameter_range("term_quantized", parameter, value, low, high);
  };
  require("weight_bits", parameters.weight_bits, 2, 8);
  require("data_bits", parameters.data_bits, 2, 8);
  require("group_size", parameters.group_size, 1, static_cast<int>(kLargestGroup));
  require("group_budget", parameters.group_budget, 1, 127);
  require("data_terms", parameters.data_terms, 1, kLargestExponent + 1);
  if (parameters.stored_budget != 0) {
    require("stored_budget", parameters.stored_budget, parameters.group_budget, 127);
    if (parameters.term_layout != TermLayout::kIndexed) {
      throw std::invalid_argument(
          "format 'term_quantized': stored_budget needs term_layout indexed, where a smaller "
          "budget is a prefix");
    }
  }
  return std::make_unique<TermQuantizedFormat>(parameters);
}

}  // namespace systerm
