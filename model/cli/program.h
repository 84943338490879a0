// SPDX-License-Identifier: Apache-2.0
// Which program this is.
#pragma once

#include <string>

namespace systerm {

/// "systerm 0.1.0", as in the provenance of results.
std::string program_name();

/// Changes with every build that is not the same program: the content hash of the running binary.
/// Throws std::runtime_error if it cannot be read.
std::string program_digest();

}  // namespace systerm
