// SPDX-License-Identifier: Apache-2.0
#include "model/training/precision_trace.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <stdexcept>

#include <fmt/format.h>

#include "model/exploration/durable_file.h"
#include "workloads/document/nearest_name.h"

namespace systerm {

namespace {

constexpr std::string_view kTitles = "iteration,layer,weights,activations,gradients";
constexpr int kMostMantissaBits = 7;

class TraceReader {
 public:
  TraceReader(const std::string& file, const std::vector<std::string>& layers)
      : file_(file), trace_(layers) {}

  void read_line(std::string_view line) {
    ++line_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line_ == 1) {
      if (line != kTitles) fail(fmt::format("expected the titles '{}'", kTitles));
    } else if (!line.empty()) {
      read_row(line);
    }
  }

  PrecisionTrace result() {
    for (std::size_t layer = 0; layer < trace_.layers().size(); ++layer) {
      if (trace_.changes(layer).empty()) {
        throw std::runtime_error(
            fmt::format("{}: no row for layer '{}'", file_, trace_.layers()[layer]));
      }
    }
    return std::move(trace_);
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw std::runtime_error(fmt::format("{}:{}: {}", file_, line_, message));
  }

  std::int64_t number(std::string_view text, std::int64_t least, std::int64_t most,
                      std::string_view what) const {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) {
      fail(fmt::format("{}: expected an integer from {} to {}, got '{}'", what, least, most, text));
    }
    return value;
  }

  void read_row(std::string_view line) {
    std::vector<std::string_view> cells;
    while (true) {
      const std::size_t comma = line.find(',');
      cells.push_back(line.substr(0, comma));
      if (comma == std::string_view::npos) break;
      line.remove_prefix(comma + 1);
    }
    if (cells.size() != 2 + kOperandKinds) {
      fail(fmt::format("expected {} values, got {}", 2 + kOperandKinds, cells.size()));
    }
    const std::int64_t iteration = number(cells[0], 1, std::int64_t{1} << 40, "iteration");
    const auto& layers = trace_.layers();
    const auto layer = std::ranges::find(layers, cells[1]);
    if (layer == layers.end()) {
      fail(fmt::format("unknown layer '{}'; {}", cells[1], suggest_name(cells[1], layers)));
    }
    LayerPrecision precision{};
    for (const OperandKind kind : kAllOperandKinds) {
      precision[index(kind)] =
          static_cast<int>(number(cells[2 + index(kind)], 1, kMostMantissaBits, to_string(kind)));
    }
    trace_.add(static_cast<std::size_t>(layer - layers.begin()), iteration - 1, precision);
  }

  const std::string& file_;
  PrecisionTrace trace_;
  int line_ = 0;
};

}  // namespace

void PrecisionTrace::add(std::size_t layer, std::int64_t iteration,
                         const LayerPrecision& precision) {
  auto& changes = changes_[layer];
  if (!changes.empty() && iteration >= changes.begin()->first &&
      at(layer, iteration) == precision) {
    return;
  }
  changes[iteration] = precision;
}

const LayerPrecision& PrecisionTrace::at(std::size_t layer, std::int64_t iteration) const {
  const auto& changes = changes_[layer];
  const auto after = changes.upper_bound(iteration);
  return after == changes.begin() ? after->second : std::prev(after)->second;
}

std::string PrecisionTrace::csv() const {
  std::multimap<std::int64_t, std::string> rows;  // equal iterations stay in the order of layers
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
    for (const auto& [iteration, precision] : changes_[layer]) {
      rows.emplace(iteration, fmt::format("{},{},{},{},{}\n", iteration + 1, layers_[layer],
                                          precision[0], precision[1], precision[2]));
    }
  }
  std::string text = std::string(kTitles) + "\n";
  for (const auto& [iteration, row] : rows) text += row;
  return text;
}

PrecisionTrace parse_precision_trace(std::string_view text, const std::string& file,
                                     const std::vector<std::string>& layers) {
  TraceReader reader(file, layers);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    reader.read_line(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return reader.result();
}

PrecisionTrace load_precision_trace(const std::filesystem::path& file,
                                    const std::vector<std::string>& layers) {
  const auto text = read_whole(file);
  if (!text) throw std::runtime_error(fmt::format("{}: no such file", file.string()));
  return parse_precision_trace(*text, file.string(), layers);
}

}  // namespace systerm
