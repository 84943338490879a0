// SPDX-License-Identifier: Apache-2.0
#include "workloads/data/npz.h"

#include <cstdint>
#include <span>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <zlib.h>

#include "workloads/data/data_error.h"
#include "workloads/data/input_file.h"
#include "workloads/data/npy.h"

namespace systerm {

namespace {

constexpr std::uint32_t kDirectoryEnd = 0x06054b50;
constexpr std::uint32_t kDirectoryEntry = 0x02014b50;
constexpr std::uint32_t kLocalHeader = 0x04034b50;
constexpr std::size_t kDirectoryEndBytes = 22;
constexpr std::size_t kDirectoryEntryBytes = 46;
constexpr std::size_t kLocalHeaderBytes = 30;
constexpr std::uint32_t kStored = 0;
constexpr std::uint32_t kDeflated = 8;

struct Member {
  std::string name;
  std::uint32_t method = 0;
  std::size_t packed_bytes = 0;
  std::size_t bytes = 0;
  std::size_t header = 0;  ///< position of the local header
};

class Archive {
 public:
  explicit Archive(const std::filesystem::path& path) : name_(path.string()) {
    InputFile file(path);
    bytes_ = file.read_all();
  }

  std::vector<Member> members() const {
    const std::size_t end = directory_end();
    const std::uint64_t count = number(end + 10, 2);
    std::size_t entry = number(end + 16, 4);
    std::vector<Member> members;
    for (std::uint64_t i = 0; i < count; ++i) {
      require(number(entry, 4) == kDirectoryEntry, "a damaged directory");
      const std::uint64_t flags = number(entry + 8, 2);
      require((flags & 1) == 0, "encrypted");
      Member& member = members.emplace_back();
      member.method = static_cast<std::uint32_t>(number(entry + 10, 2));
      member.packed_bytes = number(entry + 20, 4);
      member.bytes = number(entry + 24, 4);
      member.header = number(entry + 42, 4);
      const std::size_t name_bytes = number(entry + 28, 2);
      const auto name = part(entry + kDirectoryEntryBytes, name_bytes);
      member.name.assign(name.begin(), name.end());
      if (member.name.ends_with(".npy")) member.name.resize(member.name.size() - 4);
      entry += kDirectoryEntryBytes + name_bytes + number(entry + 30, 2) + number(entry + 32, 2);
    }
    return members;
  }

  std::vector<std::uint8_t> content(const Member& member) const {
    require(number(member.header, 4) == kLocalHeader, "a damaged directory");
    const std::size_t begin = member.header + kLocalHeaderBytes + number(member.header + 26, 2) +
                              number(member.header + 28, 2);
    const auto packed = part(begin, member.packed_bytes);
    if (member.method == kStored) return {packed.begin(), packed.end()};
    require(member.method == kDeflated, "packed by another method than deflate");
    return inflated(packed, member.bytes);
  }

 private:
  void require(bool condition, const char* problem) const {
    if (!condition)
      throw DataError(fmt::format("{}: not a readable NPZ archive: {}", name_, problem));
  }

  std::span<const std::uint8_t> part(std::size_t begin, std::size_t count) const {
    require(begin <= bytes_.size() && count <= bytes_.size() - begin, "it ends early");
    return std::span(bytes_).subspan(begin, count);
  }

  std::uint64_t number(std::size_t position, std::size_t count) const {
    std::uint64_t value = 0;
    const auto bytes = part(position, count);
    for (std::size_t i = 0; i < count; ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
    return value;
  }

  /// The last signature before a comment of at most 64 KiB.
  std::size_t directory_end() const {
    constexpr std::size_t kLongestComment = 65535;
    for (std::size_t back = kDirectoryEndBytes;
         back <= bytes_.size() && back <= kDirectoryEndBytes + kLongestComment; ++back) {
      if (number(bytes_.size() - back, 4) == kDirectoryEnd) return bytes_.size() - back;
    }
    throw DataError(fmt::format("{}: not a readable NPZ archive: no directory", name_));
  }

  std::vector<std::uint8_t> inflated(std::span<const std::uint8_t> packed,
                                     std::size_t bytes) const {
    // Deflate packs at most 1032 to 1: a larger claim is false and must not allocate.
    constexpr std::size_t kLargestRatio = 1032;
    require(bytes / kLargestRatio <= packed.size(), "a false size");
    std::vector<std::uint8_t> result(bytes);
    z_stream stream{};
    stream.next_in = const_cast<Bytef*>(packed.data());
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = result.data();
    stream.avail_out = static_cast<uInt>(result.size());
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw DataError(name_ + ": no memory");
    const int status = inflate(&stream, Z_FINISH);
    const bool is_whole = status == Z_STREAM_END && stream.total_out == bytes;
    inflateEnd(&stream);
    require(is_whole, "damaged data");
    return result;
  }

  std::string name_;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace

Array read_npz(const std::filesystem::path& path, const std::string& member) {
  const Archive archive(path);
  const std::vector<Member> members = archive.members();
  std::vector<std::string> names;
  for (const Member& each : members) {
    if (each.name == member || (member.empty() && members.size() == 1)) {
      InputFile file(path.string() + ":" + each.name, archive.content(each));
      return read_npy(file);
    }
    names.push_back(each.name);
  }
  throw DataError(
      fmt::format("{}: {}; it holds {}; write {}:NAME", path.string(),
                  member.empty() ? "which array is meant?" : fmt::format("no array '{}'", member),
                  fmt::join(names, ", "), path.string()));
}

std::vector<std::string> npz_names(const std::filesystem::path& path) {
  std::vector<std::string> names;
  for (const Member& each : Archive(path).members()) names.push_back(each.name);
  return names;
}

namespace {

/// Little endian.
std::string number_bytes(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i, value >>= 8) text += static_cast<char>(value & 0xFF);
  return text;
}

/// What the header of a file and its entry in the directory have alike: from the version on.
std::string file_fields(const std::string& name, const std::string& bytes) {
  constexpr std::uint64_t kVersion = 20;
  constexpr std::uint64_t kFirstOfJanuary1980 = 0x0021;
  const auto sum =
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size()));
  return number_bytes(kVersion, 2) + number_bytes(0, 2) + number_bytes(kStored, 2) +
         number_bytes(0, 2) + number_bytes(kFirstOfJanuary1980, 2) + number_bytes(sum, 4) +
         number_bytes(bytes.size(), 4) + number_bytes(bytes.size(), 4) +
         number_bytes(name.size(), 2) + number_bytes(0, 2);
}

}  // namespace

std::string encode_npz(std::span<const NamedArray> arrays) {
  constexpr std::size_t kMostBytes = 0xFFFFFFFFU;
  std::string archive;
  std::string directory;
  for (const NamedArray& each : arrays) {
    const std::string name = each.name + ".npy";
    const std::string bytes = encode_npy(each.array);
    if (archive.size() + bytes.size() > kMostBytes) {
      throw DataError(fmt::format("an archive with '{}' would be larger than 4 GiB", each.name));
    }
    const std::string fields = file_fields(name, bytes);
    directory += number_bytes(kDirectoryEntry, 4) + fields.substr(0, 2) + fields +
                 number_bytes(0, 10) + number_bytes(archive.size(), 4) + name;
    archive += number_bytes(kLocalHeader, 4) + fields + name + bytes;
  }
  return archive + directory + number_bytes(kDirectoryEnd, 4) + number_bytes(0, 4) +
         number_bytes(arrays.size(), 2) + number_bytes(arrays.size(), 2) +
         number_bytes(directory.size(), 4) + number_bytes(archive.size(), 4) + number_bytes(0, 2);
}

}  // namespace systerm
