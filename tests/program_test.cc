// The real program, as a client sees it: started, spoken to over its pipes, against an upstream on
// a socket.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <functional>
#include <iterator>
#include <thread>

#include "tests/build.h"
#include "tests/gateway_replies.h"
#include "tests/process.h"

using nlohmann::json;
using namespace std::chrono_literals;
using tests::call_line;
using tests::Process;
using tests::Upstream;

namespace {

struct Running {
  explicit Running(std::vector<std::string> arguments = {})
      : program(arguments, tests::environment_for(upstream)) {
    program.send(tests::initialize_line("init"));
    program.reply("init");
  }

  std::string invoke_text(const std::string& target) {
    program.send(call_line(1, "invoke", {{"target", target}, {"prompt", "hi"}}));
    const json result = program.reply(1)["result"];
    failed = result.value("isError", false);
    structured = result.value("structuredContent", json());
    return result["content"][0]["text"];
  }
  void cancel(const json& id) {
    program.send(json{
        {"jsonrpc", "2.0"}, {"method", "notifications/cancelled"}, {"params", {{"requestId", id}}}}
                     .dump());
  }
  void ping_answered_within(std::chrono::milliseconds time) {
    program.send(R"({"jsonrpc":"2.0","id":"ping","method":"ping"})");
    CHECK(program.reply("ping", time)["result"] == json::object());
  }

  Upstream upstream{tests::gateway_replies()};
  Process program;
  bool failed = false;
  json structured;
};

std::vector<std::string> ids(const json& structured) {
  std::vector<std::string> out;
  for (const json& row : structured["models"]) out.push_back(row[0]);
  return out;
}

// Beside them the price of a model may have been asked for.
std::ptrdiff_t prompts_sent(const Upstream& upstream) {
  const auto asked = upstream.requests();
  return std::count_if(asked.begin(), asked.end(),
                       [](const auto& request) { return request.method == "POST"; });
}

// The chat requests that were in flight upstream at some moment.
bool eventually(const std::function<bool()>& holds) {
  for (int i = 0; i < 5000 && !holds(); ++i) std::this_thread::sleep_for(1ms);
  return holds();
}

}  // namespace

TEST_CASE("the real catalogue over HTTP: found, sorted, small, paged to its end") {
  Running r;
  const auto list = [&](const json& arguments) {
    r.program.send(call_line(2, "list_models", arguments));
    return r.program.reply(2)["result"];
  };
  const json first = list({{"limit", 25}});
  CHECK(first["structuredContent"]["total"] == 339);
  CHECK(first["structuredContent"]["source"] == "live");
  CHECK(first["structuredContent"].dump().size() <= 3 * 1024);
  CHECK(first["content"][0]["text"].get<std::string>().size() <= 2 * 1024);

  std::vector<std::string> all;
  json arguments = {{"limit", 25}, {"sort", "context"}};
  for (int page = 0; page < 20; ++page) {
    const json result = list(arguments);
    CHECK(result["structuredContent"].dump().size() <= 3 * 1024);
    CHECK(result["content"][0]["text"].get<std::string>().size() <= 2 * 1024);
    for (const std::string& id : ids(result["structuredContent"])) all.push_back(id);
    if (!result["structuredContent"].contains("next_cursor")) break;
    arguments["cursor"] = result["structuredContent"]["next_cursor"];
  }
  CHECK(all.size() == 339);
  std::sort(all.begin(), all.end());
  CHECK(std::unique(all.begin(), all.end()) == all.end());

  const json priced = list({{"query", "gpt-4.1-mini"}})["structuredContent"]["models"][0];
  CHECK(priced[0] == "openai/gpt-4.1-mini");
  CHECK(priced[2] == 0.4);  // "0.0000004" $/token on the wire
  CHECK(priced[3] == 1.6);
  const json routers =
      list({{"author", "openrouter"}, {"limit", 100}})["structuredContent"]["models"];
  for (const json& row : routers) {
    const bool varies = row[5].get<std::string>().find("varies") != std::string::npos;
    CHECK(varies == row[2].is_null());  // "-1" is a router, never a price
  }
  CHECK(r.upstream.requests().size() == 1);  // one fetch for all of the above
  CHECK(list({{"limit", 100}}).dump().size() < 20'000);
}

TEST_CASE("a recorded stream becomes an answer with its usage and cost") {
  Running r;
  const std::string text = r.invoke_text("golden/openrouter_stream_with_reasoning");
  CHECK_FALSE(r.failed);
  CHECK(r.structured["status"] == "completed");
  CHECK(r.structured["cost_usd"] == 0.00085);
  CHECK(r.structured["cost_source"] == "reported");
  CHECK(r.structured["usage"]["in"] == 9);
  CHECK(r.structured["usage"]["out"] == 104);
  CHECK(r.structured["served_by"] == "openai/o3 via OpenAI");
  CHECK(text.find(r.structured["text"].get<std::string>()) == 0);
  const json sent = json::parse(r.upstream.requests().back().body);
  CHECK(sent["stream"] == true);
  CHECK(sent["max_tokens"].is_number_integer());
}

TEST_CASE("what is not an answer is an error that tells what to change") {
  struct Case {
    const char* target;
    const char* kind;
    const char* says;
    std::size_t sent = 1;
  };
  constexpr Case cases[] = {
      {"test/html", "malformed:", "billed"},
      {"test/error-in-200", "rate_limited:", "too fast", 3},  // it certainly cost nothing
      {"test/empty", "empty:", "billed"},
      {"test/truncated", "truncated:", "half an ans"},
      {"test/drop", "unavailable:", "may have been billed"},
      {"test/no-such", "not_found:", "list_models"},
  };
  for (const Case& each : cases) {
    CAPTURE(each.target);
    Running r;
    const std::string text = r.invoke_text(each.target);
    CAPTURE(text);
    CHECK(r.failed);
    CHECK(r.structured.is_null());
    CHECK(text.rfind(each.kind, 0) == 0);
    CHECK(text.find(each.says) != std::string::npos);
    CHECK(static_cast<std::size_t>(prompts_sent(r.upstream)) == each.sent);
    r.ping_answered_within(1s);
  }
}

TEST_CASE("a key that the upstream echoes reaches neither the reply nor stderr") {
  Running r;
  CHECK(r.invoke_text("test/echo-key").find(tests::test_key) == std::string::npos);
  CHECK(r.failed);
  CHECK(r.program.errors().find(tests::test_key) == std::string::npos);
  Running other;  // a refused key is not tried again at once
  CHECK(other.invoke_text("test/key-in-text").find("[redacted]") != std::string::npos);
  CHECK(other.structured.dump().find(tests::test_key) == std::string::npos);
  CHECK(other.program.errors().find(tests::test_key) == std::string::npos);
}

TEST_CASE("an argument that does not fit is named, and nothing is sent") {
  Running r;
  r.program.send(
      call_line(1, "invoke", {{"target", "test/ok"}, {"prompt", "hi"}, {"max_tokens", "100"}}));
  const json result = r.program.reply(1)["result"];
  CHECK(result["isError"] == true);
  CHECK(result["content"][0]["text"].get<std::string>().find("arguments.max_tokens") !=
        std::string::npos);
  CHECK(r.upstream.requests().empty());
}

TEST_CASE("256 calls that wait for their models do not delay a ping, and all can be cancelled") {
  Running r;
  for (int id = 0; id < 256; ++id) {
    r.program.send(call_line(id, "invoke", {{"target", "test/wait"}, {"prompt", "hi"}}));
  }
  r.ping_answered_within(2s);
  CHECK(eventually([&] { return prompts_sent(r.upstream) == 256; }));
  r.ping_answered_within(1s);
  for (int id = 0; id < 256; ++id) r.cancel(id);
  r.ping_answered_within(1s);
  r.program.send(call_line("after", "invoke", {{"target", "test/ok"}, {"prompt", "hi"}}));
  CHECK(r.program.reply("after")["result"]["structuredContent"]["text"] == "fine");
  CHECK(r.program.others.empty());  // a cancelled call never writes again
}

TEST_CASE("a client that stops reading its pipe is still heard when it cancels") {
  Running r;
  r.program.send(call_line("w", "invoke", {{"target", "test/wait"}, {"prompt", "hi"}}));
  CHECK(eventually([&] { return r.upstream.requests().size() == 1; }));
  // Twenty times the text a pipe holds, and none of it read.
  for (int id = 0; id < 100; ++id) {
    r.program.send(call_line(id, "list_models", {{"limit", 100}}));
  }
  std::this_thread::sleep_for(300ms);
  r.cancel("w");
  r.program.send(call_line("next", "invoke", {{"target", "test/ok"}, {"prompt", "hi"}}));
  CHECK(eventually([&] {
    const auto requests = r.upstream.requests();
    return requests.back().body.find("test/ok") != std::string::npos;
  }));
  for (int id = 0; id < 100; ++id) CHECK(r.program.reply(id)["result"].is_object());
  CHECK(r.program.reply("next")["result"]["structuredContent"]["text"] == "fine");
}

// A sanitizer's runtime must come first in a process, so nothing can be preloaded there.
TEST_CASE("a cancel during name resolution returns at once" *
          doctest::skip(tests::build::sanitized)) {
  Process program({}, {{"LD_PRELOAD", tests::build::slow_names},  // six seconds for any name
                       {"OPENROUTER_BASE_URL", "https://slow.example/api/v1"},
                       {"OPENROUTER_API_KEY", tests::test_key}});
  program.send(tests::initialize_line(0));
  program.reply(0);
  program.send(call_line(1, "invoke", {{"target", "a/b"}, {"prompt", "hi"}}));
  std::this_thread::sleep_for(300ms);
  const auto began = std::chrono::steady_clock::now();
  program.send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})");
  // The program ends once the call has returned, and not before.
  program.close_input();
  CHECK(program.exited_within(5s) == 0);
  CHECK(std::chrono::steady_clock::now() - began < 1s);
  CHECK(program.errors().empty());
}

TEST_CASE("progress is told while a call runs, and grows") {
  Running r({"--sandbox"});
  r.program.send(call_line(1, "invoke", {{"target", "sandbox/slow"}, {"prompt", "hi"}}, "token"));
  const json result = r.program.reply(1)["result"];
  CHECK(result["structuredContent"]["status"] == "completed");
  CHECK(r.program.others.size() >= 5);
  double last = -1;
  for (const json& note : r.program.others) {
    CHECK(note["params"]["progressToken"] == "token");
    CHECK(note["params"]["progress"].get<double>() > last);
    last = note["params"]["progress"];
  }
}

TEST_CASE("the sandbox answers for models and agents without a key or a network") {
  Process program({"--sandbox"}, {});
  program.send(tests::initialize_line(0));
  program.reply(0);
  program.send(call_line(1, "invoke", {{"target", "sandbox/echo"}, {"prompt", "cable"}}));
  const json model = program.reply(1)["result"]["structuredContent"];
  CHECK(model["text"].get<std::string>().find("cable") != std::string::npos);
  CHECK(model["served_by"].get<std::string>().find("sandbox/echo") == 0);
  program.send(call_line(2, "list_agents", json::object()));
  const json agents = program.reply(2)["result"]["structuredContent"]["agents"];
  REQUIRE(agents.size() == 3);
  for (const json& row : agents) {
    program.send(call_line(3, "invoke", {{"target", row[0]}, {"prompt", "cable"}}));
    const json answer = program.reply(3)["result"]["structuredContent"];
    CAPTURE(answer.dump());
    const bool expected = answer["status"] == "completed" || answer["status"] == "input_required";
    CHECK(expected);
    CHECK_FALSE(answer["text"].get<std::string>().empty());
  }
}

TEST_CASE("a machine without network still lists models, and says how old they are") {
  Process program({}, {{"OPENROUTER_BASE_URL", "http://127.0.0.1:1/api/v1"}});
  program.send(tests::initialize_line(0));
  program.reply(0);
  program.send(call_line(1, "list_models", {{"query", "claude"}}));
  const json result = program.reply(1)["result"];
  CHECK(result["structuredContent"]["source"] == "bundled");
  CHECK(result["structuredContent"]["models"].size() > 5);
  CHECK(result["content"][0]["text"].get<std::string>().find("bundled") != std::string::npos);
}

TEST_CASE("a long answer is cut to what a client takes, and kept whole in a file") {
  Running r;
  const std::string text = r.invoke_text("test/large");
  CHECK(text.size() < 10'000);
  CHECK(r.structured["text_bytes"] == 300'000);
  std::ifstream file(r.structured["text_file"].get<std::string>());
  const std::string whole{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  CHECK(whole == std::string(300'000, 'x'));
}

TEST_CASE("the program ends when its input does, at once when idle, soon with calls") {
  SUBCASE("idle, after a call") {
    Running r;
    r.invoke_text("test/ok");
    r.program.close_input();
    CHECK(r.program.exited_within(1s) == 0);
  }
  SUBCASE("with calls in flight, whose sockets it closes") {
    Running r;
    for (int id = 0; id < 8; ++id) {
      r.program.send(call_line(id, "invoke", {{"target", "test/wait"}, {"prompt", "hi"}}));
    }
    const auto calls = [&] {
      const auto all = r.upstream.requests();
      return std::count_if(all.begin(), all.end(),
                           [](auto& each) { return each.method == "POST"; });
    };
    CHECK(eventually([&] { return calls() == 8; }));
    r.program.close_input();
    CHECK(r.program.exited_within(3s) == 0);
  }
  SUBCASE("by signal") {
    Running r;
    r.program.signal(SIGTERM);
    CHECK(r.program.exited_within(3s) == 0);
  }
  SUBCASE("when nobody reads its answers any more") {
    Running r;
    r.program.close_output();
    r.program.send(R"({"jsonrpc":"2.0","id":1,"method":"ping"})");
    CHECK(r.program.exited_within(3s) == 1);
  }
}

TEST_CASE("the tool definitions cost little context, and say what they must") {
  Running r;
  r.program.send(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
  const json reply = r.program.reply(1);
  CHECK(reply.dump().size() <= 10 * 1024);
  for (const json& tool : reply["result"]["tools"]) {
    CAPTURE(tool["name"]);
    CHECK(tool["name"].get<std::string>().find_first_not_of("abcdefghijklmnopqrstuvwxyz_") ==
          std::string::npos);
    CHECK_FALSE(tool["description"].get<std::string>().empty());
    const bool changes =
        tool["name"] == "invoke" || tool["name"] == "compare" || tool["name"] == "cancel_task";
    CHECK(tool["annotations"]["readOnlyHint"] == !changes);
    CHECK(tool["outputSchema"]["type"] == "object");
    CHECK_FALSE(tool["outputSchema"]["properties"].empty());
    for (const json& property : tool["inputSchema"]["properties"]) {
      INFO("property ", std::string(property.dump()));
      CHECK_FALSE(property.value("description", "").empty());
      CHECK(property["type"].is_string());
    }
  }
}
