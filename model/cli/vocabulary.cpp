// SPDX-License-Identifier: Apache-2.0
#include "model/cli/vocabulary.h"

#include "workloads/zoo/network_zoo.h"

namespace systerm {

std::vector<std::string> known_networks() { return network_names(); }

Vocabulary program_vocabulary() {
  Vocabulary vocabulary = registered_vocabulary();
  vocabulary.networks = known_networks();
  vocabulary.design_folders = {"configs/designs", SYSTERM_DESIGN_FOLDER};
  vocabulary.technology_folders = {"configs/technology", SYSTERM_TECHNOLOGY_FOLDER};
  return vocabulary;
}

}  // namespace systerm
