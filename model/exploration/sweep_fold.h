// SPDX-License-Identifier: Apache-2.0
// Makes the table of a sweep from the results in a store.
#pragma once

#include "model/exploration/result_store.h"
#include "model/exploration/sweep_manifest.h"
#include "model/exploration/sweep_table.h"

namespace systerm {

struct FoldedSweep {
  SweepTable points;
  LayerTable layers;
};

/// Reads the results; a file that is not whole counts as missing. Nothing is written.
SweepTable fold(const ResultStore& store, const SweepManifest& manifest);
/// The same with the layers.
FoldedSweep fold_with_layers(const ResultStore& store, const SweepManifest& manifest);

}  // namespace systerm
