#include "tools/settings.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "catalog/agents/directory_kinds.h"
#include "catalog/url.h"
#include "tools/budget_settings.h"
#include "tools/config_text.h"
#include "tools/gateways_config.h"
#include "tools/keys/key_sources.h"
#include "tools/private_file.h"

namespace tools {
namespace {

using nlohmann::json;

constexpr std::size_t largest_config = 1024 * 1024;

std::string or_default(const std::optional<std::string>& value, const char* fallback) {
  return value ? *value : fallback;
}

std::string origin_of(const std::string& url, const std::string& where) {
  if (url.find('@') != std::string::npos) {
    throw std::runtime_error(fmt::format(
        "{}: a URL may not hold a user name or password; use key_env or key_file", where));
  }
  const auto parsed = catalog::parse_url(url);
  if (!parsed)
    throw std::runtime_error(fmt::format("{}: \"{}\" is not an http(s) URL", where, url));
  return parsed->origin();
}

// Where agents read and write files, so that no key may lie there.
std::vector<std::string> workspaces(const Environment& environment) {
  std::vector<std::string> folders;
  if (const auto project = environment("CLAUDE_PROJECT_DIR")) folders.push_back(*project);
  std::error_code failed;
  const std::string here = std::filesystem::current_path(failed).string();
  if (!failed && here != "/" && here != environment("HOME")) folders.push_back(here);
  return folders;
}

// The key that goes to `credential.origin`, from where the entry of the configuration says.
std::string take_key(KeySources sources, const json& entry, const Environment& environment,
                     catalog::Credential& credential, Settings& settings) {
  add_configured(sources, entry, environment);
  if (!sources.file.empty()) sources.workspaces = workspaces(environment);
  const std::string source = names_of(sources);
  std::erase_if(settings.keys, [&](const NamedKey& key) { return key.owner == sources.owner; });
  settings.keys.push_back({sources.owner, credential.origin, source, sources.variable});
  credential.secret = secret_from(std::move(sources));
  return source;
}

void take_openrouter_key(const json& entry, const Environment& environment, Settings& settings) {
  KeySources sources;
  sources.owner = "openrouter";
  sources.variable = "OPENROUTER_API_KEY";
  sources.value = environment("OPENROUTER_API_KEY");
  catalog::Credential& credential = settings.gateway.credential;
  sources.login_file = login_file(settings.config_folder, credential.origin);
  settings.gateway.key_source =
      take_key(std::move(sources), entry, environment, credential, settings);
}

void take_takoapi_key(const json& entry, const Environment& environment, Settings& settings) {
  KeySources sources;
  sources.owner = "takoapi";
  sources.variable = "TAKO_KEY";
  sources.value = environment("TAKO_KEY");
  catalog::DirectorySettings& directory = settings.directory;
  directory.key_source =
      take_key(std::move(sources), entry, environment, directory.credential, settings);
}

// Where a variable holds no URL there is no address, and its key goes nowhere: not to the usual
// place either, for which it may not be meant.
template <class Place>
void take_address(Place& place, const Environment& environment, const char* variable,
                  const char* usual, std::string& problem) {
  std::string url = without_trailing_slash(or_default(environment(variable), usual));
  try {
    place.credential.origin = origin_of(url, variable);
    place.base_url = std::move(url);
  } catch (const std::runtime_error& error) {
    if (!problem.empty()) problem += "; ";
    problem += error.what();
  }
}

std::string folder(const Environment& environment, const char* variable, const char* below_home) {
  if (const auto base = environment(variable)) return *base + "/patchbay";
  if (const auto home = environment("HOME")) return *home + below_home + "/patchbay";
  return {};
}

// --- the file, member by member -----------------------------------------------------------------

// The key that an entry asks for, and where it goes if not into a bearer header. Returns its
// source.
std::string read_key(const json& entry, const std::string& where, const std::string& url,
                     const Environment& environment, catalog::Credential& credential,
                     Settings& settings) {
  credential.origin = origin_of(url, where);
  KeySources sources;
  sources.owner = where;
  const std::string source = take_key(std::move(sources), entry, environment, credential, settings);
  if (const std::string header = text_member(entry, "header", where); !header.empty()) {
    credential.header = header;
    credential.prefix = text_member(entry, "prefix", where);
  }
  return source;
}

catalog::CardEntry read_agent(const std::string& slug, const json& entry,
                              const Environment& environment, Settings& settings) {
  const std::string where = "agents." + slug;
  if (!entry.is_object()) refuse_member(where, R"(an object like {"card": "https://…"})");
  catalog::CardEntry agent;
  check_members(entry, where, and_key({"card", "header", "prefix"}));
  agent.slug = slug;
  agent.card_url = text_member(entry, "card", where);
  if (agent.card_url.empty()) refuse_member(where + ".card", "the URL of the agent's card");
  read_key(entry, where, agent.card_url, environment, agent.credential, settings);
  return agent;
}

void read_agents(const json& value, const Environment& environment, Settings& settings) {
  if (!value.is_object()) refuse_member("agents", "an object of name: {\"card\": url}");
  for (const auto& [slug, entry] : value.items()) {
    settings.agents.push_back(read_agent(slug, entry, environment, settings));
  }
}

std::vector<std::string> text_list(const json& object, const char* name, const std::string& where) {
  const auto at = object.find(name);
  std::vector<std::string> texts;
  if (at == object.end()) return texts;
  if (!at->is_array()) refuse_member(where + "." + name, "a list of strings");
  for (const json& text : *at) {
    if (!text.is_string()) refuse_member(where + "." + name, "a list of strings");
    texts.push_back(text.get<std::string>());
  }
  return texts;
}

// A "/" ends a directory's name in a target, and these names stand for what is there anyway.
void check_directory_name(const std::string& name, const std::string& where) {
  for (const char* taken : {"takoapi", "local", "sandbox"}) {
    if (name == taken) refuse_member(where, "another name: this one is taken");
  }
  if (name.empty() || name.find_first_of("/:% ") != std::string::npos) {
    refuse_member(where, "a name without \"/\", \":\", \"%\" and spaces");
  }
}

std::string read_kind(const json& entry, const std::string& where) {
  const std::vector<std::string_view> kinds = catalog::directory_kinds();
  const std::string kind = text_member(entry, "kind", where);
  for (const std::string_view known : kinds) {
    if (kind == known) return kind;
  }
  refuse_member(where + ".kind", fmt::format("one of {}", fmt::join(kinds, ", ")));
}

catalog::DirectorySettings read_directory(const std::string& name, const json& entry,
                                          const Environment& environment, Settings& settings) {
  const std::string where = "directories." + name;
  if (!entry.is_object())
    refuse_member(where, R"(an object like {"kind": "litellm", "url": "https://…"})");
  check_directory_name(name, where);
  check_members(entry, where, and_key({"kind", "url", "agents", "header", "prefix"}));
  catalog::DirectorySettings directory;
  directory.name = name;
  directory.kind = read_kind(entry, where);
  directory.base_url = without_trailing_slash(text_member(entry, "url", where));
  if (directory.base_url.empty()) directory.base_url = catalog::usual_url(directory.kind);
  if (directory.base_url.empty()) refuse_member(where + ".url", "the URL of the directory");
  directory.key_source =
      read_key(entry, where, directory.base_url, environment, directory.credential, settings);
  directory.agents = text_list(entry, "agents", where);
  return directory;
}

void read_directories(const json& value, const Environment& environment, Settings& settings) {
  if (!value.is_object())
    refuse_member("directories", R"(an object of name: {"kind": …, "url": …})");
  for (const auto& [name, entry] : value.items()) {
    settings.directories.push_back(read_directory(name, entry, environment, settings));
  }
}

void read_all_gateways(const json& value, const Environment& environment, Settings& settings) {
  read_gateways(
      value,
      [&](const json& entry, const std::string& where, const std::string& url,
          catalog::Credential& credential) {
        return read_key(entry, where, url, environment, credential, settings);
      },
      settings);
}

void read_openrouter(const json& value, const Environment& environment, Settings& settings) {
  if (!value.is_object()) refuse_member("openrouter", R"(an object like {"key_file": "~/…"})");
  check_members(value, "openrouter", and_key({}));
  take_openrouter_key(value, environment, settings);
}

void read_takoapi(const json& value, const Environment& environment, Settings& settings) {
  if (!value.is_object()) refuse_member("takoapi", R"(an object like {"key_file": "~/…"})");
  check_members(value, "takoapi", and_key({}));
  take_takoapi_key(value, environment, settings);
}

void read_result_bytes(const json& value, const Environment&, Settings& settings) {
  const bool fits = value.is_number_integer() && value >= 512 && value <= 100'000;
  if (!fits) refuse_member("result_bytes", "an integer from 512 to 100000");
  settings.result_bytes = value.get<std::int64_t>();
}

void read_media_bytes(const json& value, const Environment&, Settings& settings) {
  const bool fits = value.is_number_integer() && value >= 65'536 && value <= 1'073'741'824;
  if (!fits) refuse_member("media_bytes", "an integer from 65536 to 1073741824");
  settings.media_bytes = value.get<std::size_t>();
}

bool flag(const json& value, const char* name) {
  if (!value.is_boolean()) refuse_member(name, "true or false");
  return value.get<bool>();
}

void read_tools(const json& value, const Environment&, Settings& settings) {
  const auto offer = value.is_string() ? offer_named(value.get<std::string>()) : std::nullopt;
  if (!offer) refuse_member("tools", "all, models or agents");
  settings.offer = *offer;
}

void read_use_env_proxy(const json& value, const Environment&, Settings& settings) {
  settings.use_env_proxy = flag(value, "use_env_proxy");
}

void read_ask_person(const json& value, const Environment&, Settings& settings) {
  settings.ask_person = flag(value, "ask_person");
}

void read_ca_file(const json& value, const Environment&, Settings& settings) {
  if (!value.is_string()) refuse_member("ca_file", "a path");
  settings.ca_file = value.get<std::string>();
}

void read_budget_settings(const json& value, const Environment&, Settings& settings) {
  settings.budgets = read_budgets(value);
}

struct Member {
  const char* name;
  void (*read)(const json&, const Environment&, Settings&);
};

constexpr Member members[] = {
    {"gateways", read_all_gateways},     {"agents", read_agents},
    {"directories", read_directories},   {"openrouter", read_openrouter},
    {"takoapi", read_takoapi},           {"budgets", read_budget_settings},
    {"result_bytes", read_result_bytes}, {"media_bytes", read_media_bytes},
    {"ask_person", read_ask_person},     {"use_env_proxy", read_use_env_proxy},
    {"ca_file", read_ca_file},           {"tools", read_tools},
};

void read_member(const std::string& name, const json& value, const Environment& environment,
                 Settings& settings) {
  std::vector<std::string_view> known;
  for (const Member& member : members) {
    if (name == member.name) return member.read(value, environment, settings);
    known.push_back(member.name);
  }
  throw std::runtime_error(
      fmt::format("\"{}\" is not a setting; there are: {}", name, fmt::join(known, ", ")));
}

void read_config(const std::string& path, const Environment& environment, Settings& settings) {
  // It names commands and hosts that get keys, so nobody else may write it.
  const auto text = read_private_file(path, Privacy::written_by_nobody_else, largest_config);
  if (!text || text->empty()) return;
  try {
    const json config = parsed_config(*text);
    if (!config.is_object()) throw std::runtime_error("not a JSON object");
    for (const auto& [name, value] : config.items()) {
      read_member(name, value, environment, settings);
    }
    check_fallbacks(settings);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(fmt::format("{}: {}", path, error.what()));
  }
  settings.config_file = path;
}

// One file for each gateway, so that none is shown another's catalogue.
std::string catalogue_file(const std::string& state_folder,
                           const catalog::GatewaySettings& gateway) {
  const auto url = catalog::parse_url(gateway.base_url);
  if (state_folder.empty() || !url) return {};
  if (!gateway.target_prefix.empty()) {
    return fmt::format("{}/models-{}.json", state_folder, gateway.name);
  }
  return fmt::format("{}/models-{}-{}.json", state_folder, url->host, url->port);
}

Settings read_environment(const Environment& environment) {
  Settings settings;
  settings.gateway.name = "openrouter";
  settings.gateway.bundled = true;
  take_address(settings.gateway, environment, "OPENROUTER_BASE_URL", "https://openrouter.ai/api/v1",
               settings.config_problem);
  settings.directory.name = "takoapi";
  take_address(settings.directory, environment, "TAKOAPI_BASE_URL", "https://takoapi.com",
               settings.config_problem);
  settings.config_folder = folder(environment, "XDG_CONFIG_HOME", "/.config");
  take_openrouter_key(json::object(), environment, settings);
  take_takoapi_key(json::object(), environment, settings);
  settings.state_folder = folder(environment, "XDG_STATE_HOME", "/.local/state");
  settings.gateway.cache_file = catalogue_file(settings.state_folder, settings.gateway);
  settings.project_folder = environment("CLAUDE_PROJECT_DIR").value_or("");
  settings.home = environment("HOME").value_or("");
  return settings;
}

void add_configuration(const Environment& environment, Settings& settings) {
  if (!settings.config_folder.empty()) {
    read_config(settings.config_folder + "/config.json", environment, settings);
  }
  for (catalog::GatewaySettings& gateway : settings.gateways) {
    gateway.cache_file = catalogue_file(settings.state_folder, gateway);
  }
}

}  // namespace

Settings read_settings(const Environment& environment) {
  Settings settings = read_environment(environment);
  if (!settings.config_problem.empty()) throw std::runtime_error(settings.config_problem);
  add_configuration(environment, settings);
  return settings;
}

Settings read_what_can_be_read(const Environment& environment) {
  Settings settings = read_environment(environment);
  try {
    add_configuration(environment, settings);
  } catch (const std::runtime_error& problem) {
    settings = read_environment(environment);
    if (!settings.config_problem.empty()) settings.config_problem += "; ";
    settings.config_problem += problem.what();
  }
  return settings;
}

Environment process_environment() {
  return [](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') return std::nullopt;
    std::string text(value);
    if (text.rfind("${", 0) == 0) return std::nullopt;
    return text;
  };
}

}  // namespace tools
