// SPDX-License-Identifier: Apache-2.0
// The names that the program knows, and experiments as text, for tests.
#pragma once

#include <string>

#include "model/design/load_experiment.h"
#include "workloads/zoo/network_zoo.h"

namespace systerm {

inline Vocabulary test_vocabulary() {
  Vocabulary vocabulary = registered_vocabulary();
  vocabulary.networks = network_names();
  vocabulary.design_folders = {SYSTERM_SOURCE_DIR "/configs/designs"};
  vocabulary.technology_folders = {SYSTERM_SOURCE_DIR "/configs/technology"};
  return vocabulary;
}

inline Experiment experiment(const std::string& text) {
  return parse_experiment(text, "test.yaml", test_vocabulary());
}

}  // namespace systerm
