// SPDX-License-Identifier: Apache-2.0
#include "components/dram/named_factories.h"
#include "components/dram/policies.h"

namespace systerm {

namespace {

NamedFactories<DramScheduler>& schedulers() {
  static NamedFactories<DramScheduler> factories(
      "DRAM scheduler", {{"frfcfs", make_frfcfs_scheduler}, {"strict", make_strict_scheduler}});
  return factories;
}

NamedFactories<WriteBatching>& write_batchings() {
  static NamedFactories<WriteBatching> factories(
      "write batching",
      {{"none", make_no_write_batching}, {"watermark", make_watermark_write_batching}});
  return factories;
}

}  // namespace

std::vector<std::string> dram_scheduler_names() { return schedulers().names(); }

std::unique_ptr<const DramScheduler> make_dram_scheduler(std::string_view name) {
  return schedulers().make(name);
}

void register_dram_scheduler(std::string name,
                             std::function<std::unique_ptr<const DramScheduler>()> factory) {
  schedulers().add(std::move(name), std::move(factory));
}

std::vector<std::string> write_batching_names() { return write_batchings().names(); }

std::unique_ptr<const WriteBatching> make_write_batching(std::string_view name) {
  return write_batchings().make(name);
}

void register_write_batching(std::string name,
                             std::function<std::unique_ptr<const WriteBatching>()> factory) {
  write_batchings().add(std::move(name), std::move(factory));
}

}  // namespace systerm
