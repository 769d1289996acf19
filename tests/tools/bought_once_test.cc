// Nothing that may have been billed is bought twice, and no consent or key stretches over more than
// it was given for: the real program, spoken to by a client of 2026-07-28, against a gateway that
// counts what it is sent.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "tests/catalog/gateway_rig.h"
#include "tests/gateway_replies.h"
#include "tests/process.h"
#include "tests/tools/modern_call.h"

using namespace std::chrono_literals;
using nlohmann::json;
using tests::UpstreamRequest;
using tests::Wire;

namespace {

const json schema =
    json::parse(R"({"type":"object","properties":{"x":{"type":"string"}},"required":["x"]})");
const json ask = {
    {"target", "a/b"}, {"prompt", "hi"}, {"max_tokens", 100}, {"output_schema", schema}};

constexpr const char* catalogue = R"({"data":[{"id":"a/b","context_length":100000,
  "architecture":{"input_modalities":["text"],"output_modalities":["text"]},
  "supported_parameters":["structured_outputs","max_tokens"],
  "pricing":{"prompt":"0.00001","completion":"0.00001"}}]})";

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// Answers with prose, or with JSON where it is told to mend it, for two cents each.
tests::Upstream::Handler prose(std::chrono::milliseconds pause = 0ms) {
  return [pause](const UpstreamRequest& request, Wire& wire) {
    if (request.method == "GET") {
      wire.reply(200, "application/json", catalogue);
      return;
    }
    if (pause > 0ms) wire.closed_within(pause);
    const bool mends = has(request.body, "mend it") && has(request.body, "does not fit");
    wire.begin_chunks(200, "text/event-stream");
    wire.chunk(
        tests::chat_said(mends ? R"({\"x\":\"y\"})" : "not JSON") +
        tests::chat_finished("stop", R"({"prompt_tokens":10,"completion_tokens":3,"cost":0.02})") +
        tests::chat_done);
    wire.last_chunk();
  };
}

struct ModernClient {
  ModernClient(const json& config, const std::vector<std::string>& arguments = {},
               std::chrono::milliseconds pause = 0ms)
      : upstream(prose(pause)), program(arguments, environment(config)) {}

  std::map<std::string, std::string> environment(const json& config) const {
    const std::filesystem::path place = home.path() + "/.config/patchbay";
    std::filesystem::create_directories(place);
    std::ofstream(place / "config.json") << config;
    return {{"HOME", home.path()},
            {"OPENROUTER_API_KEY", tests::test_key},
            {"OPENROUTER_BASE_URL", upstream.url() + "/api/v1"}};
  }
  json call(const std::string& tool, const json& arguments, const json& more = json::object()) {
    program.send(tests::modern_call_line(++id, tool, arguments, more));
    return program.reply(id, 20s)["result"];
  }
  // The call again, with that answer to whatever was asked.
  json answered(const std::string& tool, const json& arguments, const json& asked,
                const json& answer) {
    json more = {{"inputResponses", json::object()}};
    for (const auto& [key, request] : asked["inputRequests"].items()) {
      more["inputResponses"][key] = answer;
    }
    if (asked.contains("requestState")) more["requestState"] = asked["requestState"];
    return call(tool, arguments, more);
  }
  std::ptrdiff_t posts() const {
    const auto requests = upstream.requests();
    return std::count_if(requests.begin(), requests.end(),
                         [](const auto& each) { return each.method == "POST"; });
  }
  json today() { return call("get_usage", json::object())["structuredContent"]["today"]; }

  tests::Folder home;
  tests::Upstream upstream;
  tests::Process program;
  int id = 0;
};

std::string text_of(const json& result) { return result["content"][0]["text"]; }

json asking_above(double usd) { return {{"budgets", {{"ask_above_usd", usd}}}}; }

}  // namespace

// The first answer may cost up to $0.00153, the one that mends it up to $0.00213.
TEST_CASE(
    "who has bought something already is not asked by a new round, which would buy it again") {
  ModernClient client(asking_above(0.0018));
  const json result = client.call("invoke", ask);
  CAPTURE(result.dump());
  CHECK_FALSE(result.contains("inputRequests"));
  CHECK(has(text_of(result), "malformed: "));
  CHECK(has(text_of(result), "It was billed."));
  CHECK(has(text_of(result), "max_cost_usd"));
  CHECK(has(text_of(result), "not JSON"));
  CHECK(client.posts() == 1);
  CHECK(client.today()["calls"] == 1);
}

TEST_CASE("one consent is for one purchase") {
  ModernClient client(asking_above(0.0013));
  const json asked = client.call("invoke", ask);
  REQUIRE(asked.contains("inputRequests"));
  CHECK(client.posts() == 0);
  const json result = client.answered("invoke", ask, asked, {{"action", "accept"}});
  CAPTURE(result.dump());
  CHECK(result["isError"] == true);
  CHECK(has(text_of(result), "It was billed."));
  CHECK(client.posts() == 1);
}

TEST_CASE("a client that is asked within the call is asked for each purchase") {
  ModernClient place(asking_above(0.0013));  // its upstream, its home
  tests::Process program({}, place.environment(asking_above(0.0013)));
  json hello = json::parse(tests::initialize_line("init"));
  hello["params"]["capabilities"] = {{"elicitation", json::object()}};
  program.send(hello.dump());
  program.reply("init");
  json arguments = ask;
  arguments["prompt"] = "mend it";
  program.send(tests::call_line(1, "invoke", arguments));
  std::vector<std::string> asked;
  json result;
  for (int i = 0; i < 10 && result.is_null(); ++i) {
    const auto line = program.line(10s);
    REQUIRE(line);
    const json message = json::parse(*line);
    if (message.value("method", "") == "elicitation/create") {
      asked.push_back(message["params"]["message"]);
      const json agreed = {{"action", "accept"}, {"content", json::object()}};
      program.send(json{{"jsonrpc", "2.0"}, {"id", message["id"]}, {"result", agreed}}.dump());
    } else if (message.contains("result") && message["id"] == 1) {
      result = message["result"];
    }
  }
  CHECK(asked.size() == 2);
  CHECK(result["structuredContent"]["structured"]["x"] == "y");
  CHECK(place.posts() == 2);
}

TEST_CASE("a call that has left and may not go on ends, for whoever asks") {
  ModernClient client(asking_above(0.0018), {}, 1500ms);
  json arguments = ask;
  arguments["wait_seconds"] = 1;
  const json left = client.call("invoke", arguments)["structuredContent"];
  REQUIRE(left["status"] == "working");
  json found = json::object();
  for (int i = 0; i < 5 && found.value("status", "working") == "working"; ++i) {
    found = client.call("get_task", {{"task_id", left["task_id"]}, {"wait_seconds", 5}});
    found = found["structuredContent"];
  }
  CHECK(found["status"] == "failed");
  CHECK(client.posts() == 1);
}

TEST_CASE("a key is not free again after a paid answer, though the next step was refused") {
  ModernClient client(json::object());
  json arguments = ask;
  arguments["max_cost_usd"] = 0.021;  // pays for the first answer only
  arguments["idempotency_key"] = "K";
  const std::string first = text_of(client.call("invoke", arguments));
  CHECK(has(first, "malformed: "));
  CHECK(has(first, "what is left of max_cost_usd"));
  CHECK_FALSE(has(first, "Nothing was sent"));
  CHECK(has(text_of(client.call("invoke", arguments)), "may have been billed"));
  CHECK(client.posts() == 1);
}

TEST_CASE("a key is free again where nothing was sent") {
  ModernClient client(json::object());
  json arguments = ask;
  arguments["max_cost_usd"] = 0.0001;
  arguments["idempotency_key"] = "K";
  CHECK(has(text_of(client.call("invoke", arguments)), "over_budget: "));
  CHECK(has(text_of(client.call("invoke", arguments)), "over_budget: "));
  CHECK(client.posts() == 0);
}

TEST_CASE("an agent that asks the person back is not called anew under the same key") {
  const json errand = {
      {"target", "agent:sandbox-clerk"}, {"prompt", "A form."}, {"idempotency_key", "K"}};
  ModernClient client({{"ask_person", true}}, {"--sandbox"});
  const auto tasks = [&] {
    return client.call("get_task", json::object())["structuredContent"]["tasks"].size();
  };
  const json asked = client.call("invoke", errand);
  REQUIRE(asked.contains("inputRequests"));
  CHECK(tasks() == 1);
  // A client that was restarted repeats its call.
  CHECK(has(text_of(client.call("invoke", errand)), "may have been billed"));
  CHECK(tasks() == 1);
  // One that goes on with the person's answer gets what the agent makes of it, then and later.
  const json said = {{"action", "accept"}, {"content", {{"answer", "Ada Lovelace"}}}};
  const json done = client.answered("invoke", errand, asked, said)["structuredContent"];
  CHECK(done["status"] == "completed");
  CHECK(has(done["text"], "Ada Lovelace"));
  const json again = client.call("invoke", errand)["structuredContent"];
  CHECK(again["replayed"] == true);
  CHECK(has(again["text"], "Ada Lovelace"));
  CHECK(tasks() == 1);
}

TEST_CASE("an answer that is given again is the same in all but its cost") {
  ModernClient client(json::object());
  json arguments = ask;
  arguments["prompt"] = "mend it";
  arguments["idempotency_key"] = "K";
  const json first = client.call("invoke", arguments)["structuredContent"];
  const json second = client.call("invoke", arguments)["structuredContent"];
  CHECK(client.posts() == 2);  // of the first
  CHECK(second["replayed"] == true);
  CHECK(second["cost_usd"] == 0);
  CHECK(first["structured"] == json{{"x", "y"}});
  CHECK(first["usage"]["in"] == 20);
  for (const char* same : {"status", "text", "structured", "notes", "usage", "served_by"}) {
    CAPTURE(std::string(same));
    CHECK(second[same] == first[same]);
  }
}

TEST_CASE("a target's budget holds for every way to call it, and usage names it") {
  for (const char* named : {"a/b", "openrouter:a/b", "a/b:nitro"}) {
    CAPTURE(std::string(named));
    ModernClient client(json{{"budgets", {{"per_day_usd", {{named, 0.015}}}}}});
    const auto call = [&](const char* target) {
      return client.call("invoke", {{"target", target}, {"prompt", "hi"}, {"max_tokens", 100}});
    };
    CHECK(call("cheapest")["structuredContent"]["status"] == "completed");
    for (const char* target :
         {"a/b", "openrouter:a/b", "a/b:nitro", "openrouter:a/b:floor", "cheapest"}) {
      CAPTURE(std::string(target));
      CHECK(has(text_of(call(target)), "over_budget: "));
    }
    const json both = client.call(
        "compare",
        {{"targets", {"a/b:nitro", "openrouter:a/b"}}, {"prompt", "hi"}, {"max_tokens", 100}});
    CHECK(has(text_of(both), "the a/b a day's budget"));
    CHECK(client.posts() == 1);
    const std::string usage = text_of(client.call("get_usage", json::object()));
    CHECK(has(usage, "a/b: $0.02 in 1 call"));
    CHECK_FALSE(has(usage, "cheapest"));
  }
}
