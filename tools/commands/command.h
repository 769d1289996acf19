// A command of the program: one file, one line in the table of `main.cc`.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "tools/program.h"

namespace tools {

// Adds the command's own arguments to its parser and returns what runs it: called with the program
// once the command line has been read; the exit status is its result.
using Command = std::function<int(Program&)>;

// MCP over stdin and stdout; what runs when no command is named.
int serve_stdio(Program& program);
Command call_command(CLI::App& app);
Command serve_command(CLI::App& app);
Command token_command(CLI::App& app);
Command login_command(CLI::App& app);
Command logout_command(CLI::App& app);
Command usage_command(CLI::App& app);
Command doctor_command(CLI::App& app);
Command install_command(CLI::App& app);
Command uninstall_command(CLI::App& app);

}  // namespace tools
