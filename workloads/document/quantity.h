// SPDX-License-Identifier: Apache-2.0
// Numbers and quantities with units, as they are written in a document.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace systerm {

enum class Unit : std::uint8_t {
  kFrequency,       ///< Hz, kHz, MHz, GHz
  kBytes,           ///< B, KiB, MiB, GiB, kB, MB, GB
  kBytesPerSecond,  ///< B/s, KiB/s, MiB/s, GiB/s, kB/s, MB/s, GB/s
  kTime,            ///< s, ms, us, ns, ps
  kEnergy,          ///< fJ, pJ, nJ, uJ, in pJ
  kPower,           ///< nW, uW, mW, W, in mW
  kCurrent,         ///< uA, mA, A, in mA
  kVoltage,         ///< mV, V
  kArea,            ///< um2, mm2, in um2
  kLength,          ///< um, mm, in mm
  kNode,            ///< nm, of a process
  kPeriod,          ///< ps, ns, in ps
  kTemperature,     ///< K
};

/// "frequency", "size", ...
std::string_view unit_noun(Unit unit);
/// A quantity as one would write it: "500 MHz".
std::string_view unit_example(Unit unit);
/// From small to large, as they are written behind a number.
std::vector<std::string_view> unit_symbols(Unit unit);
/// "Hz, kHz, MHz or GHz".
std::string unit_names(Unit unit);

/// A JSON number and nothing else: no blanks, no digit grouping, no hexadecimal, no inf, no nan.
bool is_number(std::string_view text);
/// Nothing unless `text` is a number within the range of double.
std::optional<double> parse_number(std::string_view text);
/// Nothing unless `text` is a number with an integral value that fits; 1e3 is 1000.
std::optional<std::int64_t> parse_integer(std::string_view text);

/// In Hz, bytes, bytes per second, seconds, pJ, mW, mA, V, um2, mm, nm, ps or K, rounded once.
/// Blanks between number and unit are optional. Nothing for anything else, a missing unit included.
std::optional<double> parse_quantity(std::string_view text, Unit unit);
/// The same for a whole number of bytes, exact.
std::optional<std::int64_t> parse_bytes(std::string_view text);

/// In the largest unit that keeps the number at 1 or above and that `parse_quantity` reads back as
/// the same value.
std::string format_quantity(double value, Unit unit);
/// Binary units as long as the number stays whole, such as 64 KiB or 1000 B.
std::string format_bytes(std::int64_t bytes);
/// Shortest decimal number that reads back as the same value.
std::string format_number(double value);

}  // namespace systerm
