// SPDX-License-Identifier: Apache-2.0
#include "workloads/training/worker_pool.h"

#include <algorithm>
#include <utility>

namespace systerm {

WorkerPool::WorkerPool(std::size_t threads) {
  for (std::size_t i = 1; i < threads; ++i) others_.emplace_back([this] { serve(); });
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  begun_.notify_all();
  for (std::thread& other : others_) other.join();
}

void WorkerPool::take_pieces(std::unique_lock<std::mutex>& lock) {
  while (next_ < pieces_) {
    const std::size_t piece = next_++;
    const Work& work = *work_;
    lock.unlock();
    std::exception_ptr failure;
    try {
      work(piece);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (failure && (!failure_ || piece < failed_piece_)) {
      failure_ = failure;
      failed_piece_ = piece;
    }
    if (--open_ == 0) done_.notify_all();
  }
}

void WorkerPool::serve() {
  std::unique_lock lock(mutex_);
  while (true) {
    begun_.wait(lock, [this] { return ends_ || next_ < pieces_; });
    if (ends_) return;
    take_pieces(lock);
  }
}

void WorkerPool::run(std::size_t pieces, const Work& work) {
  if (pieces == 0) return;
  if (others_.empty() || pieces == 1) {
    for (std::size_t piece = 0; piece < pieces; ++piece) work(piece);
    return;
  }
  std::unique_lock lock(mutex_);
  work_ = &work;
  pieces_ = open_ = pieces;
  next_ = 0;
  begun_.notify_all();
  take_pieces(lock);
  done_.wait(lock, [this] { return open_ == 0; });
  pieces_ = next_ = 0;
  work_ = nullptr;
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void WorkerPool::run_ranges(std::size_t elements, std::size_t grain,
                            const std::function<void(std::size_t first, std::size_t end)>& work) {
  run((elements + grain - 1) / grain,
      [&](std::size_t piece) { work(piece * grain, std::min(elements, (piece + 1) * grain)); });
}

}  // namespace systerm
