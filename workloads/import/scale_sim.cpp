// SPDX-License-Identifier: Apache-2.0
#include "workloads/import/scale_sim.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace systerm {

namespace {

/// Four of them multiply to less than 2^63 in one tensor; anything larger is a slip.
constexpr std::int64_t kLargestSize = 1'000'000'000;

bool overflows(const std::vector<std::int64_t>& factors) {
  std::int64_t product = 1;
  return std::ranges::any_of(factors, [&](std::int64_t factor) {
    return __builtin_mul_overflow(product, factor, &product);
  });
}

void add_layer(Network& network, std::string name, std::string type, Gemm gemm,
               const FeatureShape& input, const FeatureShape& output) {
  const auto add_feature = [&](const std::string& suffix, const FeatureShape& shape) {
    const auto id = static_cast<FeatureId>(network.features.size());
    Feature feature{.name = name + suffix, .shape = shape};
    if (shape.height == 1 && shape.images == 1) {
      feature.source_shape = {shape.width, shape.channels};
    } else {
      feature.source_shape = {shape.images, shape.channels, shape.height, shape.width};
    }
    network.features.push_back(std::move(feature));
    return id;
  };
  Layer layer{.name = name,
              .type = std::move(type),
              .operation = std::move(gemm),
              .steps = {},
              .inputs = {add_feature(".input", input)},
              .output = add_feature("", output)};
  network.inputs.push_back(layer.inputs.front());
  network.outputs.push_back(layer.output);
  network.layers.push_back(std::move(layer));
}

void add_gemm(Network& network, const GemmSize& size) {
  Gemm gemm{.groups = size.groups, .m = size.m, .k = size.k, .n = size.n};
  add_layer(network, size.name, "gemm", std::move(gemm),
            {.width = size.m, .channels = size.groups * size.k},
            {.width = size.m, .channels = size.groups * size.n});
}

enum class Column : std::uint8_t {
  kName,
  kInputHeight,
  kInputWidth,
  kFilterHeight,
  kFilterWidth,
  kChannels,
  kFilters,
  kStride,
  kStrideHeight,
  kStrideWidth,
  kM,
  kN,
  kK,
};

struct Title {
  std::string_view text;  ///< lower case, letters and digits only
  Column column;
};

constexpr std::array kTitles{
    Title{"layername", Column::kName},
    Title{"layer", Column::kName},
    Title{"name", Column::kName},
    Title{"ifmapheight", Column::kInputHeight},
    Title{"ifmaph", Column::kInputHeight},
    Title{"ifmapwidth", Column::kInputWidth},
    Title{"ifmapw", Column::kInputWidth},
    Title{"filterheight", Column::kFilterHeight},
    Title{"filterh", Column::kFilterHeight},
    Title{"filterwidth", Column::kFilterWidth},
    Title{"filterw", Column::kFilterWidth},
    Title{"channels", Column::kChannels},
    Title{"channel", Column::kChannels},
    Title{"numfilter", Column::kFilters},
    Title{"numfilters", Column::kFilters},
    Title{"strides", Column::kStride},
    Title{"stride", Column::kStride},
    Title{"strideheight", Column::kStrideHeight},
    Title{"stridewidth", Column::kStrideWidth},
    Title{"m", Column::kM},
    Title{"n", Column::kN},
    Title{"k", Column::kK},
};

constexpr std::string_view kConvolutionForm =
    "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, "
    "Strides";
constexpr std::string_view kGemmForm = "Layer, M, N, K";

struct Field {
  std::string_view text;  ///< without surrounding blanks
  int column = 1;         ///< 1-based, of its first character
};

class TopologyReader {
 public:
  TopologyReader(std::string_view text, const std::string& file, std::int64_t batch)
      : rest_(text), file_(file), batch_(batch) {}

  Network read() {
    network_.name = std::filesystem::path(file_).stem().string();
    network_.source = "scale-sim";
    if (batch_ < 1) throw ImportError(fmt::format("{}: a batch of {}", file_, batch_));
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
    while (next_line()) {
      if (std::ranges::all_of(fields_, [](const Field& field) { return field.text.empty(); })) {
        continue;
      }
      if (columns_.empty()) {
        read_header();
      } else {
        read_layer();
      }
    }
    if (columns_.empty()) {
      fail(1, fmt::format("expected the header '{}' or '{}'", kConvolutionForm, kGemmForm));
    }
    if (network_.layers.empty()) fail(1, "there is no layer behind the header");
    return std::move(network_);
  }

 private:
  [[noreturn]] void fail(int column, const std::string& message) const {
    throw ImportError(fmt::format("{}:{}:{}: {}", file_, std::max(line_, 1), column, message));
  }

  bool next_line() {
    if (rest_.empty()) return false;
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++line_;
    fields_.clear();
    for (std::size_t begin = 0; begin <= line.size();) {
      const std::size_t comma = std::min(line.find(',', begin), line.size());
      std::size_t first = begin;
      std::size_t last = comma;
      const auto is_blank = [&](std::size_t i) {
        return std::isspace(static_cast<unsigned char>(line[i])) != 0;
      };
      while (first < last && is_blank(first)) ++first;
      while (last > first && is_blank(last - 1)) --last;
      fields_.push_back({line.substr(first, last - first), static_cast<int>(first) + 1});
      begin = comma + 1;
    }
    return true;
  }

  void read_header() {
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      const Field& field = fields_[i];
      if (field.text.empty() && i + 1 == fields_.size()) continue;
      std::string plain;
      for (const char c : field.text) {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
          plain.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
        }
      }
      const auto title = std::ranges::find(kTitles, plain, &Title::text);
      if (title == kTitles.end()) {
        fail(field.column, fmt::format("'{}' is no column of '{}' or '{}'", field.text,
                                       kConvolutionForm, kGemmForm));
      }
      if (!columns_.emplace(title->column, i).second) {
        fail(field.column, fmt::format("the column '{}' comes twice", field.text));
      }
    }
    is_gemm_ = columns_.contains(Column::kM);
    const std::vector<Column> needed =
        is_gemm_ ? std::vector{Column::kName, Column::kM, Column::kN, Column::kK}
                 : std::vector{Column::kName,         Column::kInputHeight, Column::kInputWidth,
                               Column::kFilterHeight, Column::kFilterWidth, Column::kChannels,
                               Column::kFilters};
    for (const Column column : needed) {
      if (!columns_.contains(column)) {
        fail(1, fmt::format("a column is missing; expected '{}'",
                            is_gemm_ ? kGemmForm : kConvolutionForm));
      }
    }
    if (is_gemm_ && columns_.size() > needed.size()) {
      fail(1, fmt::format("mixes the columns of '{}' and '{}'", kConvolutionForm, kGemmForm));
    }
    const bool has_both =
        columns_.contains(Column::kStrideHeight) && columns_.contains(Column::kStrideWidth);
    const bool has_one =
        columns_.contains(Column::kStrideHeight) || columns_.contains(Column::kStrideWidth);
    if (has_one && (!has_both || columns_.contains(Column::kStride))) {
      fail(1, "strides are one column, or one for height and one for width");
    }
  }

  std::int64_t size(Column column) const {
    const std::size_t i = columns_.at(column);
    if (i >= fields_.size()) {
      fail(fields_.back().column,
           fmt::format("{} fields where the header has {}", fields_.size(), columns_.size()));
    }
    const Field& field = fields_[i];
    std::int64_t value = 0;
    const char* end = field.text.data() + field.text.size();
    const auto [stop, error] = std::from_chars(field.text.data(), end, value);
    if (error != std::errc() || stop != end || value < 1 || value > kLargestSize) {
      fail(field.column,
           fmt::format("expected a whole number from 1 to {}, got '{}'", kLargestSize, field.text));
    }
    return value;
  }

  std::int64_t size_or(Column column, std::int64_t otherwise) const {
    return columns_.contains(column) ? size(column) : otherwise;
  }

  void read_layer() {
    for (std::size_t i = columns_.size(); i < fields_.size(); ++i) {
      if (!fields_[i].text.empty()) {
        fail(fields_[i].column,
             fmt::format("'{}' belongs to no column of the header", fields_[i].text));
      }
    }
    const std::size_t name_field = columns_.at(Column::kName);
    const Field& field = fields_[std::min(name_field, fields_.size() - 1)];
    std::string name(name_field < fields_.size() ? field.text : std::string_view());
    if (name.empty()) fail(field.column, "the layer has no name");
    const auto [previous, is_new] = lines_.emplace(name, line_);
    if (!is_new) {
      fail(field.column,
           fmt::format("layer '{}' exists already in line {}", name, previous->second));
    }
    if (is_gemm_) {
      read_gemm(std::move(name));
    } else {
      read_convolution(std::move(name));
    }
  }

  void read_gemm(std::string name) {
    GemmSize gemm{.name = std::move(name),
                  .m = size(Column::kM),
                  .k = size(Column::kK),
                  .n = size(Column::kN)};
    check_size({gemm.m, batch_, gemm.k, gemm.n});
    gemm.m *= batch_;
    add_gemm(network_, gemm);
  }

  void read_convolution(std::string name) {
    const std::int64_t stride = size_or(Column::kStride, 1);
    Gemm gemm;
    gemm.window = {.kernel_height = size(Column::kFilterHeight),
                   .kernel_width = size(Column::kFilterWidth),
                   .stride_height = size_or(Column::kStrideHeight, stride),
                   .stride_width = size_or(Column::kStrideWidth, stride)};
    const FeatureShape input{.images = batch_,
                             .height = size(Column::kInputHeight),
                             .width = size(Column::kInputWidth),
                             .channels = size(Column::kChannels)};
    FeatureShape output = input;
    gemm.n = output.channels = size(Column::kFilters);
    output.height = extent(input.height, gemm.window.kernel_height, gemm.window.stride_height,
                           Column::kFilterHeight, gemm.window.pad_bottom);
    output.width = extent(input.width, gemm.window.kernel_width, gemm.window.stride_width,
                          Column::kFilterWidth, gemm.window.pad_right);
    check_size({batch_, output.height, output.width, gemm.window.kernel_height,
                gemm.window.kernel_width, input.channels, gemm.n});
    check_size({batch_, input.height, input.width, input.channels});
    gemm.k = gemm.window.kernel_height * gemm.window.kernel_width * input.channels;
    gemm.m = batch_ * output.height * output.width;
    const bool is_pointwise = gemm.window.kernel_height == 1 && gemm.window.kernel_width == 1;
    add_layer(network_, std::move(name), is_pointwise ? "pointwise_convolution" : "convolution",
              std::move(gemm), input, output);
  }

  /// SCALE-Sim counts a last window that reaches beyond the input; `pad` is what it needs.
  std::int64_t extent(std::int64_t input, std::int64_t filter, std::int64_t stride, Column column,
                      std::int64_t& pad) const {
    if (filter > input) {
      fail(fields_[columns_.at(column)].column,
           fmt::format("a filter of {} does not fit into an input of {}", filter, input));
    }
    const std::int64_t output = (input - filter + stride + stride - 1) / stride;
    pad = (output - 1) * stride + filter - input;
    return output;
  }

  void check_size(const std::vector<std::int64_t>& factors) const {
    if (overflows(factors)) fail(1, "the layer needs more than 2^63 multiplications");
  }

  std::string_view rest_;
  const std::string& file_;
  std::int64_t batch_;
  int line_ = 0;
  std::vector<Field> fields_;
  std::map<Column, std::size_t> columns_;
  bool is_gemm_ = false;
  std::map<std::string, int> lines_;  ///< of each layer's name
  Network network_;
};

}  // namespace

Network gemm_network(std::string name, const std::vector<GemmSize>& gemms) {
  Network network;
  network.name = std::move(name);
  network.source = "inline";
  if (gemms.empty()) throw ImportError("the list of GEMMs is empty");
  std::map<std::string, bool> names;
  for (const GemmSize& gemm : gemms) {
    const auto fail = [&](const std::string& message) {
      throw ImportError(fmt::format("GEMM '{}': {}", gemm.name, message));
    };
    if (gemm.name.empty()) fail("has no name");
    if (!names.emplace(gemm.name, true).second) fail("the name is used twice");
    if (std::min({gemm.m, gemm.k, gemm.n, gemm.groups}) < 1) {
      fail(fmt::format("m {}, k {}, n {} and groups {} must be at least 1", gemm.m, gemm.k, gemm.n,
                       gemm.groups));
    }
    if (overflows({gemm.m, gemm.k, gemm.n, gemm.groups})) {
      fail("needs more than 2^63 multiplications");
    }
    add_gemm(network, gemm);
  }
  return network;
}

Network parse_scale_sim(std::string_view text, const std::string& file, std::int64_t batch) {
  Network network = TopologyReader(text, file, batch).read();
  validate(network);
  return network;
}

Network import_scale_sim(const std::filesystem::path& file, std::int64_t batch) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    throw ImportError(fmt::format("{}: no such file", file.string()));
  }
  std::ifstream stream(file, std::ios::binary);
  if (!std::filesystem::is_regular_file(file, error) || !stream) {
    throw ImportError(fmt::format("{}: cannot be read", file.string()));
  }
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  return parse_scale_sim(text, file.string(), batch);
}

}  // namespace systerm
