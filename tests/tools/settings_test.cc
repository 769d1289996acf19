#include "tools/settings.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>

#include "tests/golden.h"
#include "tests/process.h"

using tools::Settings;

namespace {

// A home with a configuration file of that text, and an environment.
struct Home {
  explicit Home(const std::string& config) {
    std::filesystem::create_directories(folder.path() + "/patchbay");
    std::ofstream(path()) << config;
    ::chmod(path().c_str(), 0600);
    variables["XDG_CONFIG_HOME"] = folder.path();
  }

  std::string path() const { return folder.path() + "/patchbay/config.json"; }
  tools::Environment environment() const {
    return [this](const char* name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      if (found == variables.end()) return std::nullopt;
      return found->second;
    };
  }
  Settings read() const { return tools::read_settings(environment()); }
  std::string problem() const {
    try {
      read();
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return {};
  }

  tests::Folder folder;
  std::map<std::string, std::string> variables;
};

}  // namespace

TEST_CASE("directories are read with their kinds, addresses and keys") {
  Home home(R"({"directories": {
    "team": {"kind": "litellm", "url": "https://gateway.example.com/", "key_env": "TEAM_KEY"},
    "community": {"kind": "a2aregistry"},  // at its usual place
    "shop": {"kind": "openai", "url": "https://shop.example.com/v1", "key_env": "SHOP_KEY",
             "header": "X-Key", "agents": ["planner", "writer"]}}})");
  home.variables["TEAM_KEY"] = "team-key-0123456789";
  const Settings settings = home.read();
  REQUIRE(settings.directories.size() == 3);
  const auto& community = settings.directories[0];
  CHECK(community.name == "community");
  CHECK(community.kind == "a2aregistry");
  CHECK(community.base_url == "https://a2aregistry.org");
  CHECK(community.credential.secret.empty());
  const auto& shop = settings.directories[1];
  CHECK(shop.agents == std::vector<std::string>{"planner", "writer"});
  CHECK(shop.credential.header == "X-Key");
  CHECK(shop.credential.prefix.empty());
  CHECK(shop.credential.secret.empty());  // its variable is not set
  CHECK(shop.key_source.empty());
  const auto& team = settings.directories[2];
  CHECK(team.base_url == "https://gateway.example.com");
  CHECK(team.credential.origin == "https://gateway.example.com:443");
  CHECK(team.credential.secret.reveal() == "team-key-0123456789");
  CHECK(team.key_source == "TEAM_KEY");
}

TEST_CASE("each key is listed with its origin and its sources, for a person, without its value") {
  Home home(R"({"openrouter": {"key_file": "/run/keys/router", "key_keyring": true},
                "agents": {"a": {"card": "https://a.example/card", "key_command": ["pass", "a"]}}})");
  home.variables["TAKO_KEY"] = "tako-key-0123456789";
  const Settings settings = home.read();
  REQUIRE(settings.keys.size() == 3);
  CHECK(settings.keys[0].owner == "takoapi");
  CHECK(settings.keys[0].source == "TAKO_KEY");
  CHECK(settings.keys[0].variable == "TAKO_KEY");
  CHECK(settings.keys[1].owner == "agents.a");
  CHECK(settings.keys[1].origin == "https://a.example:443");
  CHECK(settings.keys[1].source == "key_command pass");
  CHECK(settings.keys[2].owner == "openrouter");
  CHECK(settings.keys[2].source == "key_file /run/keys/router or the keyring");
  CHECK(settings.keys[2].variable == "OPENROUTER_API_KEY");
  CHECK_FALSE(settings.gateway.credential.secret.empty());
  CHECK(settings.gateway.credential.secret.reveal().empty());  // nothing was read yet
}

TEST_CASE("agents are read with the credentials for their card's origin") {
  Home home(R"({"agents": {"reviewer": {"card": "https://agents.example.com/r/agent-card.json",
                                        "key_env": "REVIEWER_KEY"}}})");
  home.variables["REVIEWER_KEY"] = "reviewer-key-0123456789";
  const Settings settings = home.read();
  REQUIRE(settings.agents.size() == 1);
  CHECK(settings.agents[0].slug == "reviewer");
  CHECK(settings.agents[0].credential.origin == "https://agents.example.com:443");
  CHECK(settings.agents[0].credential.header == "Authorization");
  CHECK(settings.agents[0].credential.secret.reveal() == "reviewer-key-0123456789");
}

TEST_CASE("what is wrong in the configuration is said with its place") {
  struct Case {
    const char* config;
    const char* problem;
  };
  const Case cases[] = {
      {R"({"directories": []})", "directories: expected an object"},
      {R"({"directories": {"x": 7}})", "directories.x: expected an object"},
      {R"({"directories": {"x": {"url": "https://a.example"}}})", "directories.x.kind: expected"},
      {R"({"directories": {"x": {"kind": "phonebook"}}})", "takoapi, a2aregistry, litellm, openai"},
      {R"({"directories": {"x": {"kind": "litellm"}}})", "directories.x.url: expected"},
      {R"({"directories": {"x": {"kind": "litellm", "url": "ftp://a"}}})", "not an http(s) URL"},
      {R"({"directories": {"x": {"kind": "openai", "url": "http://a.example", "agents": "a"}}})",
       "directories.x.agents: expected a list of strings"},
      {R"({"directories": {"local": {"kind": "a2aregistry"}}})", "this one is taken"},
      {R"({"directories": {"a/b": {"kind": "a2aregistry"}}})", "directories.a/b: expected a name"},
      {R"({"agents": {"a": {}}})", "agents.a.card: expected"},
      {R"({"openrouter": "key"})", "openrouter: expected an object"},
      {R"({"takoapi": {"key_command": "pass show"}})", "takoapi.key_command: expected a program"},
      {R"({"agents": {"a": {"card": "https://me:pw@a.example"}}})", "user name or password"},
      {R"({"phone": 1})", "is not a setting; there are: gateways, agents, directories"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.config);
    const std::string problem = Home(one.config).problem();
    CAPTURE(problem);
    CHECK(problem.find(one.problem) != std::string::npos);
    CHECK(problem.find("config.json") != std::string::npos);
  }
}

TEST_CASE("a configuration that others may write is not read") {
  const Home home("{}");
  CHECK(home.problem().empty());
  ::chmod(home.path().c_str(), 0622);
  CHECK(home.problem().find("chmod 600") != std::string::npos);
}

TEST_CASE("a member that no entry has is refused by its name, and so is a key itself") {
  struct Case {
    const char* config;
    const char* problem;
  };
  const Case cases[] = {
      {R"({"openrouter": {"key_flie": "~/k"}})",
       "\"openrouter.key_flie\" is not a setting; there are: key_env, key_file, key_command"},
      {R"({"openrouter": {"url": "https://a.example"}})", "\"openrouter.url\" is not a setting"},
      {R"({"takoapi": {"key": "sk-0123456789abcdef"}})",
       "takoapi.key: no key is written here; name its place: key_env, key_file, key_command"},
      {R"({"gateways": {"x": {"url": "http://127.0.0.1:1/v1", "api_key": "sk-0123456789abcdef"}}})",
       "gateways.x.api_key: no key is written here"},
      {R"({"gateways": {"x": {"url": "http://127.0.0.1:1/v1", "falback": "y"}}})",
       "\"gateways.x.falback\" is not a setting; there are: url, kind, fallback"},
      {R"({"gateways": {"openrouter": {"key_env": "K"}}})",
       "\"gateways.openrouter.key_env\" is not a setting; there are: fallback"},
      {R"({"agents": {"a": {"card": "https://a.example", "keyenv": "K"}}})",
       "\"agents.a.keyenv\" is not a setting; there are: card"},
      {R"({"directories": {"x": {"kind": "a2aregistry", "agent": ["a"]}}})",
       "\"directories.x.agent\" is not a setting; there are: kind, url, agents"},
      {R"({"tools": "model"})", "tools: expected all, models or agents"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.config);
    const std::string problem = Home(one.config).problem();
    CAPTURE(problem);
    CHECK(problem.find(one.problem) != std::string::npos);
    CHECK(problem.find("sk-0123456789abcdef") == std::string::npos);
  }
}

TEST_CASE("examples/config.json holds everything that may stand in a configuration") {
  const std::string text = tests::text_of_file("../examples/config.json");
  const nlohmann::json example = nlohmann::json::parse(text, nullptr, true, true);
  Home whole(text);
  whole.variables["HOME"] = whole.folder.path();
  CHECK(whole.problem().empty());
  const std::set<std::string> ways = {"key_env", "key_file", "key_command", "key_keyring"};
  std::set<std::string> ways_shown;
  // What is there is asked of the program, by a member that it does not know.
  const auto check = [&](std::string config, const nlohmann::json& entries) {
    const std::string problem = Home(config.replace(config.find('?'), 1, "\"?\": 1")).problem();
    CAPTURE(problem);
    const std::size_t list = problem.find("there are: ");
    REQUIRE(list != std::string::npos);
    std::istringstream names(problem.substr(list + 11));
    std::set<std::string> shown;
    for (const auto& entry : entries) {
      for (const auto& [name, unused] : entry.items()) {
        (ways.count(name) != 0 ? ways_shown : shown).insert(name);
      }
    }
    std::set<std::string> known;
    for (std::string name; std::getline(names >> std::ws, name, ',');) {
      if (ways.count(name) == 0) known.insert(name);
    }
    CHECK(shown == known);
  };
  check("{?}", nlohmann::json::array({example}));
  check(R"({"openrouter": {?}})", nlohmann::json::array({example["openrouter"]}));
  check(R"({"takoapi": {?}})", nlohmann::json::array({example["takoapi"]}));
  check(R"({"budgets": {?}})", nlohmann::json::array({example["budgets"]}));
  check(R"({"gateways": {"x": {?}}})", example["gateways"]);
  check(R"({"agents": {"x": {?}}})", example["agents"]);
  check(R"({"directories": {"x": {"kind": "litellm", ?}}})", example["directories"]);
  CHECK(ways_shown == ways);
}

TEST_CASE("a variable that holds no URL is named, and what can do without it goes on") {
  Home home("{}");
  home.variables["OPENROUTER_BASE_URL"] = "foo";
  home.variables["OPENROUTER_API_KEY"] = "house-key-0123456789";
  CHECK(home.problem() == "OPENROUTER_BASE_URL: \"foo\" is not an http(s) URL");
  const Settings settings = tools::read_what_can_be_read(home.environment());
  CHECK(settings.config_problem == home.problem());
  CHECK(settings.gateway.base_url.empty());
  CHECK(settings.gateway.credential.origin.empty());
  CHECK(settings.directory.base_url == "https://takoapi.com");
  CHECK(settings.config_file == home.path());  // the rest of it holds
}

TEST_CASE("a configuration that is meant to be there and cannot be read is not taken for none") {
  const Home home(R"({"budgets": {"day_usd": 1}})");
  const std::string path = home.path();
  const std::string folder = home.folder.path() + "/patchbay";
  CHECK(home.read().budgets.day == catalog::dollars(1));
  const std::string expected = [&]() -> std::string {
    std::filesystem::remove(path);
    SUBCASE("nothing at all") { return ""; }
    SUBCASE("no folder either") {
      std::filesystem::remove(folder);
      return "";
    }
    SUBCASE("a folder") {
      std::filesystem::create_directory(path);
      return path + " is not a regular file";
    }
    SUBCASE("a link to itself") {
      std::filesystem::create_symlink(path, path);
      return path + " cannot be read: Too many levels";
    }
    SUBCASE("a link to nothing") {
      std::filesystem::create_symlink("../dotfiles/patchbay.json", path);
      return path + " cannot be read: No such file";
    }
    SUBCASE("a folder that is a link to nothing") {
      std::filesystem::remove(folder);
      std::filesystem::create_symlink("dotfiles", folder);
      return folder + " cannot be read: No such file";
    }
    return "";
  }();
  CAPTURE(home.problem());
  CHECK(home.problem().rfind(expected, 0) == 0);
  CHECK(home.problem().empty() == expected.empty());
}

TEST_CASE("a link leads to a configuration that is kept elsewhere") {
  const Home home(R"({"result_bytes": 1024})");
  std::filesystem::rename(home.path(), home.folder.path() + "/kept.json");
  std::filesystem::create_symlink("../kept.json", home.path());
  CHECK(home.read().result_bytes == 1024);
}

TEST_CASE("a configuration is not read from a folder that others may write") {
  const Home home("{}");
  ::chmod((home.folder.path() + "/patchbay").c_str(), 0777);
  CHECK(home.problem().find("/patchbay can be written by others") != std::string::npos);
}

TEST_CASE("a configuration, or its folder, of another user is not read" *
          doctest::skip(::geteuid() != 0)) {
  const Home home(R"({"openrouter": {"key_command": ["evil"]}})");
  const std::string path = home.path();
  const std::string folder = home.folder.path() + "/patchbay";
  SUBCASE("the file") { REQUIRE(::chown(path.c_str(), 65534, 65534) == 0); }
  SUBCASE("the folder") { REQUIRE(::chown(folder.c_str(), 65534, 65534) == 0); }
  CHECK(home.problem().find("belongs to somebody else") != std::string::npos);
}

TEST_CASE("gateways are read with their addresses, keys and fallbacks") {
  Home home(R"({"gateways": {
    "local": {"url": "http://127.0.0.1:8080/v1/"},
    "house": {"url": "https://llm.example.com/v1", "key_env": "HOUSE_KEY", "kind": "openrouter",
              "fallback": "local"},
    "openrouter": {"fallback": "local"}}})");
  home.variables["HOUSE_KEY"] = "house-key-0123456789";
  const Settings settings = home.read();
  CHECK(settings.gateway.fallback == "local");
  CHECK(settings.gateway.base_url == "https://openrouter.ai/api/v1");
  REQUIRE(settings.gateways.size() == 2);
  const auto& house = settings.gateways[0];
  CHECK(house.dialect == catalog::Dialect::openrouter);
  CHECK(house.credential.secret.reveal() == "house-key-0123456789");
  CHECK(house.credential.origin == "https://llm.example.com:443");
  CHECK(house.needs_key);
  CHECK(house.fallback == "local");
  CHECK(house.retry_pace.most == 1);
  const auto& local = settings.gateways[1];
  CHECK(local.base_url == "http://127.0.0.1:8080/v1");
  CHECK(local.dialect == catalog::Dialect::openai);
  CHECK(local.target_prefix == "local:");
  CHECK_FALSE(local.needs_key);
  CHECK_FALSE(local.bundled);
}

TEST_CASE("what is wrong with a gateway is said with its place") {
  struct Case {
    const char* config;
    const char* problem;
  };
  const Case cases[] = {
      {R"({"gateways": []})", "gateways: expected an object"},
      {R"({"gateways": {"x": 1}})", "gateways.x: expected an object"},
      {R"({"gateways": {"x": {}}})", "gateways.x.url: expected"},
      {R"({"gateways": {"x": {"url": "ftp://a"}}})", "not an http(s) URL"},
      {R"({"gateways": {"x": {"url": "http://127.0.0.1:1/v1", "kind": "y"}}})",
       "gateways.x.kind: expected openai or openrouter"},
      {R"({"gateways": {"agent": {"url": "http://127.0.0.1:1/v1"}}})", "this one is taken"},
      {R"({"gateways": {"a:b": {"url": "http://127.0.0.1:1/v1"}}})", "expected a name"},
      {R"({"gateways": {"openrouter": {"fallback": "x"}}})",
       "gateways.openrouter.fallback: expected the name of another gateway"},
      {R"({"gateways": {"x": {"url": "http://127.0.0.1:1/v1", "fallback": "x"}}})",
       "expected the name of another"},
      {R"({"gateways": {"openrouter": {"fallback": "x"},
                        "x": {"url": "http://127.0.0.1:1/v1", "fallback": "openrouter"}}})",
       "expected a gateway that has no fallback itself"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.config);
    const std::string problem = Home(one.config).problem();
    CAPTURE(problem);
    CHECK(problem.find(one.problem) != std::string::npos);
  }
}
