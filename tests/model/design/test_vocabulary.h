// SPDX-License-Identifier: Apache-2.0
// The names known to the tests of this folder.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>

#include "model/design/vocabulary.h"

namespace systerm {

inline Vocabulary test_vocabulary() {
  Vocabulary vocabulary = registered_vocabulary();
  const std::filesystem::path zoo = std::string(SYSTERM_SOURCE_DIR) + "/workloads/zoo";
  for (const auto& file : std::filesystem::directory_iterator(zoo)) {
    if (file.path().extension() == ".yaml") {
      vocabulary.networks.push_back(file.path().stem().string());
    }
  }
  std::sort(vocabulary.networks.begin(), vocabulary.networks.end());
  vocabulary.design_folders = {std::string(SYSTERM_SOURCE_DIR) + "/configs/designs"};
  vocabulary.technology_folders = {std::string(SYSTERM_SOURCE_DIR) + "/configs/technology"};
  return vocabulary;
}

}  // namespace systerm
