// SPDX-License-Identifier: Apache-2.0
// The SystemC library brings a main of its own that would win over GoogleTest's, and demands
// sc_main.
#include <systemc>

#include <gtest/gtest.h>

int sc_main(int, char**) { return 0; }

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
