// SPDX-License-Identifier: Apache-2.0
#include "tests/workloads/execution/npz_archive.h"

#include <zlib.h>

namespace systerm::test {

std::string number(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i, value >>= 8) text += static_cast<char>(value & 0xFF);
  return text;
}

namespace {

std::string deflated(const std::string& bytes) {
  std::string packed(bytes.size() + 100, '\0');
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

}  // namespace

std::string zip(const std::vector<ArchiveEntry>& entries, const std::string& comment) {
  std::string archive;
  std::string directory;
  for (const ArchiveEntry& entry : entries) {
    const std::string name = entry.name + ".npy";
    const std::string data = entry.packed ? deflated(entry.bytes) : entry.bytes;
    const std::string common = number(0, 2) + number(entry.packed ? 8 : 0, 2) + number(0, 8) +
                               number(data.size(), 4) + number(entry.bytes.size(), 4) +
                               number(name.size(), 2);
    directory += number(0x02014b50, 4) + number(20, 2) + number(20, 2) + common + number(0, 12) +
                 number(archive.size(), 4) + name;
    archive += number(0x04034b50, 4) + number(20, 2) + common + number(3, 2) + name + "xyz" + data;
  }
  const std::size_t begin = archive.size();
  return archive + directory + number(0x06054b50, 4) + number(0, 4) + number(entries.size(), 2) +
         number(entries.size(), 2) + number(directory.size(), 4) + number(begin, 4) +
         number(comment.size(), 2) + comment;
}

}  // namespace systerm::test
