// SPDX-License-Identifier: Apache-2.0
#include "model/design/dram_fields.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "model/design/dram_preset.h"
#include "model/design/dram_standard_fields.h"

namespace systerm {

void dram_model_field(Mapping& mapping, DramConfig& dram) {
  if (mapping.has("preset")) dram.model = DramModel::kBanks;
  mapping.choice("model", dram.model, kDramModelNames);
}

void dram_model_field(MappingWriter& writer, const DramConfig& dram) {
  writer.choice("model", dram.model, kDramModelNames);
}

void dram_model_field(SchemaWriter& form, const DramConfig& dram) {
  form.choice("model", dram.model, kDramModelNames);
}

void dram_preset_field(Mapping& mapping, DramConfig& dram) {
  const Node reference = mapping.require("preset", "the name or the path of a DRAM preset");
  dram.preset = reference.is_scalar() ? reference.tree()->text : "";
  dram.standard = read_dram_preset(reference);
  if (!dram.standard) return;
  dram.bytes = dram.standard->bytes();
  dram.bytes_per_second = dram.standard->peak_bytes_per_second();
  dram.access_bytes = static_cast<int>(dram.standard->burst_bytes());
}

void dram_preset_field(MappingWriter& writer, const DramConfig& dram) {
  const auto& names = dram_preset_names();
  if (std::ranges::find(names, dram.preset) != names.end()) {
    writer.text("preset", dram.preset);
  } else {
    writer.section("preset",
                   [&](MappingWriter& below) { write_dram_standard(below, *dram.standard); });
  }
}

void dram_preset_field(SchemaWriter& form, const DramConfig&) {
  using Json = nlohmann::ordered_json;
  form.any_of("preset", std::array<Json, 2>{
                            Json{{"type", "string"},
                                 {"description", "name or path of a DRAM preset"},
                                 {"examples", dram_preset_names()}},
                            Json{{"type", "object"}, {"description", "the standard written out"}}});
}

}  // namespace systerm
