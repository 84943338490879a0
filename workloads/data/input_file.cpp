// SPDX-License-Identifier: Apache-2.0
#include "workloads/data/input_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <zlib.h>

#include "workloads/data/data_error.h"

namespace systerm {

namespace {
constexpr std::size_t kChunkBytes = std::size_t{1} << 20;
}  // namespace

InputFile::InputFile(const std::filesystem::path& path) : name_(path.string()) {
  if (std::error_code error; std::filesystem::is_directory(path, error)) fail("is a directory");
  errno = 0;
  file_ = gzopen(name_.c_str(), "rb");
  if (file_ == nullptr) fail(fmt::format("cannot be opened: {}", std::strerror(errno)));
  gzbuffer(file_, kChunkBytes);
}

InputFile::InputFile(std::string name, std::vector<std::uint8_t> bytes)
    : name_(std::move(name)), bytes_(std::move(bytes)) {}

InputFile::~InputFile() {
  if (file_ != nullptr) gzclose(file_);
}

void InputFile::fail(const std::string& message) const {
  throw DataError(fmt::format("{}: {}", name_, message));
}

std::size_t InputFile::read_some(std::span<std::uint8_t> bytes) {
  if (file_ == nullptr) {
    const std::size_t taken = std::min(bytes.size(), bytes_.size() - position_);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(position_), taken, bytes.begin());
    position_ += taken;
    return taken;
  }
  const int count = gzread(file_, bytes.data(), static_cast<unsigned>(bytes.size()));
  int error = Z_OK;
  const char* message = gzerror(file_, &error);
  const bool is_cut = error == Z_BUF_ERROR;  // with what could still be read
  if (count < 0 || error == Z_DATA_ERROR || is_cut) {
    fail(fmt::format("damaged gzip data ({})", message));
  }
  return static_cast<std::size_t>(count);
}

std::vector<std::uint8_t> InputFile::read(std::uint64_t count) {
  std::vector<std::uint8_t> bytes;
  while (bytes.size() < count) {
    const std::size_t have = bytes.size();
    // Doubling keeps copies few; starting small keeps a false claim cheap.
    const std::uint64_t want = std::min<std::uint64_t>(count - have, std::max(have, kChunkBytes));
    const auto step =
        static_cast<std::size_t>(std::min<std::uint64_t>(want, std::uint64_t{1} << 30));
    bytes.resize(have + step);
    const std::size_t got = read_some(std::span(bytes).subspan(have));
    if (got < step) {
      fail(fmt::format("ends early: {} bytes expected, {} there", count, have + got));
    }
  }
  return bytes;
}

std::vector<std::uint8_t> InputFile::read_all() {
  std::vector<std::uint8_t> bytes;
  for (;;) {
    const std::size_t have = bytes.size();
    bytes.resize(have + kChunkBytes);
    const std::size_t got = read_some(std::span(bytes).subspan(have));
    bytes.resize(have + got);
    if (got == 0) return bytes;
  }
}

void InputFile::expect_end() {
  std::uint8_t byte = 0;
  if (read_some({&byte, 1}) != 0) fail("has more bytes than its header says");
}

std::int64_t checked_elements(const InputFile& file, std::span<const std::int64_t> shape,
                              std::int64_t element_bytes) {
  std::int64_t elements = 1;
  std::int64_t bytes = element_bytes;
  for (const std::int64_t length : shape) {
    if (length < 0) file.fail(fmt::format("negative length {} in its shape", length));
    // A zero anywhere makes the array empty, but the other lengths must still be sane.
    if (__builtin_mul_overflow(bytes, std::max<std::int64_t>(length, 1), &bytes)) {
      file.fail("shape with more elements than can be addressed");
    }
    elements *= length;
  }
  return elements;
}

}  // namespace systerm
