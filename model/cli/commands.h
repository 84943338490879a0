// SPDX-License-Identifier: Apache-2.0
// The verbs of the program; each adds itself to the command line.
#pragma once

namespace CLI {
class App;
}

namespace systerm {

void add_check_command(CLI::App& app);
void add_encode_command(CLI::App& app);
void add_import_command(CLI::App& app);
void add_list_command(CLI::App& app);
void add_run_command(CLI::App& app);

}  // namespace systerm
