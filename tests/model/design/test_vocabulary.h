// SPDX-License-Identifier: Apache-2.0
// The names known to the tests of this folder.
#pragma once

#include <string>

#include "model/design/vocabulary.h"

namespace systerm {

inline Vocabulary test_vocabulary() {
  Vocabulary vocabulary = registered_vocabulary();
  vocabulary.networks = {"efficientnet_b0",    "lenet5",       "llama_7b",
                         "mlp_784_512_512_10", "mobilenet_v2", "resnet18",
                         "resnet20",           "resnet50",     "vgg16"};
  vocabulary.design_folders = {std::string(SYSTERM_SOURCE_DIR) + "/configs/designs"};
  vocabulary.technology_folders = {std::string(SYSTERM_SOURCE_DIR) + "/configs/technology"};
  return vocabulary;
}

}  // namespace systerm
