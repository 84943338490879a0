// SPDX-License-Identifier: Apache-2.0
#include "workloads/data/npy.h"

#include <bit>
#include <charconv>
#include <cstring>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "workloads/data/data_error.h"
#include "workloads/data/input_file.h"

namespace systerm {

namespace {

static_assert(std::endian::native == std::endian::little,
              "elements are copied to and from little-endian files as they are");

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMaxHeaderBytes = std::size_t{1} << 20;
constexpr std::size_t kHeaderAlignment = 64;

struct Header {
  std::string descr;
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
};

/// The header is a Python dictionary literal with exactly the keys descr, fortran_order and shape.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const InputFile& file) : text_(text), file_(file) {}

  Header parse() {
    std::optional<std::string> descr;
    std::optional<bool> fortran_order;
    std::optional<std::vector<std::int64_t>> shape;
    expect('{');
    while (!accept('}')) {
      const std::string key = string();
      expect(':');
      if (key == "descr" && !descr) {
        skip_spaces();
        if (position_ < text_.size() && text_[position_] == '[') {
          file_.fail("structured element types are not supported");
        }
        descr = string();
      } else if (key == "fortran_order" && !fortran_order) {
        fortran_order = boolean();
      } else if (key == "shape" && !shape) {
        shape = tuple();
      } else {
        malformed(fmt::format("key '{}'", key));
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_spaces();
    if (position_ != text_.size()) malformed("text after the dictionary");
    if (!descr || !fortran_order || !shape) malformed("a missing key");
    return {*descr, *fortran_order, *shape};
  }

 private:
  [[noreturn]] void malformed(const std::string& what) const {
    file_.fail(fmt::format("malformed NPY header: {} at position {}", what, position_));
  }
  void skip_spaces() {
    while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\n')) {
      ++position_;
    }
  }
  bool accept(char wanted) {
    skip_spaces();
    if (position_ >= text_.size() || text_[position_] != wanted) return false;
    ++position_;
    return true;
  }
  void expect(char wanted) {
    if (!accept(wanted)) malformed(fmt::format("'{}' expected", wanted));
  }
  std::string string() {
    const char quote = accept('\'') ? '\'' : '"';
    if (quote == '"') expect('"');
    const std::size_t end = text_.find(quote, position_);
    if (end == std::string_view::npos) malformed("unfinished string");
    std::string result(text_.substr(position_, end - position_));
    position_ = end + 1;
    return result;
  }
  bool boolean() {
    skip_spaces();
    for (const bool value : {false, true}) {
      const std::string_view name = value ? "True" : "False";
      if (text_.substr(position_).starts_with(name)) {
        position_ += name.size();
        return value;
      }
    }
    malformed("True or False expected");
  }
  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> lengths;
    expect('(');
    while (!accept(')')) {
      skip_spaces();
      std::int64_t length = 0;
      const char* const begin = text_.data() + position_;
      const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), length);
      if (error != std::errc{}) malformed("a length that is no 64-bit number");
      position_ += static_cast<std::size_t>(end - begin);
      lengths.push_back(length);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return lengths;
  }

  std::string_view text_;
  const InputFile& file_;
  std::size_t position_ = 0;
};

template <typename Element>
ArrayElements read_elements(InputFile& file, std::span<const std::int64_t> shape) {
  const std::int64_t count = checked_elements(file, shape, sizeof(Element));
  const std::vector<std::uint8_t> bytes =
      file.read(static_cast<std::uint64_t>(count) * sizeof(Element));
  std::vector<Element> elements(static_cast<std::size_t>(count));
  if (!bytes.empty()) std::memcpy(elements.data(), bytes.data(), bytes.size());
  return elements;
}

ArrayElements read_elements(InputFile& file, const Header& header) {
  const std::string_view descr = header.descr;
  if (descr == "<f4") return read_elements<float>(file, header.shape);
  if (descr == "<f8") return read_elements<double>(file, header.shape);
  if (descr == "|i1" || descr == "<i1") return read_elements<std::int8_t>(file, header.shape);
  if (descr == "<i2") return read_elements<std::int16_t>(file, header.shape);
  if (descr == "<i4") return read_elements<std::int32_t>(file, header.shape);
  if (descr == "<i8") return read_elements<std::int64_t>(file, header.shape);
  // A boolean is a byte of 0 or 1.
  if (descr == "|u1" || descr == "<u1" || descr == "|b1")
    return read_elements<std::uint8_t>(file, header.shape);
  if (descr == "<u2") return read_elements<std::uint16_t>(file, header.shape);
  if (descr == "<u4") return read_elements<std::uint32_t>(file, header.shape);
  if (descr.starts_with('>')) {
    file.fail(fmt::format("big-endian elements ('{}') are not supported", descr));
  }
  file.fail(
      fmt::format("element type '{}' is not supported; float32, float64, int8, int16, int32, "
                  "int64, uint8, uint16, uint32 and bool are",
                  descr));
}

template <typename Element>
std::string_view descr_of() {
  if constexpr (std::is_same_v<Element, float>) return "<f4";
  if constexpr (std::is_same_v<Element, double>) return "<f8";
  if constexpr (std::is_same_v<Element, std::int8_t>) return "|i1";
  if constexpr (std::is_same_v<Element, std::int16_t>) return "<i2";
  if constexpr (std::is_same_v<Element, std::int32_t>) return "<i4";
  if constexpr (std::is_same_v<Element, std::int64_t>) return "<i8";
  if constexpr (std::is_same_v<Element, std::uint8_t>) return "|u1";
  if constexpr (std::is_same_v<Element, std::uint16_t>) return "<u2";
  if constexpr (std::is_same_v<Element, std::uint32_t>) return "<u4";
}

}  // namespace

Array read_npy(const std::filesystem::path& path) {
  InputFile file(path);
  return read_npy(file);
}

Array read_npy(InputFile& file) {
  const std::vector<std::uint8_t> start = file.read(kMagic.size() + 2);
  if (std::memcmp(start.data(), kMagic.data(), kMagic.size()) != 0) file.fail("is not an NPY file");
  const int version = start[kMagic.size()];
  if (version != 1 && version != 2) {
    file.fail(fmt::format("NPY version {} is not supported, 1 and 2 are", version));
  }
  std::size_t header_bytes = 0;
  const std::vector<std::uint8_t> length = file.read(version == 1 ? 2 : 4);
  for (std::size_t i = 0; i < length.size(); ++i) header_bytes |= std::size_t{length[i]} << (8 * i);
  if (header_bytes > kMaxHeaderBytes) {
    file.fail(fmt::format("NPY header of {} bytes", header_bytes));
  }
  const std::vector<std::uint8_t> text = file.read(header_bytes);
  const Header header =
      HeaderParser({reinterpret_cast<const char*>(text.data()), text.size()}, file).parse();
  if (header.fortran_order) {
    file.fail("Fortran order is not supported; save numpy.ascontiguousarray(array)");
  }
  Array array{header.shape, read_elements(file, header)};
  file.expect_end();
  return array;
}

std::string encode_npy(const Array& array) {
  std::int64_t count = 1;
  for (const std::int64_t length : array.shape) count *= length;
  if (static_cast<std::size_t>(count) != array.size()) {
    throw std::invalid_argument(fmt::format("shape ({}) does not have {} elements",
                                            fmt::join(array.shape, ", "), array.size()));
  }
  return std::visit(
      [&]<typename Element>(const std::vector<Element>& elements) {
        std::string header = fmt::format(
            "{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}", descr_of<Element>(),
            fmt::join(array.shape, ", "), array.shape.size() == 1 ? "," : "");
        const std::size_t prefix = kMagic.size() + 4;
        const std::size_t used = prefix + header.size() + 1;
        header.append((kHeaderAlignment - used % kHeaderAlignment) % kHeaderAlignment, ' ');
        header.push_back('\n');
        std::string bytes(kMagic.data(), kMagic.size());
        for (const std::size_t byte :
             {std::size_t{1}, std::size_t{0}, header.size() & 0xFF, header.size() >> 8}) {
          bytes.push_back(static_cast<char>(byte));
        }
        bytes += header;
        bytes.append(reinterpret_cast<const char*>(elements.data()),
                     elements.size() * sizeof(Element));
        return bytes;
      },
      array.elements);
}

void write_npy(const std::filesystem::path& path, const Array& array) {
  const std::string bytes = encode_npy(array);
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) throw DataError(fmt::format("{}: cannot be written", path.string()));
}

}  // namespace systerm
