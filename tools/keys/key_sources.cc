#include "tools/keys/key_sources.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <chrono>
#include <stdexcept>

#include "catalog/errors.h"
#include "tools/keys/key_file.h"
#include "tools/keys/key_program.h"
#include "tools/keys/keyring.h"

namespace tools {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr auto command_patience = 10s;

// What asking one source came to: a key, or why there is none and the next may be asked.
struct Tried {
  std::optional<std::string> key;
  std::string why_not;
};

Tried from_output(Ran ran, const std::string& name) {
  if (!ran.problem.empty()) return {{}, fmt::format("{}: {}", name, ran.problem)};
  if (ran.first_line.empty()) return {{}, fmt::format("{}: gave no key", name)};
  return {checked_key(std::move(ran.first_line)), {}};
}

std::string command_name(const KeySources& sources) {
  return fmt::format("key_command {}", sources.command.front());
}

Tried from_variable(const KeySources& sources, const std::stop_token&) {
  return {checked_key(*sources.value), {}};
}

Tried from_file(const KeySources& sources, const std::stop_token&) {
  return {read_key_file(sources.file, sources.workspaces),
          fmt::format("key_file {}: does not exist", sources.file)};
}

Tried from_command(const KeySources& sources, const std::stop_token& stop) {
  return from_output(run_program(sources.command, {}, command_patience, stop),
                     command_name(sources));
}

Tried from_keyring(const KeySources& sources, const std::stop_token& stop) {
  return from_output(keyring_lookup(sources.owner, stop), "the keyring");
}

Tried from_login(const KeySources& sources, const std::stop_token& stop) {
  auto kept = read_key_file(sources.login_file, {});
  if (kept == in_keyring) return from_keyring(sources, stop);
  return {std::move(kept), "patchbay login has not been run"};
}

struct Source {
  bool (*is_named)(const KeySources&);
  std::string (*name)(const KeySources&);
  Tried (*ask)(const KeySources&, const std::stop_token&);
};

constexpr Source all_sources[] = {
    {[](const KeySources& s) { return s.value.has_value(); },
     [](const KeySources& s) { return s.variable; }, from_variable},
    {[](const KeySources& s) { return !s.file.empty(); },
     [](const KeySources& s) { return fmt::format("key_file {}", s.file); }, from_file},
    {[](const KeySources& s) { return !s.command.empty(); }, command_name, from_command},
    {[](const KeySources& s) { return s.keyring; },
     [](const KeySources&) { return std::string("the keyring"); }, from_keyring},
    {[](const KeySources& s) { return !s.login_file.empty(); },
     [](const KeySources&) { return std::string("patchbay login"); }, from_login},
};

[[noreturn]] void refuse(const KeySources& sources, const std::string& why) {
  throw catalog::Refused(catalog::Kind::unauthorized,
                         fmt::format("the key of {} could not be had: {}", sources.owner, why),
                         "The user must mend that where this server runs.");
}

// What is missing passes the question on; what is unsafe or no key ends it.
std::string ask(const KeySources& sources, const std::stop_token& stop) {
  std::vector<std::string> missing;
  for (const Source& source : all_sources) {
    if (!source.is_named(sources)) continue;
    try {
      Tried tried = source.ask(sources, stop);
      if (tried.key) return *std::move(tried.key);
      missing.push_back(std::move(tried.why_not));
    } catch (const std::runtime_error& problem) {
      refuse(sources, fmt::format("{}: {}", source.name(sources), problem.what()));
    }
  }
  refuse(sources, fmt::format("{}", fmt::join(missing, "; ")));
}

bool only_login(const KeySources& sources) {
  return !sources.value && sources.file.empty() && sources.command.empty() && !sources.keyring;
}

// --- the configuration --------------------------------------------------------------------------

[[noreturn]] void expect(const KeySources& sources, const char* member, const char* expected) {
  throw std::runtime_error(fmt::format("{}.{}: expected {}", sources.owner, member, expected));
}

void read_file(KeySources& sources, const json& value,
               const std::function<std::optional<std::string>(const char*)>& environment) {
  if (!value.is_string()) expect(sources, "key_file", "a path");
  std::string path = value.get<std::string>();
  const auto home = environment("HOME");
  if (path.rfind("~/", 0) == 0 && home) path.replace(0, 1, *home);
  if (path.empty() || path.front() != '/') expect(sources, "key_file", "a path from / or ~/");
  sources.file = std::move(path);
}

void read_command(KeySources& sources, const json& value) {
  constexpr const char* expected = R"(a program and its arguments: ["pass", "show", "key"])";
  if (!value.is_array() || value.empty()) expect(sources, "key_command", expected);
  for (const json& each : value) {
    if (!each.is_string()) expect(sources, "key_command", expected);
    sources.command.push_back(each.get<std::string>());
  }
  if (sources.command.front().empty()) expect(sources, "key_command", expected);
}

}  // namespace

void add_configured(KeySources& sources, const json& entry,
                    const std::function<std::optional<std::string>(const char*)>& environment) {
  if (const auto at = entry.find("key_env"); at != entry.end()) {
    if (!at->is_string()) expect(sources, "key_env", "the name of a variable");
    sources.variable = at->get<std::string>();
    sources.value = environment(sources.variable.c_str());
  }
  if (const auto at = entry.find("key_file"); at != entry.end()) {
    read_file(sources, *at, environment);
  }
  if (const auto at = entry.find("key_command"); at != entry.end()) read_command(sources, *at);
  if (const auto at = entry.find("key_keyring"); at != entry.end()) {
    if (!at->is_boolean()) expect(sources, "key_keyring", "true or false");
    sources.keyring = at->get<bool>();
  }
}

catalog::Secret secret_from(KeySources sources) {
  if (sources.value && key_problem(*sources.value).empty()) {
    return catalog::Secret(*std::move(sources.value));
  }
  if (only_login(sources) && sources.login_file.empty()) return {};
  catalog::SecretSource source;
  if (only_login(sources)) {
    source.is_there = [file = sources.login_file] {
      struct stat about {};
      return ::lstat(file.c_str(), &about) == 0;
    };
  }
  source.read = [sources = std::move(sources)](const std::stop_token& stop) {
    return ask(sources, stop);
  };
  return catalog::Secret(std::move(source));
}

std::string names_of(const KeySources& sources) {
  std::vector<std::string> names;
  for (const Source& source : all_sources) {
    const bool maybe = source.ask == from_login && !names.empty();
    if (source.is_named(sources) && !maybe) names.push_back(source.name(sources));
  }
  return fmt::format("{}", fmt::join(names, " or "));
}

std::string login_file(const std::string& config_folder, const std::string& origin) {
  if (config_folder.empty() || origin.empty()) return {};
  std::string name = origin.substr(origin.find("://") + 3);
  for (char& c : name) {
    if (c == ':' || c == '/' || c == '[' || c == ']') c = '-';
  }
  return fmt::format("{}/keys/{}", config_folder, name);
}

}  // namespace tools
