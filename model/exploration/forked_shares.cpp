// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/forked_shares.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <stdexcept>
#include <string_view>
#include <thread>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace systerm {
namespace {

/// Fewer than that take no longer than a fork.
constexpr std::size_t kLeastPerShare = 64;

struct Share {
  std::size_t begin = 0;
  std::size_t end = 0;
};

using ShareWork = std::function<void(std::size_t share)>;

std::vector<Share> shares_of(std::size_t count) {
  const std::size_t processors = std::max(1U, std::thread::hardware_concurrency());
  std::vector<Share> shares(std::clamp<std::size_t>(count / kLeastPerShare, 1, processors));
  for (std::size_t i = 0; i < shares.size(); ++i) {
    shares[i] = {count * i / shares.size(), count * (i + 1) / shares.size()};
  }
  return shares;
}

[[noreturn]] void run_child(std::size_t share, const ShareWork& work, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(EXIT_FAILURE);
  try {
    work(share);
  } catch (const std::exception&) {
    _exit(EXIT_FAILURE);
  }
  _exit(EXIT_SUCCESS);
}

bool ended_well(pid_t process) {
  if (process < 0) return false;
  int status = 0;
  while (waitpid(process, &status, 0) < 0) {
    if (errno != EINTR) return false;
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

/// The shares whose child has not ended well; all if a child is not worth it.
std::vector<std::size_t> run_in_children(const std::vector<Share>& shares, const ShareWork& work) {
  if (shares.back().end < kLeastPerShare) return {0};
  std::fflush(nullptr);
  const pid_t parent = getpid();
  std::vector<pid_t> children;
  for (std::size_t share = 0; share < shares.size(); ++share) {
    children.push_back(fork());
    if (children.back() == 0) run_child(share, work, parent);
  }
  std::vector<std::size_t> left;
  for (std::size_t share = 0; share < shares.size(); ++share) {
    if (!ended_well(children[share])) left.push_back(share);
  }
  return left;
}

/// Without a name or a place on disk.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(memfd_create("share", MFD_CLOEXEC)) {
    if (descriptor_ < 0) throw std::runtime_error("no memory file");
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { close(descriptor_); }

  void write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) throw std::runtime_error("memory file: no space");
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  std::string read() const {
    struct stat status {};
    fstat(descriptor_, &status);
    std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
    for (std::size_t done = 0; done < bytes.size();) {
      const ssize_t count =
          pread(descriptor_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) throw std::runtime_error("memory file: cannot be read");
      done += static_cast<std::size_t>(count);
    }
    return bytes;
  }

 private:
  int descriptor_;
};

}  // namespace

std::shared_ptr<void> shared_memory(std::size_t bytes) {
  bytes = std::max<std::size_t>(bytes, 1);
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return {memory, [bytes](void* mapped) { munmap(mapped, bytes); }};
}

void work_in_forked_shares(std::size_t count,
                           const std::function<void(std::size_t, std::size_t)>& work) {
  const std::vector<Share> shares = shares_of(count);
  const auto work_on = [&](std::size_t share) { work(shares[share].begin, shares[share].end); };
  for (const std::size_t share : run_in_children(shares, work_on)) work_on(share);
}

std::vector<std::string> bytes_of_forked_shares(
    std::size_t count, const std::function<std::string(std::size_t, std::size_t)>& work) {
  const std::vector<Share> shares = shares_of(count);
  const std::vector<MemoryFile> files(shares.size());
  const auto bytes_of = [&](std::size_t share) {
    return work(shares[share].begin, shares[share].end);
  };
  const std::vector<std::size_t> left =
      run_in_children(shares, [&](std::size_t share) { files[share].write(bytes_of(share)); });
  std::vector<std::string> bytes(shares.size());
  for (std::size_t share = 0; share < shares.size(); ++share) {
    const bool is_left = std::find(left.begin(), left.end(), share) != left.end();
    bytes[share] = is_left ? bytes_of(share) : files[share].read();
  }
  return bytes;
}

}  // namespace systerm
