// SPDX-License-Identifier: Apache-2.0
#include "model/cli/stop_signals.h"

#include <csignal>
#include <cstring>
#include <initializer_list>

#include <unistd.h>

namespace systerm {
namespace {

volatile std::sig_atomic_t stops = 0;
const char* stop_notice = "";

void note_stop(int signal) {
  stops = stops + 1;
  if (stops > 1) {
    // With the default action again, from here on nothing holds it up.
    std::signal(signal, SIG_DFL);
    raise(signal);
    return;
  }
  [[maybe_unused]] const ssize_t written =
      write(STDERR_FILENO, stop_notice, std::strlen(stop_notice));
}

}  // namespace

StopSignals::StopSignals(const char* notice) {
  stop_notice = notice;
  struct sigaction action {};
  action.sa_handler = note_stop;
  sigemptyset(&action.sa_mask);
  sigset_t blocked;
  sigemptyset(&blocked);
  for (const int signal : {SIGINT, SIGTERM}) {
    sigaction(signal, &action, nullptr);
    sigaddset(&blocked, signal);
  }
  sigprocmask(SIG_BLOCK, &blocked, &before_);
}

StopSignals::~StopSignals() {
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, SIG_DFL);
  sigprocmask(SIG_SETMASK, &before_, nullptr);
}

bool StopSignals::stop_requested() { return stops > 0; }

bool StopSignals::let_in() const {
  sigset_t blocked;
  sigprocmask(SIG_SETMASK, &before_, &blocked);
  sigprocmask(SIG_SETMASK, &blocked, nullptr);
  return stop_requested();
}

}  // namespace systerm
