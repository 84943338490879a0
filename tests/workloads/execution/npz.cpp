// SPDX-License-Identifier: Apache-2.0
#include "tests/workloads/execution/npz.h"

#include <cstdint>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <zlib.h>

#include "tests/workloads/execution/temporary_file.h"
#include "workloads/data/npy.h"

namespace systerm::test {

namespace {

std::uint32_t little_endian(const std::string& bytes, std::size_t position, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    value |= std::uint32_t{static_cast<std::uint8_t>(bytes.at(position + i))} << (8 * i);
  }
  return value;
}

std::string inflate_raw(std::string compressed, std::size_t size) {
  std::string result(size, '\0');
  z_stream stream{};
  stream.next_in = reinterpret_cast<Bytef*>(compressed.data());
  stream.avail_in = static_cast<uInt>(compressed.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(size);
  inflateInit2(&stream, -MAX_WBITS);
  const int status = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  if (status != Z_STREAM_END) throw std::runtime_error("damaged ZIP member");
  return result;
}

}  // namespace

std::map<std::string, Array> read_npz(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string zip{std::istreambuf_iterator<char>(file), {}};
  const std::size_t end = zip.rfind("PK\x05\x06");
  if (end == std::string::npos) throw std::runtime_error("no ZIP directory");

  std::map<std::string, Array> arrays;
  const std::uint32_t members = little_endian(zip, end + 10, 2);
  std::size_t entry = little_endian(zip, end + 16, 4);
  for (std::uint32_t i = 0; i < members; ++i) {
    const std::uint32_t method = little_endian(zip, entry + 10, 2);
    const std::uint32_t compressed_size = little_endian(zip, entry + 20, 4);
    const std::uint32_t size = little_endian(zip, entry + 24, 4);
    const std::uint32_t name_length = little_endian(zip, entry + 28, 2);
    const std::uint32_t extra_length = little_endian(zip, entry + 30, 2);
    const std::uint32_t comment_length = little_endian(zip, entry + 32, 2);
    const std::size_t local = little_endian(zip, entry + 42, 4);
    std::string name = zip.substr(entry + 46, name_length);
    const std::size_t data =
        local + 30 + little_endian(zip, local + 26, 2) + little_endian(zip, local + 28, 2);
    std::string content = zip.substr(data, compressed_size);
    if (method == 8) {
      content = inflate_raw(std::move(content), size);
    } else if (method != 0) {
      throw std::runtime_error("unknown ZIP method");
    }
    if (name.ends_with(".npy")) name.resize(name.size() - 4);
    arrays[name] = read_npy(TemporaryFile(content).path());
    entry += 46 + name_length + extra_length + comment_length;
  }
  return arrays;
}

}  // namespace systerm::test
