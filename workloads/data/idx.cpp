// SPDX-License-Identifier: Apache-2.0
#include "workloads/data/idx.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "workloads/data/input_file.h"

namespace systerm {

namespace {

/// Elements are big endian in the file.
template <typename Element>
ArrayElements read_elements(InputFile& file, std::span<const std::int64_t> shape) {
  const std::int64_t count = checked_elements(file, shape, sizeof(Element));
  std::vector<std::uint8_t> bytes = file.read(static_cast<std::uint64_t>(count) * sizeof(Element));
  for (std::size_t i = 0; i < bytes.size(); i += sizeof(Element)) {
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                 bytes.begin() + static_cast<std::ptrdiff_t>(i + sizeof(Element)));
  }
  std::vector<Element> elements(static_cast<std::size_t>(count));
  if (!bytes.empty()) std::memcpy(elements.data(), bytes.data(), bytes.size());
  return elements;
}

ArrayElements read_elements(InputFile& file, int type, std::span<const std::int64_t> shape) {
  switch (type) {
    case 0x08:
      return read_elements<std::uint8_t>(file, shape);
    case 0x09:
      return read_elements<std::int8_t>(file, shape);
    case 0x0B:
      return read_elements<std::int16_t>(file, shape);
    case 0x0C:
      return read_elements<std::int32_t>(file, shape);
    case 0x0D:
      return read_elements<float>(file, shape);
    case 0x0E:
      return read_elements<double>(file, shape);
    default:
      file.fail(fmt::format("IDX element type 0x{:02X} is not known", type));
  }
}

}  // namespace

Array read_idx(const std::filesystem::path& path) {
  InputFile file(path);
  const std::vector<std::uint8_t> magic = file.read(4);
  if (magic[0] != 0 || magic[1] != 0 || magic[3] == 0) file.fail("is not an IDX file");
  const std::size_t rank = magic[3];
  const std::vector<std::uint8_t> lengths = file.read(rank * 4);
  Array array;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    std::int64_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = length << 8 | lengths[axis * 4 + i];
    array.shape.push_back(length);
  }
  array.elements = read_elements(file, magic[2], array.shape);
  file.expect_end();
  return array;
}

}  // namespace systerm
