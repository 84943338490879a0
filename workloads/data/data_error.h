// SPDX-License-Identifier: Apache-2.0
// What every reader of data files throws; the message names the file.
#pragma once

#include <stdexcept>

namespace systerm {

class DataError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace systerm
