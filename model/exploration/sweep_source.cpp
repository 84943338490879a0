// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/sweep_source.h"

#include "model/design/file_reference.h"
#include "model/exploration/load_sweep.h"

namespace systerm {

SweepManifest find_manifest(const SweepSource& source, const Vocabulary& vocabulary,
                            const ProgramIdentity& program) {
  if (looks_like_path(source.sweep, {".yaml", ".yml"})) {
    return manifest_of(SweepPlan(load_sweep(source.sweep), vocabulary, program));
  }
  return load_manifest(ResultStore(source.store), source.sweep);
}

}  // namespace systerm
