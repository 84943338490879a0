// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/worker_threads.h"

#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace systerm {
namespace {

TEST(ForEachPiece, DoesEveryPieceOnceOnWorkersOfItsOwn) {
  for (const std::size_t threads : {1, 2, 7}) {
    std::vector<std::atomic<int>> done(100);
    std::vector<std::atomic<int>> at_once(threads);
    for_each_piece(done.size(), threads, [&](std::size_t worker, std::size_t piece) {
      ASSERT_LT(worker, threads);
      EXPECT_EQ(at_once[worker]++, 0);
      ++done[piece];
      --at_once[worker];
    });
    for (const auto& count : done) EXPECT_EQ(count, 1);
  }
}

TEST(ForEachPiece, ThrowsTheFailureOfTheLowestPieceAndStops) {
  for (const std::size_t threads : {1, 4}) {
    std::atomic<int> done = 0;
    try {
      for_each_piece(100000, threads, [&](std::size_t, std::size_t piece) {
        ++done;
        if (piece == 20 || piece == 23) throw std::runtime_error(std::to_string(piece));
      });
      FAIL();
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "20");
    }
    EXPECT_LT(done, 100000);
  }
}

TEST(ForEachPiece, HasNothingToDoWithoutPieces) {
  for_each_piece(0, 3, [](std::size_t, std::size_t) { FAIL(); });
}

}  // namespace
}  // namespace systerm
