// SPDX-License-Identifier: Apache-2.0
#include "components/dram/controller.h"

#include <stdexcept>

#include <fmt/format.h>

#include "components/dram/batched_controller.h"
#include "components/dram/stepped_controller.h"

namespace systerm {

namespace {

template <typename Combine>
void combine(DramCounts& a, const DramCounts& b, Combine apply) {
  for (std::size_t i = 0; i < kDramCommands; ++i) apply(a.commands[i], b.commands[i]);
  apply(a.automatic_precharges, b.automatic_precharges);
  apply(a.row_hits, b.row_hits);
  apply(a.active_standby_cycles, b.active_standby_cycles);
  apply(a.precharge_standby_cycles, b.precharge_standby_cycles);
  for (std::size_t i = 0; i < kBusUses; ++i) apply(a.bus_cycles[i], b.bus_cycles[i]);
}

}  // namespace

DramCounts& DramCounts::operator+=(const DramCounts& other) {
  combine(*this, other, [](std::int64_t& x, std::int64_t y) { x += y; });
  return *this;
}

DramCounts& DramCounts::operator-=(const DramCounts& other) {
  combine(*this, other, [](std::int64_t& x, std::int64_t y) { x -= y; });
  return *this;
}

std::string controller_config_error(const DramControllerConfig& config) {
  const auto scheduler = make_dram_scheduler(config.scheduler);
  const auto batching = make_write_batching(config.write_batching);
  if (config.queue_entries < 1) return "a queue holds at least one burst";
  if (scheduler->in_order() && batching->reorders()) {
    return fmt::format(
        "write batching {} lets reads overtake writes, scheduler {} keeps the order; use write "
        "batching none, or scheduler frfcfs",
        config.write_batching, config.scheduler);
  }
  return "";
}

namespace {

template <typename Controller>
std::unique_ptr<DramController> make(std::shared_ptr<const DramStandard> standard,
                                     const AddressMapping& mapping,
                                     const DramControllerConfig& config) {
  const std::string error = controller_config_error(config);
  if (!error.empty()) throw std::invalid_argument(error);
  return std::make_unique<Controller>(std::move(standard), mapping, config);
}

}  // namespace

std::unique_ptr<DramController> make_dram_controller(std::shared_ptr<const DramStandard> standard,
                                                     const AddressMapping& mapping,
                                                     const DramControllerConfig& config) {
  return make<BatchedController>(std::move(standard), mapping, config);
}

std::unique_ptr<DramController> make_stepped_dram_controller(
    std::shared_ptr<const DramStandard> standard, const AddressMapping& mapping,
    const DramControllerConfig& config) {
  return make<SteppedController>(std::move(standard), mapping, config);
}

}  // namespace systerm
