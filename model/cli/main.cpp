// SPDX-License-Identifier: Apache-2.0
// The program `systerm`.
#include <exception>
#include <systemc>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "model/cli/commands.h"
#include "model/version.h"

// The SystemC library refers to it; simulations are started from the verbs.
int sc_main(int, char**) { return 0; }

int main(int argc, char** argv) {
  CLI::App app{"Systerm: transaction-level model of low-precision DNN accelerators", "systerm"};
  app.set_version_flag("--version", systerm::kVersion);
  app.require_subcommand(1);
  systerm::add_run_command(app);
  systerm::add_check_command(app);
  systerm::add_import_command(app);
  systerm::add_encode_command(app);
  systerm::add_list_command(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "systerm: {}\n", error.what());
    return 1;
  }
  return 0;
}
