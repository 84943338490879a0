// SPDX-License-Identifier: Apache-2.0
// Independent pieces of work on a few threads. What comes out never depends on their number.
#pragma once

#include <cstddef>
#include <functional>

namespace systerm {

/// As many as the machine runs at once, at least 1.
std::size_t hardware_threads();

/// Calls work(worker, piece) for every piece below `pieces`, each once, on up to `threads` threads;
/// `worker` is below `threads` and no two calls at a time share it. If some throw, no further
/// piece is begun and the exception of the lowest piece is thrown again.
void for_each_piece(std::size_t pieces, std::size_t threads,
                    const std::function<void(std::size_t worker, std::size_t piece)>& work);

}  // namespace systerm
