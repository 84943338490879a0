// SPDX-License-Identifier: Apache-2.0
#include "components/dram/address_mapping.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace systerm {
namespace {

/// The levels, then these.
enum Field : std::size_t { kRow = kDramLevels, kColumn, kByte, kFields };
constexpr std::array<std::string_view, kFields> kFieldNames = {
    "channel", "pseudo_channel", "rank", "bank_group", "bank", "row", "column", "byte"};

int bits_of(std::int64_t count) { return std::countr_zero(static_cast<std::uint64_t>(count)); }

using Widths = std::array<int, kFields>;

Widths widths_of(const DramStandard& standard) {
  Widths widths{};
  for (std::size_t level = 0; level < kDramLevels; ++level) {
    widths[level] = bits_of(standard.counts[level]);
  }
  widths[kRow] = bits_of(standard.rows);
  widths[kColumn] = bits_of(standard.columns);
  widths[kByte] = bits_of(standard.column_bytes);
  return widths;
}

struct AddressBit {
  std::size_t field = 0;
  int bit = 0;
};

/// Reads a bit list; collects what is wrong with it.
class BitListParser {
 public:
  explicit BitListParser(const Widths& widths) : widths_(widths) {}

  /// From the least significant bit up.
  std::vector<AddressBit> parse(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
      const std::size_t end = std::min(text.find_first_of(", \t", at), text.size());
      if (end > at) item(text.substr(at, end - at));
      at = end + 1;
    }
    std::ranges::reverse(bits_);
    return bits_;
  }

  void check(int burst_column_bits) {
    for (std::size_t field = 0; field < kFields; ++field) {
      for (int bit = 0; bit < widths_[field]; ++bit) {
        const auto uses = std::ranges::count_if(
            bits_, [&](const AddressBit& each) { return each.field == field && each.bit == bit; });
        if (uses == 0) error("{}[{}] is missing", kFieldNames[field], bit);
        if (uses > 1) error("{}[{}] is used {} times", kFieldNames[field], bit, uses);
      }
    }
    if (!errors_.empty()) return;
    for (int i = 0; i < widths_[kByte] + burst_column_bits; ++i) {
      const AddressBit& bit = bits_[static_cast<std::size_t>(i)];
      const bool is_byte = i < widths_[kByte];
      if (bit.field != (is_byte ? kByte : kColumn) ||
          bit.bit != (is_byte ? i : i - widths_[kByte])) {
        error("the lowest {} bits must be those of a burst: column[{}:0], byte[{}:0]",
              widths_[kByte] + burst_column_bits, burst_column_bits - 1, widths_[kByte] - 1);
        return;
      }
    }
  }

  void throw_if_any(std::string_view text) const {
    if (errors_.empty()) return;
    std::string all;
    for (const std::string& each : errors_) {
      all += fmt::format("{}mapping '{}': {}", all.empty() ? "" : "\n", text, each);
    }
    throw AddressMappingError(all);
  }

 private:
  template <typename... Arguments>
  void error(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    errors_.push_back(fmt::format(format, std::forward<Arguments>(arguments)...));
  }

  static std::optional<int> number(std::string_view text) {
    int value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = code == std::errc() && end == text.data() + text.size();
    return whole && value >= 0 && value < 64 ? std::optional(value) : std::nullopt;
  }

  void item(std::string_view text) {
    const std::size_t bracket = std::min(text.find('['), text.size());
    const auto name = std::ranges::find(kFieldNames, text.substr(0, bracket));
    if (name == kFieldNames.end()) {
      error("'{}' is no field; there are {}", text.substr(0, bracket),
            fmt::join(kFieldNames, ", "));
      return;
    }
    const auto field = static_cast<std::size_t>(name - kFieldNames.begin());
    std::optional<int> high = widths_[field] - 1;
    std::optional<int> low = 0;
    if (bracket < text.size()) {
      const std::string_view range =
          text.ends_with(']') ? text.substr(bracket + 1, text.size() - bracket - 2) : "";
      const std::size_t colon = range.find(':');
      high = number(range.substr(0, colon));
      low = colon == std::string_view::npos ? high : number(range.substr(colon + 1));
      if (!high || !low || *low > *high) {
        error("'{}' is no field with bits; expected {}[BIT] or {}[HIGH:LOW]", text, *name, *name);
        return;
      }
      if (*high >= widths_[field]) {
        error("{}[{}] does not exist; the device has {} bits of {}", *name, *high, widths_[field],
              *name);
        return;
      }
    }
    for (int bit = *high; bit >= *low; --bit) bits_.push_back({field, bit});
  }

  const Widths& widths_;
  std::vector<AddressBit> bits_;
  std::vector<std::string> errors_;
};

}  // namespace

const std::vector<std::string>& AddressMapping::names() {
  static const std::vector<std::string> kNames = {"bgi", "brc", "pci", "rbc"};
  return kNames;
}

std::string AddressMapping::named(const DramStandard& standard, std::string_view name) {
  const Widths widths = widths_of(standard);
  const int burst = bits_of(standard.burst_columns);
  const int access = std::clamp(6 - widths[kByte], burst, widths[kColumn]);
  const auto columns = [](int high, int low) {
    return high < low ? std::string() : fmt::format("column[{}:{}], ", high, low);
  };
  // Without bank groups the banks take their place.
  const bool grouped = widths[ordinal(DramLevel::kBankGroup)] > 0;
  const std::string_view outer = grouped ? "bank, " : "";
  const std::string_view inner = grouped ? "bank_group, " : "bank, ";
  const int top = widths[kColumn] - 1;
  if (name == "brc") {
    return "channel, pseudo_channel, rank, bank_group, bank, row, column, byte";
  }
  if (name == "rbc") {
    return "row, rank, bank, bank_group, pseudo_channel, channel, column, byte";
  }
  if (name == "bgi") {
    return fmt::format("channel, pseudo_channel, row, rank, {}{}{}{}byte", outer,
                       columns(top, burst), inner, columns(burst - 1, 0));
  }
  if (name == "pci") {
    return fmt::format("row, rank, {}{}{}channel, pseudo_channel, {}byte", outer,
                       columns(top, access), inner, columns(access - 1, 0));
  }
  throw std::invalid_argument(fmt::format("there is no mapping '{}'", name));
}

AddressMapping::AddressMapping(const DramStandard& standard, std::string_view text) {
  const Widths widths = widths_of(standard);
  const bool is_name = std::ranges::find(names(), text) != names().end();
  const bool is_field = std::ranges::find(kFieldNames, text) != kFieldNames.end();
  if (!is_name && !is_field && text.find_first_of(", []:") == std::string_view::npos) {
    throw AddressMappingError(fmt::format(
        "there is no mapping '{}'; expected one of {}, or the fields of an address from the "
        "highest bit down: row, bank, ..., byte",
        text, fmt::join(names(), ", ")));
  }
  const int burst_column_bits = bits_of(standard.burst_columns);
  BitListParser parser(widths);
  const std::vector<AddressBit> bits =
      parser.parse(is_name ? named(standard, text) : std::string(text));
  parser.check(burst_column_bits);
  parser.throw_if_any(text);

  const int burst_bits = widths[kByte] + burst_column_bits;
  burst_index_bits_ = static_cast<int>(bits.size()) - burst_bits;
  column_shift_ = burst_column_bits;
  std::array<int, kDramLevels> bank_shift{};
  for (std::size_t level = kDramLevels - 1; level > 0; --level) {
    bank_shift[level - 1] = bank_shift[level] + widths[level];
  }
  for (std::size_t i = static_cast<std::size_t>(burst_bits); i < bits.size(); ++i) {
    const AddressBit& bit = bits[i];
    auto& chunks = bit.field == kRow      ? row_chunks_
                   : bit.field == kColumn ? column_chunks_
                                          : bank_chunks_;
    const int from = static_cast<int>(i) - burst_bits;
    const int to = bit.field < kDramLevels ? bank_shift[bit.field] + bit.bit : bit.bit;
    if (!chunks.empty()) {
      Chunk& last = chunks.back();
      const auto length = static_cast<int>(std::bit_width(last.mask));
      if (last.from + length == from && last.to + length == to) {
        last.mask = last.mask << 1 | 1U;
        continue;
      }
    }
    chunks.push_back({from, to, 1});
  }
  find_pattern();
}

void AddressMapping::find_pattern() {
  const auto is_column = [this](int bit) {
    return std::ranges::any_of(column_chunks_, [bit](const Chunk& chunk) {
      return bit >= chunk.from && bit < chunk.from + static_cast<int>(std::bit_width(chunk.mask));
    });
  };
  while (bits_in_place_ < burst_index_bits_ && is_column(bits_in_place_)) ++bits_in_place_;
  for (int bit = 0; bit < burst_index_bits_; ++bit) {
    int end = bit;
    while (end < burst_index_bits_ && is_column(end)) ++end;
    if (end - bit > pattern_block_bits_ - period_bits_) {
      period_bits_ = bit;
      pattern_block_bits_ = end;
    }
    bit = std::max(bit, end);
  }
}

std::uint32_t AddressMapping::column(std::uint64_t burst) const {
  std::uint32_t column = 0;
  for (const Chunk& chunk : column_chunks_) column |= chunk.of(burst);
  return column;
}

}  // namespace systerm
