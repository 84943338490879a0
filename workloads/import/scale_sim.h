// SPDX-License-Identifier: Apache-2.0
// Networks as lists of layer sizes: SCALE-Sim's topology files and GEMMs written out one by one.
// The layers are independent: each reads an input of its own, and none has weights.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/import/import_error.h"
#include "workloads/network/network.h"

namespace systerm {

/// Products of m vectors of length k with n filters, `groups` of them side by side.
struct GemmSize {
  std::string name;
  std::int64_t m = 1;
  std::int64_t k = 1;
  std::int64_t n = 1;
  std::int64_t groups = 1;
};

/// One "gemm" layer each. Throws ImportError for sizes below 1, more than 2^63 multiplications, an
/// empty list, or a name that is empty or used twice.
Network gemm_network(std::string name, const std::vector<GemmSize>& gemms);

/// Reads a topology file. Its header tells the form:
///   Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter,
///   Strides Layer, M, N, K
/// A trailing comma is allowed, and the strides may be left out. Convolutions have no padding;
/// their output extent is ceil((ifmap - filter + stride) / stride), where the last window may reach
/// beyond the input (it reads zeros there). A batch multiplies images, or M. Throws ImportError
/// with file:line:column.
Network import_scale_sim(const std::filesystem::path& file, std::int64_t batch = 1);
/// The same for text; `file` is for messages.
Network parse_scale_sim(std::string_view text, const std::string& file, std::int64_t batch = 1);

}  // namespace systerm
