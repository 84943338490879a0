// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/durable_file.h"

#include <cerrno>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace systerm {
namespace {

[[noreturn]] void fail(std::string_view what, const std::filesystem::path& path, int error) {
  throw StoreError(fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(error)));
}

class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags)
      : descriptor_(open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (descriptor_ >= 0) close(descriptor_);
  }

  explicit operator bool() const { return descriptor_ >= 0; }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

/// 0, or the error.
int write_and_sync(const std::filesystem::path& path, std::string_view text) {
  const Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (!file) return errno;
  while (!text.empty()) {
    const ssize_t written = write(file.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return fsync(file.get()) == 0 ? 0 : errno;
}

std::filesystem::path unfinished(std::filesystem::path path) {
  path += ".partial";
  return path;
}

}  // namespace

void write_durably(const std::filesystem::path& path, std::string_view text) {
  const std::filesystem::path partial = unfinished(path);
  int error = write_and_sync(partial, text);
  if (error == 0 && rename(partial.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) {
    unlink(partial.c_str());
    fail("write", path, error);
  }
  const std::filesystem::path parent = path.has_parent_path() ? path.parent_path() : ".";
  const Descriptor folder(parent, O_RDONLY | O_DIRECTORY);
  if (!folder || fsync(folder.get()) != 0) fail("write", parent, errno);
}

void remove_unfinished(const std::filesystem::path& path) {
  std::error_code ignored;  // if it stays, it is overwritten
  std::filesystem::remove(unfinished(path), ignored);
}

std::optional<std::string> read_whole(const std::filesystem::path& path) {
  const Descriptor file(path, O_RDONLY);
  if (!file && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  struct stat status {};
  if (!file || fstat(file.get(), &status) != 0) fail("read", path, errno);
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t bytes = read(file.get(), text.data() + done, text.size() - done);
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0) fail("read", path, errno);
    if (bytes == 0) break;
    done += static_cast<std::size_t>(bytes);
  }
  text.resize(done);
  return text;
}

void make_folder(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) fail("create", path, error.value());
}

}  // namespace systerm
