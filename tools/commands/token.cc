// patchbay token: who may call `patchbay serve`.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cstdio>

#include "tools/commands/command.h"
#include "tools/tokens.h"

namespace tools {
namespace {

struct Given {
  std::string name;
  int days = 0;
};

std::string day_of(std::int64_t seconds) {
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

int add(Tokens& tokens, const Given& given) {
  const std::string token = tokens.add(given.name, std::chrono::hours(24) * given.days);
  fmt::print("{}\n", token);
  fmt::print(stderr,
             "This is shown once. {} sends it as:  Authorization: Bearer <token>\n"
             "A server that runs without tokens has to be started again to ask for them.\n",
             given.name);
  return 0;
}

int list(Tokens& tokens) {
  const std::vector<Tokens::Entry> all = tokens.list();
  if (all.empty()) fmt::print(stderr, "Nobody has one; see: patchbay token add\n");
  for (const Tokens::Entry& each : all) {
    const std::string until = each.expires == 0 ? "" : ", until " + day_of(each.expires);
    fmt::print("{}  since {}{}\n", each.name, day_of(each.created), until);
  }
  return 0;
}

int revoke(Tokens& tokens, const Given& given) {
  if (tokens.revoke(given.name)) {
    fmt::print(stderr, "Gone; a server that runs notices within a minute.\n");
    return 0;
  }
  fmt::print(stderr, "patchbay: there is no token of {}\n", given.name);
  return 1;
}

}  // namespace

Command token_command(CLI::App& app) {
  const auto given = std::make_shared<Given>();
  app.require_subcommand(1);
  // Before its subcommands are made: they take it over.
  app.footer(
      "A token is shown once, and only its digest is kept.\n"
      "Examples:\n"
      "  patchbay token add alice --days 90\n"
      "  patchbay token list\n"
      "  patchbay token revoke alice");
  CLI::App* adding = app.add_subcommand("add", "Make a token and print it, once");
  adding->add_option("name", given->name, "who it is for")->required();
  adding->add_option("--days", given->days, "how long it holds; without it for ever")
      ->check(CLI::Range(1, 3650));
  CLI::App* listing = app.add_subcommand("list", "Who has one");
  CLI::App* revoking = app.add_subcommand("revoke", "Take one away");
  revoking->add_option("name", given->name, "whose")->required();
  return [given, adding, listing](Program& program) {
    Tokens tokens(program.settings().state_folder);
    if (adding->parsed()) return add(tokens, *given);
    return listing->parsed() ? list(tokens) : revoke(tokens, *given);
  };
}

}  // namespace tools
