// SPDX-License-Identifier: Apache-2.0
#include "model/cli/vocabulary.h"

#include "workloads/zoo/network_zoo.h"

namespace systerm {

Vocabulary program_vocabulary() {
  Vocabulary vocabulary = built_in_vocabulary();
  vocabulary.networks = network_names();
  vocabulary.design_folders = {"configs/designs", SYSTERM_DESIGN_FOLDER};
  vocabulary.check_precision = [](const Precision& precision) {
    make_format(precision.format, precision.parameters);
  };
  return vocabulary;
}

}  // namespace systerm
