// SPDX-License-Identifier: Apache-2.0
// Blocking-transport sockets that hold both sides to the base protocol: process context, time that
// does not run backwards, a status that was set. A payload with an error status ends the
// simulation.
#pragma once

#include <cstdint>
#include <systemc>
#include <tlm>

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

namespace systerm {

/// One payload with one sticky extension, reused for every transaction of an initiator.
template <typename Extension>
class ReusedPayload {
 public:
  ReusedPayload() { payload_.set_extension(&extension_); }
  ~ReusedPayload() { payload_.clear_extension(&extension_); }
  ReusedPayload(const ReusedPayload&) = delete;
  ReusedPayload& operator=(const ReusedPayload&) = delete;

  Extension& extension() { return extension_; }
  tlm::tlm_generic_payload& prepare(tlm::tlm_command command, std::uint64_t address,
                                    unsigned char* data, std::uint64_t length) {
    payload_.set_command(command);
    payload_.set_address(address);
    payload_.set_data_ptr(data);
    payload_.set_data_length(static_cast<unsigned>(length));
    payload_.set_streaming_width(static_cast<unsigned>(length));
    payload_.set_byte_enable_ptr(nullptr);
    payload_.set_dmi_allowed(false);
    payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    return payload_;
  }

 private:
  tlm::tlm_generic_payload payload_;
  Extension extension_;
};

void report_protocol_error(const char* socket, const char* message);
void report_error_response(const char* socket, const tlm::tlm_generic_payload& payload);

/// Owner is the module that calls; bound by the platform.
template <typename Owner, unsigned Width = 32>
class InitiatorSocket final : public tlm_utils::simple_initiator_socket<Owner, Width> {
 public:
  using tlm_utils::simple_initiator_socket<Owner, Width>::simple_initiator_socket;

  /// Returns the annotated delay, from the current time, at which the transaction is complete.
  sc_core::sc_time transport(tlm::tlm_generic_payload& payload,
                             sc_core::sc_time delay = sc_core::SC_ZERO_TIME) {
    const sc_core::sc_time before = sc_core::sc_time_stamp() + delay;
    (*this)->b_transport(payload, delay);
    if (sc_core::sc_time_stamp() + delay < before) {
      report_protocol_error(this->name(), "the target let time run backwards");
    }
    if (payload.get_response_status() != tlm::TLM_OK_RESPONSE) {
      report_error_response(this->name(), payload);
    }
    return delay;
  }
};

/// Calls `Owner::*handler` and checks what it leaves behind.
template <typename Owner, unsigned Width = 32,
          sc_core::sc_port_policy Policy = sc_core::SC_ONE_OR_MORE_BOUND>
class TargetSocket final
    : public tlm_utils::simple_target_socket_b<TargetSocket<Owner, Width, Policy>, Width,
                                               tlm::tlm_base_protocol_types, Policy> {
  using Base = tlm_utils::simple_target_socket_b<TargetSocket<Owner, Width, Policy>, Width,
                                                 tlm::tlm_base_protocol_types, Policy>;

 public:
  using Handler = void (Owner::*)(tlm::tlm_generic_payload&, sc_core::sc_time&);

  TargetSocket(const char* name, Owner* owner, Handler handler)
      : Base(name), owner_(owner), handler_(handler) {
    this->register_b_transport(this, &TargetSocket::receive);
  }

 private:
  void receive(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    (owner_->*handler_)(payload, delay);
    if (payload.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE) {
      report_protocol_error(this->name(), "the target left the response status unset");
    }
  }

  Owner* owner_;
  Handler handler_;
};

}  // namespace systerm
