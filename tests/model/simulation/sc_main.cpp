// SPDX-License-Identifier: Apache-2.0
#include <systemc>

// The SystemC library refers to it; googletest brings the main function.
int sc_main(int, char**) { return 0; }
