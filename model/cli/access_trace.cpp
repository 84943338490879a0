// SPDX-License-Identifier: Apache-2.0
#include "model/cli/access_trace.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <string_view>

#include <fmt/format.h>

#include "workloads/data/data_error.h"

namespace systerm {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 18;
/// Longer lines are not traces, and must not fill the memory.
constexpr std::size_t kMaxLine = 256;
constexpr std::array<std::string_view, 4> kReads = {"read", "rd", "r", "load"};
constexpr std::array<std::string_view, 4> kWrites = {"write", "wr", "w", "store"};

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_one_of(std::string_view text, const std::array<std::string_view, 4>& names) {
  return std::ranges::any_of(names, [text](std::string_view name) {
    return std::ranges::equal(text, name, {},
                              [](char c) { return std::tolower(static_cast<unsigned char>(c)); });
  });
}

}  // namespace

AccessTrace::AccessTrace(const std::string& path, std::uint64_t access_bytes,
                         std::uint64_t memory_bytes)
    : path_(path),
      file_(path),
      access_bytes_(access_bytes),
      memory_bytes_(memory_bytes),
      buffer_(kBufferBytes) {}

void AccessTrace::fail(const std::string& message) const {
  throw DataError(fmt::format("{}:{}: {}", path_, line_number_, message));
}

bool AccessTrace::read_line() {
  line_.clear();
  ++line_number_;
  for (bool any = false;; any = true) {
    if (begin_ == end_) {
      begin_ = 0;
      end_ = file_.read_some(buffer_);
      if (end_ == 0) return any;
    }
    const auto from = buffer_.begin() + static_cast<std::ptrdiff_t>(begin_);
    const auto to = buffer_.begin() + static_cast<std::ptrdiff_t>(end_);
    const auto newline = std::find(from, to, '\n');
    line_.append(from, newline);
    if (line_.size() > kMaxLine) fail(fmt::format("a line of more than {} characters", kMaxLine));
    begin_ += static_cast<std::size_t>(newline - from);
    if (newline != to) {
      ++begin_;
      return true;
    }
  }
}

std::optional<DramAccess> AccessTrace::next() {
  while (read_line()) {
    const std::string_view line = trimmed(line_);
    if (line.empty() || line.front() == '#') continue;
    if (line_number_ == 1 && line.starts_with("cmd,")) continue;
    return parse();
  }
  return std::nullopt;
}

DramAccess AccessTrace::parse() const {
  const std::string_view line = trimmed(line_);
  const std::size_t comma = line.find(',');
  if (comma == std::string_view::npos) {
    fail(fmt::format("expected cmd,address such as read,0x1f40; got '{}'", line));
  }
  const std::string_view command = trimmed(line.substr(0, comma));
  DramAccess access{0, access_bytes_, is_one_of(command, kWrites)};
  if (!access.is_write && !is_one_of(command, kReads)) {
    fail(fmt::format("expected one of {}, {}; got '{}'", fmt::join(kReads, ", "),
                     fmt::join(kWrites, ", "), command));
  }
  std::string_view digits = trimmed(line.substr(comma + 1));
  const std::string_view written = digits;
  if (digits.starts_with("0x") || digits.starts_with("0X")) digits.remove_prefix(2);
  const char* const end = digits.data() + digits.size();
  const auto [stop, code] = std::from_chars(digits.data(), end, access.address, 16);
  if (code != std::errc() || stop != end) {
    fail(fmt::format("expected a hexadecimal address of at most 64 bits; got '{}'", written));
  }
  if (access.address >= memory_bytes_ || access_bytes_ > memory_bytes_ - access.address) {
    fail(fmt::format("{} bytes at {:#x} are not in the memory, which ends at {:#x}", access_bytes_,
                     access.address, memory_bytes_));
  }
  return access;
}

}  // namespace systerm
