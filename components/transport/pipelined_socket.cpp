// SPDX-License-Identifier: Apache-2.0
#include "components/transport/pipelined_socket.h"

#include <algorithm>

#include "components/transport/sockets.h"

namespace systerm {

using sc_core::sc_time;
using sc_core::sc_time_stamp;

PipelinedSocket::PipelinedSocket(const char* name) : simple_initiator_socket(name) {
  register_nb_transport_bw(this, &PipelinedSocket::receive);
}

void PipelinedSocket::issue(tlm::tlm_command command, std::uint64_t address, unsigned char* data,
                            std::uint64_t bytes) {
  tlm::tlm_generic_payload& payload = pool_.take();
  payload.set_command(command);
  payload.set_address(address);
  payload.set_data_ptr(data);
  payload.set_data_length(static_cast<unsigned>(bytes));
  payload.set_streaming_width(static_cast<unsigned>(bytes));
  payload.set_byte_enable_ptr(nullptr);
  payload.set_dmi_allowed(false);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  under_way_.push_back({&payload, false, {}});
  request_open_ = true;
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sc_time delay;
  switch ((*this)->nb_transport_fw(payload, phase, delay)) {
    case tlm::TLM_ACCEPTED:
      break;
    case tlm::TLM_UPDATED:
      if (phase == tlm::END_REQ) {
        end_request(delay);
      } else {
        respond(payload, delay);
        phase = tlm::END_RESP;
        (*this)->nb_transport_fw(payload, phase, delay);
      }
      break;
    case tlm::TLM_COMPLETED:
      respond(payload, delay);
      break;
  }
  while (request_open_) sc_core::wait(request_ended_);
  if (request_end_ > sc_time_stamp()) sc_core::wait(request_end_ - sc_time_stamp());
}

PipelinedSocket::Completion PipelinedSocket::collect_oldest() {
  while (!under_way_.front().has_response) sc_core::wait(responded_);
  const Transaction& oldest = under_way_.front();
  const Completion completion{oldest.done, oldest.payload->get_data_length()};
  oldest.payload->release();
  under_way_.pop_front();
  return completion;
}

tlm::tlm_sync_enum PipelinedSocket::receive(tlm::tlm_generic_payload& payload,
                                            tlm::tlm_phase& phase, sc_time& delay) {
  if (phase == tlm::END_REQ) {
    end_request(delay);
    return tlm::TLM_ACCEPTED;
  }
  if (phase != tlm::BEGIN_RESP) {
    report_protocol_error(name(), "neither END_REQ nor BEGIN_RESP on the backward path");
    return tlm::TLM_ACCEPTED;
  }
  respond(payload, delay);
  return tlm::TLM_COMPLETED;
}

void PipelinedSocket::end_request(const sc_time& delay) {
  request_open_ = false;
  request_end_ = sc_time_stamp() + delay;
  request_ended_.notify(sc_core::SC_ZERO_TIME);
}

void PipelinedSocket::respond(tlm::tlm_generic_payload& payload, const sc_time& delay) {
  if (!payload.is_response_ok()) report_error_response(name(), payload);
  const auto transaction = std::ranges::find(under_way_, &payload, &Transaction::payload);
  if (transaction == under_way_.end()) {
    report_protocol_error(name(), "a response to no transaction under way");
    return;
  }
  transaction->has_response = true;
  transaction->done = sc_time_stamp() + delay;
  // A response ends the request if nothing did before.
  if (request_open_ && &payload == under_way_.back().payload) end_request(sc_core::SC_ZERO_TIME);
  responded_.notify(sc_core::SC_ZERO_TIME);
}

}  // namespace systerm
