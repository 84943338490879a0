// SPDX-License-Identifier: Apache-2.0
#include "components/transport/sockets.h"

#include <fmt/core.h>

namespace systerm {

void report_protocol_error(const char* socket, const char* message) {
  SC_REPORT_ERROR("/systerm/protocol", fmt::format("{}: {}", socket, message).c_str());
}

void report_error_response(const char* socket, const tlm::tlm_generic_payload& payload) {
  SC_REPORT_ERROR("/systerm/protocol",
                  fmt::format("{}: {} at address {:#x}, {} bytes, command {}", socket,
                              payload.get_response_string(), payload.get_address(),
                              payload.get_data_length(), static_cast<int>(payload.get_command()))
                      .c_str());
}

}  // namespace systerm
