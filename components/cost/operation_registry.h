// SPDX-License-Identifier: Apache-2.0
// The operations of logic that units are composed of and technology tables price. A cell that needs
// another one registers it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace systerm {

/// Throws std::invalid_argument if `name` is known already.
void register_operation(std::string name, std::string description);
bool is_operation(std::string_view name);
std::string_view operation_description(std::string_view name);
/// In alphabetical order.
std::vector<std::string> operation_names();

}  // namespace systerm
