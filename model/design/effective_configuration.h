// SPDX-License-Identifier: Apache-2.0
// Everything that determines a run, written out: what was given and what was left to defaults.
#pragma once

#include <string>

#include "model/design/design.h"
#include "model/design/experiment.h"
#include "model/design/vocabulary.h"

namespace systerm {

/// The experiment with its whole design as YAML with units, in a fixed order. Keys without effect
/// are left out. Read again, it gives the same experiment.
std::string effective_configuration(const Experiment& experiment, const Vocabulary& vocabulary);

/// The same for a design alone.
std::string effective_configuration(const Design& design);

/// Content hash of the effective configuration: 32 hexadecimal digits, FNV-1a of 128 bits.
std::string configuration_hash(const Experiment& experiment, const Vocabulary& vocabulary);

/// The part of an experiment that determines the answers of its network under its main precision
/// plan: workload, precision, calibration and seed; nothing of the hardware.
std::string arithmetic_configuration(const Experiment& experiment, const Vocabulary& vocabulary);

/// A precision plan as a file that an experiment can include.
std::string precision_document(const PrecisionPlan& plan, const Vocabulary& vocabulary);

}  // namespace systerm
