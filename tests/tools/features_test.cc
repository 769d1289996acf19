// What the program offers beside its tools, spoken to as a client would, against the sandbox.
#include "tools/features.h"

#include <doctest/doctest.h>

#include <filesystem>

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
