// SPDX-License-Identifier: Apache-2.0
#include "workloads/document/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <span>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace systerm {
namespace {

/// One unit is 10^decimal * 2^binary base units.
struct Scale {
  std::string_view name;
  int decimal;
  int binary;
};

// Within each table from small to large; formatting prefers the later of two that fit.
constexpr std::array<Scale, 4> kFrequencies = {
    {{"Hz", 0, 0}, {"kHz", 3, 0}, {"MHz", 6, 0}, {"GHz", 9, 0}}};
constexpr std::array<Scale, 7> kSizes = {{{"B", 0, 0},
                                          {"kB", 3, 0},
                                          {"KiB", 0, 10},
                                          {"MB", 6, 0},
                                          {"MiB", 0, 20},
                                          {"GB", 9, 0},
                                          {"GiB", 0, 30}}};
constexpr std::array<Scale, 7> kRates = {{{"B/s", 0, 0},
                                          {"KiB/s", 0, 10},
                                          {"kB/s", 3, 0},
                                          {"MiB/s", 0, 20},
                                          {"MB/s", 6, 0},
                                          {"GiB/s", 0, 30},
                                          {"GB/s", 9, 0}}};
constexpr std::array<Scale, 5> kTimes = {
    {{"ps", -12, 0}, {"ns", -9, 0}, {"us", -6, 0}, {"ms", -3, 0}, {"s", 0, 0}}};
constexpr std::array<Scale, 4> kEnergies = {
    {{"fJ", -3, 0}, {"pJ", 0, 0}, {"nJ", 3, 0}, {"uJ", 6, 0}}};
constexpr std::array<Scale, 4> kPowers = {
    {{"nW", -6, 0}, {"uW", -3, 0}, {"mW", 0, 0}, {"W", 3, 0}}};
constexpr std::array<Scale, 3> kCurrents = {{{"uA", -3, 0}, {"mA", 0, 0}, {"A", 3, 0}}};
constexpr std::array<Scale, 2> kVoltages = {{{"mV", -3, 0}, {"V", 0, 0}}};
constexpr std::array<Scale, 2> kAreas = {{{"um2", 0, 0}, {"mm2", 6, 0}}};
constexpr std::array<Scale, 2> kLengths = {{{"um", -3, 0}, {"mm", 0, 0}}};
constexpr std::array<Scale, 1> kNodes = {{{"nm", 0, 0}}};
constexpr std::array<Scale, 2> kPeriods = {{{"ps", 0, 0}, {"ns", 3, 0}}};
constexpr std::array<Scale, 1> kTemperatures = {{{"K", 0, 0}}};

std::span<const Scale> scales(Unit unit) {
  switch (unit) {
    case Unit::kFrequency:
      return kFrequencies;
    case Unit::kBytes:
      return kSizes;
    case Unit::kBytesPerSecond:
      return kRates;
    case Unit::kTime:
      return kTimes;
    case Unit::kEnergy:
      return kEnergies;
    case Unit::kPower:
      return kPowers;
    case Unit::kCurrent:
      return kCurrents;
    case Unit::kVoltage:
      return kVoltages;
    case Unit::kArea:
      return kAreas;
    case Unit::kLength:
      return kLengths;
    case Unit::kNode:
      return kNodes;
    case Unit::kPeriod:
      return kPeriods;
    case Unit::kTemperature:
      return kTemperatures;
  }
  return {};
}

double factor(const Scale& scale) {
  return std::pow(10.0, scale.decimal) * std::ldexp(1.0, scale.binary);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Length of the JSON number at the start of `text`; 0 if there is none.
std::size_t number_length(std::string_view text) {
  const auto digits = [&text](std::size_t i) {
    while (i < text.size() && is_digit(text[i])) ++i;
    return i;
  };
  const std::size_t first = !text.empty() && text[0] == '-' ? 1 : 0;
  std::size_t end = digits(first);
  if (end == first || (text[first] == '0' && end > first + 1)) return 0;
  if (end < text.size() && text[end] == '.') {
    const std::size_t fraction = digits(end + 1);
    if (fraction == end + 1) return 0;
    end = fraction;
  }
  if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    std::size_t exponent = end + 1;
    if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
    const std::size_t after = digits(exponent);
    // "5e" followed by no digit may still be a number and a unit; the caller looks at the rest.
    if (after > exponent) end = after;
  }
  return end;
}

struct Written {
  std::string_view number;
  Scale scale;
};

std::optional<Written> split(std::string_view text, Unit unit) {
  const std::size_t length = number_length(text);
  if (length == 0) return std::nullopt;
  const std::size_t start = text.find_first_not_of(' ', length);
  if (start == std::string_view::npos) return std::nullopt;
  const std::string_view name = text.substr(start);
  for (const Scale& scale : scales(unit)) {
    if (scale.name == name) return Written{text.substr(0, length), scale};
  }
  return std::nullopt;
}

/// The number times 10^decimal, rounded once: the exponent is added in the text.
std::optional<double> scaled_number(std::string_view number, int decimal) {
  const std::size_t mark = number.find_first_of("eE");
  std::int64_t exponent = 0;
  if (mark != std::string_view::npos) {
    std::string_view digits = number.substr(mark + 1);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (error != std::errc() || std::abs(exponent) > 10000) return std::nullopt;
  }
  const std::string text = fmt::format("{}e{}", number.substr(0, mark), exponent + decimal);
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<double> scaled_number(std::string_view number, const Scale& scale) {
  const auto value = scaled_number(number, scale.decimal);
  if (!value) return std::nullopt;
  const double scaled = std::ldexp(*value, scale.binary);
  return std::isfinite(scaled) ? std::optional(scaled) : std::nullopt;
}

/// Doubles hold every integer up to here.
constexpr double kExactIntegers = 9007199254740992.0;

std::optional<std::int64_t> exact_integer(double value) {
  if (std::trunc(value) != value || std::abs(value) > kExactIntegers) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

}  // namespace

std::string_view unit_noun(Unit unit) {
  switch (unit) {
    case Unit::kFrequency:
      return "frequency";
    case Unit::kBytes:
      return "size";
    case Unit::kBytesPerSecond:
      return "bandwidth";
    case Unit::kTime:
      return "time";
    case Unit::kEnergy:
      return "energy";
    case Unit::kPower:
      return "power";
    case Unit::kCurrent:
      return "current";
    case Unit::kVoltage:
      return "voltage";
    case Unit::kArea:
      return "area";
    case Unit::kLength:
      return "length";
    case Unit::kNode:
      return "process node";
    case Unit::kPeriod:
      return "period";
    case Unit::kTemperature:
      return "temperature";
  }
  return {};
}

std::string_view unit_example(Unit unit) {
  switch (unit) {
    case Unit::kFrequency:
      return "500 MHz";
    case Unit::kBytes:
      return "64 KiB";
    case Unit::kBytesPerSecond:
      return "12.8 GB/s";
    case Unit::kTime:
      return "60 ns";
    case Unit::kEnergy:
      return "0.2 pJ";
    case Unit::kPower:
      return "10 mW";
    case Unit::kCurrent:
      return "44 mA";
    case Unit::kVoltage:
      return "0.9 V";
    case Unit::kArea:
      return "36 um2";
    case Unit::kLength:
      return "5 mm";
    case Unit::kNode:
      return "45 nm";
    case Unit::kPeriod:
      return "833 ps";
    case Unit::kTemperature:
      return "300 K";
  }
  return {};
}

std::vector<std::string_view> unit_symbols(Unit unit) {
  std::vector<std::string_view> symbols;
  for (const Scale& each : scales(unit)) symbols.push_back(each.name);
  return symbols;
}

std::string unit_names(Unit unit) {
  std::string names;
  const std::span<const Scale> all = scales(unit);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i > 0) names += i + 1 == all.size() ? " or " : ", ";
    names += all[i].name;
  }
  return names;
}

bool is_number(std::string_view text) {
  return !text.empty() && number_length(text) == text.size();
}

std::optional<double> parse_number(std::string_view text) {
  if (!is_number(text)) return std::nullopt;
  return scaled_number(text, 0);
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  if (!is_number(text)) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return value;
  if (error == std::errc::result_out_of_range) return std::nullopt;
  const auto number = parse_number(text);
  return number ? exact_integer(*number) : std::nullopt;
}

std::optional<double> parse_quantity(std::string_view text, Unit unit) {
  const auto written = split(text, unit);
  return written ? scaled_number(written->number, written->scale) : std::nullopt;
}

std::optional<std::int64_t> parse_bytes(std::string_view text) {
  const auto value = parse_quantity(text, Unit::kBytes);
  return value ? exact_integer(*value) : std::nullopt;
}

std::string format_number(double value) { return fmt::format("{}", value); }

std::string format_quantity(double value, Unit unit) {
  const std::span<const Scale> all = scales(unit);
  for (auto scale = all.rbegin(); scale != all.rend(); ++scale) {
    if (std::abs(value) < factor(*scale)) continue;
    for (const int digits : {15, 17}) {
      const std::string number = fmt::format("{:.{}g}", value / factor(*scale), digits);
      const std::string text = fmt::format("{} {}", number, scale->name);
      if (parse_quantity(text, unit) == value) return text;
    }
  }
  const auto base = std::find_if(all.begin(), all.end(), [](const Scale& scale) {
    return scale.decimal == 0 && scale.binary == 0;
  });
  return fmt::format("{} {}", format_number(value), base->name);
}

std::string format_bytes(std::int64_t bytes) {
  for (const auto& [name, shift] :
       {std::pair{"GiB", 30}, std::pair{"MiB", 20}, std::pair{"KiB", 10}}) {
    const std::int64_t one = std::int64_t{1} << shift;
    if (bytes != 0 && bytes % one == 0) return fmt::format("{} {}", bytes / one, name);
  }
  return fmt::format("{} B", bytes);
}

}  // namespace systerm
