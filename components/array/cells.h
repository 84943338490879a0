// SPDX-License-Identifier: Apache-2.0
// The cells that come with the project; each in a file of its own.
#pragma once

#include <memory>

#include "components/array/cell.h"

namespace systerm {

std::unique_ptr<const Cell> make_bit_serial_cell();
std::unique_ptr<const Cell> make_bl_cell();
std::unique_ptr<const Cell> make_fmac_cell();
std::unique_ptr<const Cell> make_il_cell();
std::unique_ptr<const Cell> make_mx_cell();
std::unique_ptr<const Cell> make_pmac_cell();
std::unique_ptr<const Cell> make_tmac_cell();

}  // namespace systerm
