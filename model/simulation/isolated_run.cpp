// SPDX-License-Identifier: Apache-2.0
#include "model/simulation/isolated_run.h"

#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

namespace systerm {

using Json = nlohmann::ordered_json;

IsolatedRun::IsolatedRun(const std::function<Json()>& work) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no pipe for a run");
  std::fflush(nullptr);
  child_ = fork();
  if (child_ < 0) throw std::runtime_error("no process for a run");
  if (child_ == 0) {
    close(ends[0]);
    Json answer;
    try {
      answer["result"] = work();
    } catch (const std::exception& error) {
      answer = {{"error", error.what()}};
    }
    // Binary: a result of many layers takes longer to print and to read than to run.
    const std::vector<std::uint8_t> bytes = Json::to_cbor(answer);
    for (std::size_t done = 0; done < bytes.size();) {
      const ssize_t written = write(ends[1], bytes.data() + done, bytes.size() - done);
      if (written <= 0) _exit(1);
      done += static_cast<std::size_t>(written);
    }
    _exit(0);
  }
  close(ends[1]);
  read_end_ = ends[0];
}

Json IsolatedRun::wait() {
  std::vector<std::uint8_t> answered;
  std::vector<std::uint8_t> buffer(1 << 16);
  for (ssize_t bytes = 0; (bytes = read(read_end_, buffer.data(), buffer.size())) > 0;) {
    answered.insert(answered.end(), buffer.begin(), buffer.begin() + bytes);
  }
  close(read_end_);
  int status = 0;
  waitpid(child_, &status, 0);
  if (WIFSIGNALED(status)) {
    throw std::runtime_error(fmt::format("the run was ended by signal {}", WTERMSIG(status)));
  }
  const Json answer = Json::from_cbor(answered, /*strict=*/true, /*allow_exceptions=*/false);
  if (answer.is_discarded()) throw std::runtime_error("the run ended without a result");
  if (answer.contains("error")) throw std::runtime_error(answer["error"].get<std::string>());
  return answer["result"];
}

}  // namespace systerm
