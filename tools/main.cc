// The program: reads the command line and the settings, and runs one command.
#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <optional>

#include "tools/commands/command.h"
#include "tools/hardening.h"

namespace {

using tools::Command;

struct CommandLine {
  bool sandbox = false;
  std::string workspace;
  std::int64_t result_bytes = 0;
  std::string offer;
  Command command = tools::serve_stdio;
  bool tolerant = false;  // of a configuration that cannot be read
};

struct NamedCommand {
  const char* name;
  const char* summary;
  Command (*add)(CLI::App&);
  bool tolerant = false;
};

constexpr NamedCommand commands[] = {
    {"call", "Run one tool from a shell", tools::call_command},
    {"serve", "MCP over HTTP", tools::serve_command},
    {"token", "Who may call `serve`", tools::token_command, true},
    {"login", "Get a key from OpenRouter in the browser", tools::login_command},
    {"logout", "Forget that key", tools::logout_command, true},
    {"doctor", "What is configured, what answers, what mends it", tools::doctor_command, true},
    {"install", "Add this program to a client of MCP", tools::install_command},
    {"uninstall", "Take it out of a client again", tools::uninstall_command, true},
    {"usage", "What was spent, and what is left of the budgets", tools::usage_command},
};

void describe(CLI::App& app, CommandLine& line) {
  app.description(
      "Patchbay: every AI model and every agent inside your coding agent.\n"
      "Without a command it is an MCP server over stdin and stdout.");
  app.set_version_flag("--version", std::string("patchbay ") + tools::version);
  app.add_flag("--sandbox", line.sandbox, "models and agents of the program itself; no key");
  app.add_option("--workspace", line.workspace, "the folder whose files may be sent with a call")
      ->type_name("FOLDER")
      ->check(CLI::ExistingDirectory);
  app.add_option("--result-bytes", line.result_bytes, "show no more of an answer than that")
      ->type_name("N")
      ->check(CLI::Range(512, 100'000));
  app.add_option("--tools", line.offer, "offer an agent only what looks up these")
      ->check(CLI::IsMember({"all", "models", "agents"}));
  app.footer(
      "Environment: OPENROUTER_API_KEY, TAKO_KEY, OPENROUTER_BASE_URL, TAKOAPI_BASE_URL\n"
      "Examples:\n"
      "  patchbay install claude-code\n"
      "  patchbay --sandbox call invoke '{\"target\":\"sandbox/echo\",\"prompt\":\"hi\"}'");
  app.require_subcommand(0, 1);
  for (const NamedCommand& each : commands) {
    CLI::App* sub = app.add_subcommand(each.name, each.summary);
    sub->parse_complete_callback([&line, &each, command = each.add(*sub)] {
      line.command = command;
      line.tolerant = each.tolerant;
    });
  }
}

// The status to end with where the command line asks for no more than a text, or is none. The
// library has a number of its own for each mistake; here they are all bad usage.
std::optional<int> ended_by(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& end) {
    return app.exit(end) == 0 ? 0 : 2;
  }
}

// A coding agent starts the program many times a day: one thread's heap is enough for all, and what
// a large answer took goes back to the system.
void keep_memory_small() {
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_TRIM_THRESHOLD, 256 * 1024);
  mallopt(M_MMAP_THRESHOLD, 256 * 1024);
}

// Where one of them is closed, the next file opened would take its number, and the protocol would
// be read from it or written to it.
void hold_standard_descriptors() {
  for (int fd : {0, 1, 2}) {
    if (::fcntl(fd, F_GETFD) < 0) ::open("/dev/null", O_RDWR);
  }
}

// Each call in flight holds about three descriptors, and 256 may be in flight.
void allow_many_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 16'384);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int run(const CommandLine& line) {
  const auto read = line.tolerant ? tools::read_what_can_be_read : tools::read_settings;
  tools::Settings settings = read(tools::process_environment());
  for (const tools::NamedKey& key : settings.keys) tools::wipe_variable(key.variable);
  if (!line.workspace.empty()) settings.workspace = std::filesystem::canonical(line.workspace);
  if (line.result_bytes > 0) {
    settings.result_bytes = std::min(settings.result_bytes, line.result_bytes);
  }
  if (const auto offer = tools::offer_named(line.offer)) {
    settings.offer = *offer;
    settings.offer_given = true;
  }
  tools::Program program(std::move(settings), line.sandbox);
  return line.command(program);
}

}  // namespace

int main(int argc, char** argv) {
  hold_standard_descriptors();
  tools::keep_memory_private();
  keep_memory_small();
  allow_many_files();
  std::signal(SIGPIPE, SIG_IGN);
  try {
    CommandLine line;
    CLI::App app;
    if (argc > 1) {
      describe(app, line);
      if (const auto status = ended_by(app, argc, argv)) return *status;
    }
    return run(line);
  } catch (const std::exception& error) {
    fmt::print(stderr, "patchbay: {}\n", error.what());
    return 2;
  }
}
