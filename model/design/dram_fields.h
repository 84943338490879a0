// SPDX-License-Identifier: Apache-2.0
// The keys of a design's section `dram`: a model by name, and the keys that belong to it.
#pragma once

#include <array>
#include <cstdint>

#include "components/dram/dram_config.h"
#include "components/dram/scheduler.h"
#include "components/dram/write_batching.h"
#include "workloads/document/mapping.h"
#include "workloads/document/mapping_writer.h"
#include "workloads/document/schema_writer.h"

namespace systerm {

inline constexpr std::array<Choice<DramModel>, 2> kDramModelNames = {
    {{"simple", DramModel::kSimple}, {"banks", DramModel::kBanks}}};
inline constexpr std::array<Choice<PagePolicy>, 2> kPagePolicyNames = {
    {{"open", PagePolicy::kOpen}, {"closed", PagePolicy::kClosed}}};

inline constexpr std::int64_t kMaxDramBytes = std::int64_t{1} << 44;

/// A preset implies the model with banks.
void dram_model_field(Mapping& mapping, DramConfig& dram);
void dram_model_field(MappingWriter& writer, const DramConfig& dram);
void dram_model_field(SchemaWriter& form, const DramConfig& dram);
/// The standard, by name or file or written out; what the other units see of it is set as well. A
/// standard that is not built in is written out, so that nothing depends on its file.
void dram_preset_field(Mapping& mapping, DramConfig& dram);
void dram_preset_field(MappingWriter& writer, const DramConfig& dram);
void dram_preset_field(SchemaWriter& form, const DramConfig& dram);

template <typename Form, typename Config>
void simple_dram_fields(Form& form, Config& dram) {
  const bool simple = dram.model == DramModel::kSimple;
  const auto applies = [&](const char* key) {
    return form.applies(key, simple,
                        "has no effect with model: banks, where the preset gives it; remove it");
  };
  if (applies("size")) {
    form.bytes("size", dram.bytes, {.minimum = 1 << 20, .maximum = kMaxDramBytes});
  }
  if (applies("bandwidth")) {
    form.quantity("bandwidth", dram.bytes_per_second, Unit::kBytesPerSecond,
                  {.minimum = 1e6, .maximum = 1e14});
  }
  if (applies("latency")) {
    form.quantity("latency", dram.latency_seconds, Unit::kTime, {.minimum = 0.0, .maximum = 1e-3});
  }
  if (applies("access")) {
    form.bytes("access", dram.access_bytes, {.minimum = 1, .maximum = 4096});
  }
}

template <typename Form, typename Config>
void bank_dram_fields(Form& form, Config& dram) {
  const bool banks = dram.model == DramModel::kBanks;
  const auto applies = [&](const char* key) {
    return form.applies(key, banks, "has no effect with model: simple; give a preset instead");
  };
  if (applies("preset")) dram_preset_field(form, dram);
  if (applies("mapping")) form.text("mapping", dram.mapping);
  if (applies("scheduler")) {
    form.name("scheduler", dram.controller.scheduler, dram_scheduler_names());
  }
  if (applies("page_policy")) {
    form.choice("page_policy", dram.controller.page_policy, kPagePolicyNames);
  }
  if (applies("write_batching")) {
    form.name("write_batching", dram.controller.write_batching, write_batching_names());
  }
  if (applies("refresh")) form.boolean("refresh", dram.controller.refresh);
  if (applies("queue_entries")) {
    form.integer("queue_entries", dram.controller.queue_entries, {.minimum = 1, .maximum = 1024});
  }
}

template <typename Form, typename Config>
void dram_fields(Form& form, Config& dram) {
  dram_model_field(form, dram);
  bank_dram_fields(form, dram);
  simple_dram_fields(form, dram);
  form.integer("queue_depth", dram.queue_depth, {.minimum = 1, .maximum = 4096});
}

}  // namespace systerm
