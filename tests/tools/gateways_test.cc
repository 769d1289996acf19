// The program with gateways of its configuration, and what `invoke` and `list_models` ask of them.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "tests/gateway_replies.h"
#include "tests/process.h"

using nlohmann::json;
using tests::call_line;
using tests::Upstream;

namespace {

// Answers as a plain OpenAI-compatible server on somebody's machine does.
void answer_plainly(const tests::UpstreamRequest& request, tests::Wire& wire) {
  if (request.method == "GET") {
    wire.reply(200, "application/json",
               R"({"object":"list","data":[{"id":"qwen3:8b","object":"model"},{"id":"gpt-5"}]})");
    return;
  }
  wire.begin_chunks(200, "text/event-stream");
  wire.chunk(
      "data: {\"model\":\"qwen3:8b\",\"choices\":[{\"delta\":{\"content\":\"from here\"},"
      "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
  wire.last_chunk();
}

struct Rig {
  explicit Rig(const std::string& fallback = "") {
    std::filesystem::create_directories(folder.path() + "/patchbay");
    const std::string path = folder.path() + "/patchbay/config.json";
    json gateways = {{"local", {{"url", local.url() + "/v1"}}},
                     {"paid", {{"url", local.url() + "/v1"}, {"key_env", "PAID_KEY"}}}};
    if (!fallback.empty()) gateways["openrouter"] = {{"fallback", fallback}};
    std::ofstream(path) << json{{"gateways", gateways}}.dump();
    ::chmod(path.c_str(), 0600);
    auto environment = tests::environment_for(main);
    environment["XDG_CONFIG_HOME"] = folder.path();
    if (!fallback.empty()) environment["OPENROUTER_BASE_URL"] = "http://127.0.0.1:1/api/v1";
    program.emplace(std::vector<std::string>{}, environment);
    program->send(tests::initialize_line("init"));
    program->reply("init");
  }

  json call(const std::string& tool, const json& arguments) {
    program->send(call_line(1, tool, arguments));
    return program->reply(1)["result"];
  }
  std::string text(const std::string& tool, const json& arguments) {
    return call(tool, arguments)["content"][0]["text"];
  }

  Upstream main{tests::gateway_replies()};
  Upstream local{answer_plainly};
  tests::Folder folder;
  std::optional<tests::Process> program;
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a gateway of the configuration: listed, named in targets, asked without a key") {
  Rig rig;
  const json listed = rig.call("list_models", {{"gateway", "local"}})["structuredContent"];
  REQUIRE(listed["total"] == 2);
  CHECK(listed["models"][0][0] == "local:qwen3:8b");
  for (int column : {1, 2, 3}) CHECK(listed["models"][0][column].is_null());  // unknown
  CHECK(listed["models"][0][4] == "?");

  const json answer = rig.call("invoke", {{"target", "local:qwen3:8b"}, {"prompt", "hi"}});
  CHECK(answer["structuredContent"]["text"] == "from here");
  CHECK(answer["structuredContent"]["cost_source"] == "unknown");
  const auto asked = rig.local.requests().back();
  CHECK(asked.header("authorization").empty());
  CHECK(json::parse(asked.body)["model"] == "qwen3:8b");
  CHECK(rig.main.requests().empty());

  const std::string one = rig.text("get_model", {{"id", "local:gpt-5"}});
  CHECK(has(one, "local:gpt-5"));
  CHECK(has(rig.text("get_model", {{"id", "local:gpt-6"}}), "local:gpt-5"));
  CHECK(has(rig.text("invoke", {{"target", "paid:gpt-5"}, {"prompt", "hi"}}), "PAID_KEY"));
  CHECK(has(rig.text("list_models", {{"gateway", "nowhere"}}), "openrouter, local, paid"));
}

TEST_CASE("when the first gateway is down the configured one answers, and is named") {
  Rig rig("local");
  const json answer = rig.call("invoke", {{"target", "openai/gpt-5"}, {"prompt", "hi"}});
  CHECK(answer["structuredContent"]["text"] == "from here");
  CHECK(has(answer["structuredContent"]["served_by"], "local"));
  CHECK(has(answer["structuredContent"]["served_by"], "openrouter is down"));
  CHECK(json::parse(rig.local.requests().back().body)["model"] == "gpt-5");
  const json other = {{"target", "maker/other"}, {"prompt", "hi"}, {"max_cost_usd", 1}};
  CHECK(has(rig.text("invoke", other), "unavailable: could not connect"));
}

TEST_CASE("routing preferences, fallbacks and web search reach the gateway") {
  Rig rig;
  rig.call("invoke", {{"target", "test/ok"},
                      {"prompt", "hi"},
                      {"fallbacks", {"a/b", "c/d:free"}},
                      {"provider", {{"zdr", true}, {"order", {"kiln"}}}},
                      {"max_cost_usd", 1},
                      {"web_search", true}});
  const json body = json::parse(rig.main.requests().back().body);
  CHECK(body["model"] == "test/ok");
  CHECK(body["models"] == json{"a/b", "c/d:free"});
  CHECK(body["provider"] == json{{"zdr", true}, {"order", {"kiln"}}});
  CHECK(body["tools"][0]["type"] == "openrouter:web_search");
  CHECK(body["tools"][0]["parameters"]["max_uses"].is_number_integer());
}

TEST_CASE("get_model says which providers keep no data, where the gateway tells") {
  std::atomic<bool> tells{true};
  Upstream upstream([&, others = tests::gateway_replies()](const tests::UpstreamRequest& request,
                                                           tests::Wire& wire) {
    if (request.target == "/api/v1/models/openai/gpt-5.5/endpoints") {
      return (void)wire.reply(
          200, "application/json",
          R"({"data":{"endpoints":[{"provider_name":"One","tag":"one"},{"provider_name":"Two","tag":"two"}]}})");
    }
    if (request.target != "/api/v1/endpoints/zdr") return others(request, wire);
    if (!tells) return (void)wire.reply(404, "application/json", "{}");
    wire.reply(
        200, "application/json",
        R"({"data":[{"model_id":"openai/gpt-5.5","tag":"two"},{"model_id":"a/b","tag":"one"}]})");
  });
  const auto ask = [&] {
    tests::Process program({}, tests::environment_for(upstream));
    program.send(tests::initialize_line("init"));
    program.reply("init");
    program.send(call_line(1, "get_model", {{"id", "openai/gpt-5.5"}}));
    return program.reply(1)["result"];
  };
  const json told = ask();
  CHECK(has(told["content"][0]["text"], "- Two (two): "));
  CHECK(has(told["content"][0]["text"], "tokens/s, keeps no data\ncatalogue"));
  CHECK(told["structuredContent"]["endpoint_columns"].back() == "zdr");
  CHECK(told["structuredContent"]["endpoints"][0].back() == false);
  CHECK(told["structuredContent"]["endpoints"][1].back() == true);
  tells = false;
  const json silent = ask();
  CHECK_FALSE(has(silent["content"][0]["text"], "keeps no data"));
  CHECK(silent["structuredContent"]["endpoints"][1].back().is_null());
}

TEST_CASE("a misspelt gateway is answered with those there are") {
  Rig rig;
  const std::string text = rig.text("invoke", {{"target", "locl:qwen3"}, {"prompt", "hi"}});
  CHECK(has(text, "no gateway named \"locl\". Configured: openrouter, local, paid."));
  CHECK(has(rig.text("get_model", {{"id", "locl:qwen3"}}), "Configured: openrouter, local, paid."));
  CHECK_FALSE(has(rig.text("get_model", {{"id", "maker/nothing:free"}}), "Configured"));
}

TEST_CASE("what cannot be routed is refused before anything is sent") {
  Rig rig;
  struct Case {
    json arguments;
    const char* says;
  };
  const Case cases[] = {
      {{{"target", "test/ok"}, {"provider", {{"data_colection", "deny"}}}}, "data_colection"},
      {{{"target", "test/ok"}, {"provider", "zdr"}}, "arguments.provider: expected an object"},
      {{{"target", "test/ok"}, {"fallbacks", {"a/a", "b/b", "c/c", "d/d"}}}, "at most 3"},
      {{{"target", "test/ok"}, {"fallbacks", {"local:qwen3:8b"}}}, "at another gateway"},
      {{{"target", "local:gpt-5"}, {"web_search", true}}, "web_search is not available at local"},
      {{{"target", "agent:x"}, {"web_search", true}}, "are for models"},
      {{{"target", "test/ok"}, {"fallbacks", {"agent:x"}}}, "agent:x is an agent"},
  };
  for (Case each : cases) {
    CAPTURE(std::string(each.says));
    each.arguments["prompt"] = "hi";
    const json result = rig.call("invoke", each.arguments);
    CHECK(result["isError"] == true);
    CHECK(has(result["content"][0]["text"], each.says));
  }
  CHECK(rig.main.requests().empty());
  CHECK(rig.local.requests().empty());
}

TEST_CASE("what the catalogue knows a model cannot do is refused, with those that can") {
  Rig rig;
  rig.call("list_models", {{"limit", 1}});  // from then on the catalogue is known
  const json result =
      rig.call("invoke", {{"target", "openai/gpt-4"}, {"prompt", std::string(40'000, 'x')}});
  CHECK(result["isError"] == true);
  const std::string text = result["content"][0]["text"];
  CHECK(text.starts_with("too_long: the prompt is about 10000 tokens and openai/gpt-4 takes 8191"));
  CHECK(has(text, "Nothing was sent."));
  CHECK(has(text, "one of the cheapest that fit: "));
  CHECK(rig.main.requests().size() == 1);
}

TEST_CASE("a wait for the gateway is told as progress, and the answer comes after it") {
  int calls = 0;
  Upstream busy([&](const tests::UpstreamRequest& request, tests::Wire& wire) {
    if (request.method == "POST" && ++calls == 1) {
      wire.reply(429, "application/json", R"({"error":{"message":"slow down","code":429}})",
                 "Retry-After: 1\r\n");
      return;
    }
    answer_plainly(request, wire);
  });
  tests::Process program({}, tests::environment_for(busy));
  program.send(tests::initialize_line("init"));
  program.reply("init");
  program.send(call_line(1, "invoke", {{"target", "a/b"}, {"prompt", "hi"}}, "token"));
  CHECK(program.reply(1)["result"]["structuredContent"]["text"] == "from here");
  bool told = false;
  for (const json& each : program.others) told |= has(each.dump(), "waiting 1 s for openrouter");
  CHECK(told);
}
