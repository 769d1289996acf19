// What the program offers beside its tools, spoken to as a client would, against the sandbox.
#include "tools/features.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "tests/process.h"

using nlohmann::json;
using tests::Process;

namespace {

struct Sandboxed {
  Sandboxed() {
    program.send(tests::initialize_line("init"));
    capabilities = program.reply("init")["result"]["capabilities"];
  }
  json ask(const std::string& method, const json& params = json::object()) {
    program.send(
        json{{"jsonrpc", "2.0"}, {"id", ++id}, {"method", method}, {"params", params}}.dump());
    return program.reply(id);
  }
  json complete(const json& ref, const char* argument, const char* typed) {
    return ask(
        "completion/complete",
        {{"ref", ref},
         {"argument", {{"name", argument}, {"value", typed}}}})["result"]["completion"]["values"];
  }

  Process program{{"--sandbox"}, {}};
  json capabilities;
  int id = 0;
};

}  // namespace

TEST_CASE("models, agents and kept answers are resources") {
  Sandboxed s;
  CHECK(s.capabilities.contains("resources"));
  const json templates = s.ask("resources/templates/list")["result"]["resourceTemplates"];
  CHECK(templates.size() == 3);
  const json model = s.ask("resources/read", {{"uri", "model://sandbox/echo"}})["result"];
  const std::string text = model["contents"][0]["text"];
  CHECK(json::parse(text)["id"] == "sandbox/echo");
  const json agent = s.ask("resources/read", {{"uri", "agent://sandbox-writer"}})["result"];
  CHECK(json::parse(agent["contents"][0]["text"].get<std::string>())["callable"] == true);
  const json missing = s.ask("resources/read", {{"uri", "model://sandbox/ecko"}})["error"];
  CHECK(missing["code"] == -32002);
  CHECK(missing["message"].get<std::string>().find("sandbox/echo") != std::string::npos);
  for (const char* uri : {"result://0123456789abcdef0123456789abcdef", "result://..%2f..%2fx",
                          "result:///etc/passwd", "other://x"}) {
    CAPTURE(uri);
    CHECK(s.ask("resources/read", {{"uri", uri}})["error"]["code"] == -32002);
  }
}

TEST_CASE("prompts are commands whose ids complete from the catalogue") {
  Sandboxed s;
  const json prompts = s.ask("prompts/list")["result"]["prompts"];
  CHECK(prompts.size() == 4);
  const json got = s.ask(
      "prompts/get", {{"name", "second_opinion"}, {"arguments", {{"model", "sandbox/reasoner"}}}});
  const std::string text = got["result"]["messages"][0]["content"]["text"];
  CHECK(text.find("sandbox/reasoner") != std::string::npos);
  CHECK(text.find("invoke") != std::string::npos);
  CHECK(s.ask("prompts/get", {{"name", "compare"}})["error"]["code"] == -32602);
  const json review = {{"type", "ref/prompt"}, {"name", "review_diff"}};
  CHECK(s.complete(review, "model", "sandbox/re") == json{"sandbox/reasoner"});
  CHECK(s.complete(review, "model", "ECHO") == json{"sandbox/echo"});
  CHECK(s.complete(review, "focus", "x").empty());
  const json delegate = {{"type", "ref/prompt"}, {"name", "delegate"}};
  CHECK(s.complete(delegate, "agent", "agent:").size() == 3);
  const json by_uri = {{"type", "ref/resource"}, {"uri", "model://{+id}"}};
  CHECK(s.complete(by_uri, "id", "sandbox/slow") == json{"sandbox/slow"});
}

TEST_CASE("the skills of the folder are offered, each in the Agent Skills format") {
  const std::vector<mcp::Skill> all = tools::skills();
  REQUIRE(all.size() == 3);
  for (const mcp::Skill& skill : all) {
    CAPTURE(skill.name);
    CHECK(skill.front_matter["name"] == skill.name);
    const std::string description = skill.front_matter["description"];
    CHECK(description.size() > 40);
    CHECK(description.size() <= 1024);
    for (const auto& [key, value] : skill.front_matter.items()) {
      const bool known = key == "name" || key == "description" || key == "license";
      CHECK(known);
    }
    for (const mcp::SkillFile& file : skill.files) CHECK(file.bytes.size() < 20'000);
  }
}

namespace {

std::set<std::string> names_in(const json& list, const char* member) {
  std::set<std::string> names;
  for (const json& each : list) names.insert(each[member].get<std::string>());
  return names;
}

// What a server that was started with those arguments offers.
struct Offered {
  explicit Offered(const std::vector<std::string>& arguments,
                   const std::map<std::string, std::string>& environment = {})
      : program(arguments, environment) {
    program.send(tests::initialize_line("init"));
    instructions = program.reply("init")["result"]["instructions"];
    list = ask("tools/list")["tools"];
    tools = names_in(list, "name");
    prompts = names_in(ask("prompts/list")["prompts"], "name");
    templates = names_in(ask("resources/templates/list")["resourceTemplates"], "name");
  }
  json ask(const char* method) {
    program.send(json{{"jsonrpc", "2.0"}, {"id", method}, {"method", method}}.dump());
    return program.reply(method)["result"];
  }

  Process program;
  std::string instructions;
  json list;
  std::set<std::string> tools;
  std::set<std::string> prompts;
  std::set<std::string> templates;
};

void check_names_nothing_of(const Offered& offered, const char* kind) {
  const std::string all = offered.list.dump() + offered.instructions;
  for (const char* tool : {"list_", "get_"}) {
    const bool is_list = std::string(tool) == "list_";
    const std::string name = tool + std::string(kind) + (is_list ? "s" : "\"");
    CAPTURE(name);
    CHECK(all.find(name) == std::string::npos);
  }
}

}  // namespace

TEST_CASE(
    "--tools models offers nothing that looks up agents, and names nothing that is not there") {
  const Offered all({"--sandbox"});
  CHECK(all.tools.size() == 9);
  Offered models({"--sandbox", "--tools", "models"});
  std::set<std::string> expected = all.tools;
  expected.erase("list_agents");
  expected.erase("get_agent");
  CHECK(models.tools == expected);
  CHECK(models.prompts == std::set<std::string>{"second_opinion", "compare", "review_diff"});
  CHECK(models.templates == std::set<std::string>{"model", "result"});
  CHECK(models.instructions.find("list_models") != std::string::npos);
  check_names_nothing_of(models, "agent");
  CHECK(models.list.dump().size() + 1000 < all.list.dump().size());
  models.program.send(tests::call_line("gone", "list_agents", json::object()));
  CHECK(models.program.reply("gone").contains("error"));
  models.program.send(
      tests::call_line("ask", "invoke", {{"target", "sandbox/echo"}, {"prompt", "hi"}}));
  CHECK(models.program.reply("ask")["result"]["structuredContent"]["status"] == "completed");
}

TEST_CASE("--tools agents offers nothing that looks up models; the configuration can say it too") {
  const tests::Folder folder;
  std::filesystem::create_directories(folder.path() + "/patchbay");
  std::ofstream(folder.path() + "/patchbay/config.json") << R"({"tools": "agents"})";
  const std::map<std::string, std::string> configured = {{"XDG_CONFIG_HOME", folder.path()}};
  const Offered agents({"--sandbox"}, configured);
  CHECK(agents.tools.size() == 7);
  CHECK(agents.prompts == std::set<std::string>{"delegate"});
  CHECK(agents.templates == std::set<std::string>{"agent", "result"});
  CHECK(agents.instructions.find("list_agents") != std::string::npos);
  check_names_nothing_of(agents, "model");
  CHECK(Offered({"--sandbox", "--tools", "agents"}).tools == agents.tools);
  CHECK(Offered({"--sandbox", "--tools", "all"}, configured).tools.size() == 9);
}
