// patchbay install, patchbay uninstall: this program among a client's servers, and out again. What
// would be changed is shown, and asked about.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <iostream>
#include <stdexcept>

#include "tools/clients/installation.h"
#include "tools/clients/toml_text.h"
#include "tools/commands/command.h"

namespace tools {
namespace {

using mcp::OrderedJson;

constexpr std::size_t screen = 80;

struct Given {
  std::vector<std::string> clients;
  bool yes = false;
  bool print = false;
  bool edit = false;
  bool replace = false;
  bool can_print = false;  // whether the command has --print
};

void say(const std::string& text) {
  fmt::print("{}\n", text);
  std::fflush(stdout);  // before what a client's own command may print, and before a question
}

// The sandbox keeps its own state below that of the program.
std::string state_folder_of(Program& program) {
  std::string folder = program.settings().state_folder;
  constexpr std::string_view of_sandbox = "/sandbox";
  if (program.sandbox() && folder.ends_with(of_sandbox)) {
    folder.resize(folder.size() - of_sandbox.size());
  }
  return folder;
}

bool is_variable_name(const std::string& name) {
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
         std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

// As this program was started, it is to be started.
Launch launch_of(Program& program) {
  const Settings& settings = program.settings();
  Launch launch;
  launch.program = own_path(process_environment());
  if (program.sandbox()) launch.options.emplace_back("--sandbox");
  if (!settings.workspace.empty()) {
    launch.options.insert(launch.options.end(), {"--workspace", settings.workspace});
  }
  if (settings.offer_given) {
    launch.options.insert(launch.options.end(), {"--tools", name(settings.offer)});
  }
  for (const NamedKey& key : settings.keys) {
    if (is_variable_name(key.variable)) launch.keys.push_back(key.variable);
  }
  std::sort(launch.keys.begin(), launch.keys.end());
  launch.keys.erase(std::unique(launch.keys.begin(), launch.keys.end()), launch.keys.end());
  for (const char* name : {"OPENROUTER_BASE_URL", "TAKOAPI_BASE_URL", "XDG_CONFIG_HOME",
                           "XDG_STATE_HOME", "DBUS_SESSION_BUS_ADDRESS"}) {
    if (process_environment()(name)) launch.others.emplace_back(name);
  }
  return launch;
}

// As a shell takes it.
std::string in_shell(const std::vector<std::string>& command) {
  std::vector<std::string> words;
  for (const std::string& word : command) {
    const bool plain = std::all_of(word.begin(), word.end(), [](unsigned char c) {
      return std::isalnum(c) != 0 ||
             std::string_view("-_./=:,+").find(static_cast<char>(c)) != std::string_view::npos;
    });
    std::string quoted = "'";
    for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    words.push_back(plain && !word.empty() ? word : quoted + "'");
  }
  return fmt::format("{}", fmt::join(words, " "));
}

bool is_yes(const std::string& question) {
  fmt::print("{} [y/N] ", question);
  std::fflush(stdout);
  std::string answer;
  std::getline(std::cin, answer);
  for (char& c : answer) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return answer == "y" || answer == "yes";
}

// True when it may be done. What somebody made read-only is changed for a person who says so.
bool allowed(const std::string& question, const Given& given, const ClientStanding& standing,
             const Step& step) {
  const bool is_wished = step.takes_other ? given.replace : given.yes || given.replace;
  if (is_wished && !standing.read_only) return true;
  if (::isatty(0) == 1 && !is_wished) {
    return is_yes(standing.read_only ? fmt::format("The file is read-only. {}", question)
                                     : question);
  }
  if (standing.read_only) {
    throw std::runtime_error(fmt::format(
        "{} is read-only: make it writable, or answer the question on a terminal; nothing was "
        "changed",
        standing.file.path));
  }
  if (step.takes_other) {
    throw std::runtime_error("that entry is not ours; --replace allows it without a question");
  }
  throw std::runtime_error(
      fmt::format("there is no terminal to ask on: --yes does it without a question{}",
                  given.can_print ? ", --print only shows what to paste" : ""));
}

void show(const Step& step) {
  if (step.kind == Step::Kind::run) return say("  " + in_shell(step.command));
  fmt::print("{}", step.shown);
  std::fflush(stdout);
}

// --- install ------------------------------------------------------------------------------------

void print_for_pasting(const Client& client, const ClientStanding& standing, const Launch& launch) {
  const OrderedJson entry = whole_entry(client, launch);
  fmt::print(stderr, "For {}:\n", standing.file.path);
  if (client.kind == FileKind::toml) {
    fmt::print("[{}.patchbay]\n{}", client.container, toml_lines(entry, "\n"));
  } else {
    say(OrderedJson{{client.container, {{"patchbay", entry}}}}.dump(2));
  }
  if (client.add_command != nullptr) {
    fmt::print(stderr, "Or run: {}\n", in_shell(client.add_command(launch, entry)));
  }
}

void install_in(const Client& client, Program& program, const Given& given) {
  const std::string state = state_folder_of(program);
  const Launch launch = launch_of(program);
  const ClientStanding standing = standing_of(client, process_environment(), state);
  if (given.print) return print_for_pasting(client, standing, launch);
  const Step step = step_to_install(standing, launch, given.edit);
  if (step.kind == Step::Kind::nothing) {
    return say(fmt::format("{}: is installed already, in {}; nothing to do", client.title,
                           standing.file.path));
  }
  const bool runs = step.kind == Step::Kind::run;
  say(fmt::format("{}: {}{}", client.title, standing.file.path,
                  runs ? ", by its own command" : ""));
  if (step.takes_other) {
    say(fmt::format(
        "  at {} stands another server of this name: {}", standing.entry->place,
        standing.entry->starts.empty() ? "not a program" : standing.entry->starts.front()));
  }
  show(step);
  if (!allowed(runs ? "Run it?" : "Change the file?", given, standing, step)) {
    return say("Nothing was changed.");
  }
  install(standing, step, launch, state,
          [&](std::string text) { return program.redacted(std::move(text)); });
  say(fmt::format("Done. It is there from {}'s next start on; see: {}", client.title, client.look));
  if (*client.note != '\0') say(client.note);
}

// --- uninstall ----------------------------------------------------------------------------------

// True when there was something of ours.
bool uninstall_from_file(const ClientStanding& standing, const Given& given,
                         const std::string& state) {
  const Client& client = standing.client;
  const Step step = step_to_uninstall(standing);
  if (step.kind == Step::Kind::nothing) {
    if (!standing.entry) remove_record(state, client, standing.file.path);
    return false;
  }
  say(fmt::format("{}: {}", client.title, standing.file.path));
  show(step);
  if (!allowed("Change the file?", given, standing, step)) {
    say("Nothing was changed.");
    return true;
  }
  uninstall(standing, step, state);
  say("Done.");
  return true;
}

void uninstall_from(const Client& client, Program& program, const Given& given) {
  const std::string state = state_folder_of(program);
  bool was_there = false;
  bool is_other = false;
  for (const ClientStanding& standing : standings_of(client, process_environment(), state)) {
    was_there = uninstall_from_file(standing, given, state) || was_there;
    is_other = is_other || standing.entry.has_value();
  }
  if (was_there) return;
  say(fmt::format("{}: is not installed{}; nothing to do", client.title,
                  is_other ? ", that server of this name is another" : ""));
}

// --- which --------------------------------------------------------------------------------------

std::string overview_line(const ClientStanding& standing) {
  std::string state = "not installed";
  if (standing.entry) {
    state = standing.is_ours ? "installed, starts " + standing.entry->starts.front()
                             : "has another server of this name";
  }
  return fmt::format("  {:<12} {:<12} {}\n{:<28}{}", standing.client.name, standing.client.title,
                     state, "", standing.file.path);
}

// Its files that hold something of ours, or else the one that would.
std::vector<ClientStanding> worth_saying(const Client& client, const std::string& state) {
  std::vector<ClientStanding> all = standings_of(client, process_environment(), state);
  const ClientStanding first = all.front();
  std::erase_if(all, [](const ClientStanding& each) { return !each.entry; });
  if (all.empty() && first.is_there) all.push_back(first);
  return all;
}

// What is there, and what could be done with it; nothing is.
int overview(Program& program, const char* command) {
  if (!process_environment()("HOME")) throw std::runtime_error("there is no home folder: set HOME");
  std::vector<std::string> lines;
  std::string example;
  for (const Client& client : all_clients()) {
    try {
      for (const ClientStanding& standing : worth_saying(client, state_folder_of(program))) {
        lines.push_back(overview_line(standing));
        const bool wants_it =
            standing.entry.has_value() == (std::string_view(command) == "uninstall");
        if (wants_it && example.empty()) example = client.name;
      }
    } catch (const std::runtime_error& problem) {
      lines.push_back(fmt::format("  {:<12} {:<12} {}", client.name, client.title, problem.what()));
    }
  }
  if (lines.empty()) {
    say("None of the known clients was found. Name one, or see what to paste:\n"
        "  patchbay install claude-code --print");
    return 1;
  }
  say(fmt::format("Found here:\n{}", fmt::join(lines, "\n")));
  if (!example.empty()) {
    say(fmt::format("Next, for example: patchbay {} {}   (it shows the change and asks)", command,
                    example));
  }
  return 0;
}

// In lines of what a terminal shows.
std::string known_names() {
  std::string text = "Clients:";
  std::size_t width = text.size();
  for (const Client& each : all_clients()) {
    const std::string_view known = each.name;
    if (text.back() != ':') text += ',';
    const bool fits = width + 2 + known.size() < screen;
    text += fits ? " " : "\n  ";
    width = (fits ? width + 2 : 3) + known.size();
    text += known;
  }
  return text;
}

std::shared_ptr<Given> add_common(CLI::App& app) {
  auto given = std::make_shared<Given>();
  app.add_option("client", given->clients, "one or more; without any, what is found")
      ->type_name("CLIENT");
  app.add_flag("--yes", given->yes, "do not ask");
  return given;
}

using Each = void (*)(const Client&, Program&, const Given&);

Command for_each_client(std::shared_ptr<Given> given, const char* name, Each each) {
  return [given, name, each](Program& program) {
    if (given->clients.empty()) return overview(program, name);
    std::vector<Client> clients;
    for (const std::string& one : given->clients) clients.push_back(client_named(one));
    int status = 0;
    for (const Client& client : clients) {
      try {
        each(client, program, *given);
      } catch (const std::runtime_error& problem) {
        fmt::print(stderr, "patchbay: {}: {}\n", client.name, program.redacted(problem.what()));
        status = 2;
      }
    }
    return status;
  };
}

}  // namespace

Command install_command(CLI::App& app) {
  auto given = add_common(app);
  given->can_print = true;
  app.add_flag("--print", given->print, "only print what to paste");
  app.add_flag("--edit", given->edit, "edit the file, not by the client's command");
  app.add_flag("--replace", given->replace, "also where another server has this name");
  app.footer(
      fmt::format("{}\n"
                  "Keys are named there, never written. --sandbox, --workspace and --tools, given\n"
                  "before `install`, are handed on.\n"
                  "Examples:\n"
                  "  patchbay install                       what is found here\n"
                  "  patchbay install claude-code codex     shows each change, and asks\n"
                  "  patchbay --sandbox install codex --yes",
                  known_names()));
  return for_each_client(std::move(given), "install", install_in);
}

Command uninstall_command(CLI::App& app) {
  auto given = add_common(app);
  app.footer(
      "The file becomes what it was before `install`, to the byte; where you changed\n"
      "something else in it since, only our entry goes.\n"
      "Examples:\n"
      "  patchbay uninstall                     where it is installed\n"
      "  patchbay uninstall codex --yes");
  return for_each_client(std::move(given), "uninstall", uninstall_from);
}

}  // namespace tools
