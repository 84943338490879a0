// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/worker_threads.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace systerm {

std::size_t hardware_threads() { return std::max(1U, std::thread::hardware_concurrency()); }

void for_each_piece(std::size_t pieces, std::size_t threads,
                    const std::function<void(std::size_t worker, std::size_t piece)>& work) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  std::size_t failed_piece = pieces;
  const auto run = [&](std::size_t worker) {
    for (std::size_t piece; (piece = next++) < pieces;) {
      try {
        work(worker, piece);
      } catch (...) {
        next = pieces;
        const std::lock_guard lock(mutex);
        if (piece < failed_piece) {
          failed_piece = piece;
          failure = std::current_exception();
        }
      }
    }
  };
  std::vector<std::thread> others;
  for (std::size_t worker = 1; worker < std::min(threads, pieces); ++worker) {
    others.emplace_back(run, worker);
  }
  run(0);
  for (std::thread& other : others) other.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace systerm
