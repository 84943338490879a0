// SPDX-License-Identifier: Apache-2.0
// The built program, run, watched and killed by tests.
#pragma once

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace systerm {

inline std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// The program in the background; killed when the test lets go of it.
class Program {
 public:
  /// `environment` are settings such as LD_PRELOAD=file.
  explicit Program(const std::vector<std::string>& arguments,
                   const std::vector<std::string>& environment = {})
      : output_(std::filesystem::path(testing::TempDir()) /
                ("systerm_output_" + std::to_string(getpid()) + "_" + std::to_string(count_++))) {
    process_ = fork();
    if (process_ != 0) return;
    const int file = open(output_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
    for (const std::string& each : environment) putenv(const_cast<char*>(each.c_str()));
    std::vector<char*> words = {const_cast<char*>(SYSTERM_PROGRAM)};
    for (const std::string& each : arguments) words.push_back(const_cast<char*>(each.c_str()));
    words.push_back(nullptr);
    execv(words[0], words.data());
    _exit(127);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() {
    if (process_ > 0) {
      signal(SIGKILL);
      wait();
    }
    std::filesystem::remove(output_);
  }

  void signal(int number) const { kill(process_, number); }

  /// Exit status; 128 + signal if one ended it.
  int wait() {
    int status = 0;
    waitpid(process_, &status, 0);
    process_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  bool has_ended() {
    int status = 0;
    if (process_ > 0 && waitpid(process_, &status, WNOHANG) == process_) process_ = -1;
    return process_ < 0;
  }

  pid_t process() const { return process_; }
  /// Standard output and error so far.
  std::string output() const { return file_text(output_); }

 private:
  static inline int count_ = 0;

  std::filesystem::path output_;
  pid_t process_ = -1;
};

struct ProgramOutcome {
  int status;
  std::string output;
};

inline ProgramOutcome run_program(const std::vector<std::string>& arguments,
                                  const std::vector<std::string>& environment = {}) {
  Program program(arguments, environment);
  const int status = program.wait();
  return {status, program.output()};
}

/// A store and the sweep that fills it.
struct StoredSweep {
  std::filesystem::path folder;

  std::string store(const std::string& name = "store") const { return (folder / name).string(); }
  std::string file() const { return (folder / "sweep.yaml").string(); }

  std::vector<std::string> run(const std::vector<std::string>& more = {},
                               const std::string& store_name = "store") const {
    std::vector<std::string> words = {"sweep", "run", file(), "--store", store(store_name)};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  /// All exports of the store, one after the other.
  std::string exported(const std::string& store_name = "store") const {
    const std::string base = (folder / "export").string();
    const auto outcome =
        run_program({"sweep", "export", "--store", store(store_name), "--csv", base + ".csv",
                     "--json", base + ".json", "--sqlite", base + ".sqlite", "--layers"});
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    return file_text(base + ".csv") + file_text(base + ".layers.csv") + file_text(base + ".json") +
           file_text(base + ".sqlite");
  }

  std::vector<std::filesystem::path> files(const std::string& below,
                                           const std::string& extension) const {
    std::vector<std::filesystem::path> found;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(folder / "store" / below)) {
      if (entry.path().extension() == extension) found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    return found;
  }
};

}  // namespace systerm
