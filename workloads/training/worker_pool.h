// SPDX-License-Identifier: Apache-2.0
// Threads that stay between pieces of work: a training step has many short ones.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace systerm {

class WorkerPool {
 public:
  using Work = std::function<void(std::size_t piece)>;

  /// The calling thread is one of `threads`; at least 1.
  explicit WorkerPool(std::size_t threads);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  std::size_t threads() const { return others_.size() + 1; }

  /// Calls work(piece) for every piece below `pieces`, each once, and returns when all are done. If
  /// some throw, the exception of the lowest piece is thrown again. What a piece computes must not
  /// depend on the others. Not reentrant.
  void run(std::size_t pieces, const Work& work);

  /// Calls work(first, end) for ranges of at most `grain` of `elements`; the ranges do not depend
  /// on the number of threads.
  void run_ranges(std::size_t elements, std::size_t grain,
                  const std::function<void(std::size_t first, std::size_t end)>& work);

 private:
  void serve();
  void take_pieces(std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;
  std::condition_variable begun_;
  std::condition_variable done_;
  const Work* work_ = nullptr;
  std::size_t pieces_ = 0;
  std::size_t next_ = 0;
  std::size_t open_ = 0;  ///< pieces that have not ended
  std::size_t failed_piece_ = 0;
  std::exception_ptr failure_;
  bool ends_ = false;
  std::vector<std::thread> others_;
};

}  // namespace systerm
