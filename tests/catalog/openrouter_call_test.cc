#include <doctest/doctest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/catalog/gateway_rig.h"
#include "tests/golden.h"

using namespace catalog;
using namespace tests;
using namespace std::chrono_literals;
using nlohmann::json;

TEST_CASE("a call asks for a stream, with a limit, its key, and nobody else's name") {
  GatewayRig rig(gateway_streaming(chat_said("hello") + chat_finished("stop") + chat_done));
  Prompt prompt;
  prompt.text = "hi";
  prompt.system = "be brief";
  prompt.temperature = 0.5;
  rig.gateway->invoke("a/b:nitro", prompt, {}, {});
  const auto requests = rig.upstream.requests();
  REQUIRE(requests.size() == 1);  // the catalogue is not fetched on the way
  CHECK(requests[0].method == "POST");
  CHECK(requests[0].target == "/api/v1/chat/completions");
  CHECK(requests[0].header("authorization") == std::string("Bearer ") + gateway_key);
  CHECK(requests[0].header("content-type") == "application/json");
  CHECK(requests[0].header("http-referer").empty());
  CHECK(json::parse(requests[0].body) ==
        json::parse(R"({"model":"a/b:nitro","messages":[{"role":"system","content":"be brief"},
          {"role":"user","content":"hi"}],"stream":true,"max_tokens":4096,"temperature":0.5})"));
}

TEST_CASE("recorded answers come through whole, with cost, tokens and who answered") {
  const json streams = json::parse(tests::golden("openrouter/streams.json"));
  for (const auto& item : streams.items()) {
    const std::string& file = item.key();
    const json& expected = item.value();
    if (expected["text"] == "") continue;
    CAPTURE(file);
    const std::string body = tests::golden("openrouter/" + file);
    GatewayRig rig([&](const UpstreamRequest&, Wire& wire) {
      wire.begin_chunks(200, "text/event-stream", "X-Generation-Id: gen-header\r\n");
      for (std::size_t at = 0; at < body.size(); at += 1000) wire.chunk(body.substr(at, 1000));
      wire.last_chunk();
    });
    std::string heard;
    const Listener listener{[&](std::string_view text) { heard += text; }, {}};
    const Answer answer = rig.gateway->invoke("a/b", Prompt{"hi", {}, {}, {}, {}}, listener, {});
    CHECK(answer.status == Status::completed);
    CHECK(answer.text == expected["text"].get<std::string>());
    CHECK(heard == answer.text);
    CHECK(answer.served_by ==
          expected["model"].get<std::string>() + " via " + expected["provider"].get<std::string>());
    CHECK(answer.cost_usd == expected["cost"].get<double>());
    CHECK(answer.cost_source == CostSource::reported);
    CHECK(answer.usage.completion_tokens == expected["completion_tokens"].get<std::int64_t>());
    CHECK(answer.usage.reasoning_tokens == expected["reasoning_tokens"].get<std::int64_t>());
    CHECK(answer.finish_reason == "stop");
    CHECK(answer.request_id == "gen-header");
  }
}

TEST_CASE("calls one after the other share a connection") {
  GatewayRig rig(gateway_streaming(chat_said("x") + chat_finished("stop") + chat_done));
  for (int i = 0; i < 5; ++i) CHECK(rig.ask().text == "x");
  CHECK(rig.upstream.connections() == 1);
}

TEST_CASE("an answer is an answer without [DONE], as JSON, or under a wrong content type") {
  const std::string whole =
      R"({"id":"gen-1","model":"a/b-2","choices":[{"finish_reason":"stop","message":{"content":"x"}}]})";
  struct Case {
    const char* what;
    Upstream::Handler handler;
  };
  const Case cases[] = {
      {"no [DONE]", gateway_streaming(chat_said("x") + chat_finished("stop"))},
      {"no finish reason", gateway_streaming(chat_said("x") + chat_done)},
      {"JSON", gateway_answering(200, "application/json", whole)},
      {"JSON after white space", gateway_answering(200, "application/json", "\n  \n" + whole)},
      {"JSON called a stream", gateway_answering(200, "text/event-stream", whole)},
      {"a stream called JSON",
       gateway_answering(200, "application/json",
                         chat_said("x") + chat_finished("stop") + chat_done)},
      {"more after [DONE]", gateway_streaming(chat_said("x") + chat_finished("stop") + chat_done +
                                              chat_said("y") + chat_done)},
      {"closed at the end instead of ended",
       [](const UpstreamRequest&, Wire& wire) {
         wire.begin_chunks(200, "text/event-stream");
         wire.chunk(chat_said("x") + chat_finished("stop"));
         wire.hang_up();
       }},
  };
  for (const Case& c : cases) {
    CAPTURE(std::string(c.what));
    GatewayRig rig(c.handler);
    const Answer answer = rig.ask();
    CHECK(answer.text == "x");
    CHECK(text_contains(answer.served_by, "a/b-2"));
    CHECK(answer.request_id == "gen-1");
  }
}

namespace {

// What the upstream does, and how the call must end.
struct Failing {
  const char* what;
  Upstream::Handler handler;
  Kind kind;
  Billed billed;
  const char* partial;
};

const std::string lost = R"("error":{"code":502,"message":"connection lost"})";

void check_each(const std::vector<Failing>& cases) {
  for (const Failing& c : cases) {
    CAPTURE(std::string(c.what));
    GatewayRig rig(c.handler);
    const UpstreamError error = failure_of([&] { rig.ask(); });
    CHECK(kind_of(error) == std::string(name(c.kind)));
    CHECK(error.billed == c.billed);
    CHECK(error.partial_text == c.partial);
    CHECK_FALSE(error.what_happened.empty());
    CHECK_FALSE(error.advice.empty());
    CHECK_FALSE(text_contains(error.provider_message, "<html"));
    if (!error.partial_text.empty()) CHECK(error.request_id == "gen-1");
    CHECK(rig.upstream.requests().size() == 1);  // nothing that may have been billed is repeated
  }
}

}  // namespace

TEST_CASE("a stream that fails is no answer, and what had arrived is kept") {
  check_each({
      {"ends in the middle", gateway_streaming(chat_said("so far")), Kind::truncated,
       Billed::unknown, "so far"},
      {"ends within an event", gateway_streaming(chat_said("so far") + "data: {\"cho"),
       Kind::truncated, Billed::unknown, "so far"},
      {"breaks off",
       [](const UpstreamRequest&, Wire& wire) {
         wire.begin_chunks(200, "text/event-stream");
         wire.chunk(chat_said("so far"));
         wire.hang_up();
       },
       Kind::truncated, Billed::unknown, "so far"},
      {"only keep-alives", gateway_streaming(": OPENROUTER PROCESSING\n\n"), Kind::truncated,
       Billed::unknown, ""},
      {"an empty body", gateway_answering(200, "text/event-stream", ""), Kind::truncated,
       Billed::unknown, ""},
      {"an event that is not JSON",
       gateway_streaming(chat_said("so far") + "data: {oops}\n\n" + chat_said("y")),
       Kind::malformed, Billed::unknown, "so far"},
      {"an error at once", gateway_streaming(chat_event(R"({"choices":[],)" + lost + "}")),
       Kind::unavailable, Billed::no, ""},
      {"an error in the middle",
       gateway_streaming(chat_said("so far") + chat_event(R"({"choices":[],)" + lost + "}")),
       Kind::unavailable, Billed::unknown, "so far"},
      {"an error in the choice",
       gateway_streaming(
           chat_said("so far") +
           chat_event(R"({"choices":[{"delta":{},"finish_reason":"error",)" + lost + "}]}") +
           chat_done),
       Kind::unavailable, Billed::unknown, "so far"},
      {"an error with its cost",
       gateway_streaming(
           chat_said("so far") +
           chat_event(R"({"choices":[{"finish_reason":null}],"usage":{"cost":0.1},)" + lost + "}")),
       Kind::unavailable, Billed::yes, "so far"},
  });
}

TEST_CASE("a refusal that stands in the choice is told as what it is, and not sent again") {
  const std::string choice =
      R"({"finish_reason":"error","error":{"code":400,"message":"seen and refused",)"
      R"("metadata":{"error_type":"content_policy_violation"}},)";
  const std::string streamed =
      chat_event(R"({"id":"gen-1","choices":[)" + choice + R"("delta":{}}]})");
  const Failing cases[] = {
      {"at once", gateway_streaming(streamed), Kind::moderated, Billed::no, ""},
      {"after text", gateway_streaming(chat_said("so far") + streamed), Kind::moderated,
       Billed::unknown, "so far"},
      {"in a whole reply",
       gateway_answering(200, "application/json",
                         R"({"id":"gen-1","choices":[)" + choice + R"("message":{}}]})"),
       Kind::moderated, Billed::no, ""},
  };
  for (const Failing& c : cases) {
    CAPTURE(std::string(c.what));
    GatewayRig rig(c.handler, [](GatewaySettings& settings) {
      settings.retry_pace = {0.01, 20s, 2};
    });
    const UpstreamError error = failure_of([&] { rig.ask(); });
    CHECK(kind_of(error) == std::string(name(c.kind)));
    CHECK(error.provider_message == "seen and refused");
    CHECK(error.billed == c.billed);
    CHECK(error.partial_text == c.partial);
    CHECK(rig.upstream.requests().size() == 1);
  }
}

TEST_CASE("a reply that is no stream and no answer does not pass for one") {
  check_each({
      {"an error in a 200", gateway_answering(200, "application/json", "{" + lost + "}"),
       Kind::unavailable, Billed::no, ""},
      {"a page", gateway_answering(200, "text/html", "<html><body>hello</body></html>"),
       Kind::malformed, Billed::unknown, ""},
      {"truncated JSON",
       gateway_answering(200, "application/json", R"({"id":"g","choices":[{"message":)"),
       Kind::truncated, Billed::unknown, ""},
      {"no choices",
       gateway_answering(200, "application/json", R"({"id":"g","choices":[],"usage":{"cost":0}})"),
       Kind::empty, Billed::no, ""},
      {"no text", gateway_streaming(chat_said("") + chat_finished("stop") + chat_done), Kind::empty,
       Billed::unknown, ""},
      {"only white space",
       gateway_streaming(chat_said("  ") + chat_said("\\n \\t") + chat_finished("stop") +
                         chat_done),
       Kind::empty, Billed::unknown, ""},
      {"a withheld answer", gateway_streaming(chat_finished("content_filter") + chat_done),
       Kind::moderated, Billed::unknown, ""},
      {"a tool call",
       gateway_streaming(tests::golden("openrouter/llm_openrouter_chat_tool_calls_2025-09.1.sse")),
       Kind::empty, Billed::yes, ""},
      {"a page of the edge", gateway_answering(502, "text/html", "<html>502</html>"),
       Kind::unavailable, Billed::unknown, ""},
      {"a redirect", gateway_answering(307, "text/plain", "", "Location: http://127.0.0.1:1/\r\n"),
       Kind::malformed, Billed::no, ""},
  });
}

TEST_CASE("a model that thought its tokens away says so") {
  GatewayRig rig(gateway_streaming(
      chat_event(
          R"({"choices":[{"delta":{"content":"","reasoning":"hm"},"finish_reason":null}]})") +
      chat_finished("length", R"({"completion_tokens":600,"cost":0.01})") + chat_done));
  const UpstreamError error = failure_of([&] { rig.ask(); });
  CHECK(kind_of(error) == "empty");
  CHECK(error.billed == Billed::yes);
  CHECK(text_contains(error.what_happened, "reasoning"));
  CHECK(text_contains(error.advice, "max_tokens"));
  CHECK(text_contains(error.advice, "reasoning_effort"));
}

TEST_CASE("error replies keep their status, id and time to wait, and lose the account") {
  GatewayRig rig(
      gateway_answering(429, "application/json",
                        R"({"error":{"message":"Provider returned error","code":429,"metadata":{
                       "provider_name":"Kiln","raw":"busy for user_2abcdefghijk"}},"user_id":"user_2abcdefghijk"})",
                        "Retry-After: 12\r\nX-Generation-Id: gen-7\r\n"));
  const UpstreamError error = failure_of([&] { rig.ask(); });
  CHECK(kind_of(error) == "rate_limited");
  CHECK(error.status == 429);
  CHECK(error.retry_after == 12s);
  CHECK(error.request_id == "gen-7");
  CHECK(error.billed == Billed::no);
  CHECK(text_contains(error.what_happened, "Kiln"));
  CHECK(text_contains(error.provider_message, "busy"));
  CHECK_FALSE(text_contains(error.provider_message, "user_2"));
}

TEST_CASE("without a key nothing is sent, and the message says what to set") {
  GatewayRig rig(gateway_streaming(chat_done), [](GatewaySettings& settings) {
    settings.credential.secret = Secret();
    settings.key_source = "";
  });
  const Refused refused = refusal_of([&] { rig.ask(); });
  CHECK(refused.kind == Kind::unauthorized);
  CHECK(text_contains(refused.advice, "OPENROUTER_API_KEY"));
  CHECK(rig.upstream.requests().empty());
}

TEST_CASE("a call that is stopped closes its connection at once") {
  std::atomic<bool> closed{false};
  std::atomic<bool> begun{false};
  GatewayRig rig([&](const UpstreamRequest&, Wire& wire) {
    wire.begin_chunks(200, "text/event-stream");
    wire.chunk(chat_said("so far"));
    begun = true;
    closed = wire.closed_within(5s);
  });
  std::stop_source stop;
  std::thread stopper([&] {
    for (int i = 0; i < 500 && !begun; ++i) std::this_thread::sleep_for(10ms);
    stop.request_stop();
  });
  CHECK_THROWS_AS(rig.gateway->invoke("a/b", Prompt{"hi", {}, {}, {}, {}}, {}, stop.get_token()),
                  Cancelled);
  stopper.join();
  for (int i = 0; i < 500 && !closed; ++i) std::this_thread::sleep_for(10ms);
  CHECK(closed);
}

TEST_CASE("what a call cost is reported, else estimated, else unknown") {
  const std::string counted = R"({"prompt_tokens":1000,"completion_tokens":100,"cost":null})";
  const auto bundled = [](GatewaySettings& settings) { settings.bundled = true; };
  GatewayRig known(gateway_streaming(chat_said("x") + chat_finished("stop", counted) + chat_done),
                   bundled);
  const Answer estimated = known.ask("anthropic/claude-opus-4.8");  // 5 and 25 $ per million
  CHECK(estimated.cost_source == CostSource::estimated);
  CHECK(estimated.cost_usd == doctest::Approx(0.0075));
  GatewayRig uncounted(gateway_streaming(chat_said("x") + chat_finished("stop") + chat_done),
                       bundled);
  const Answer guessed = uncounted.ask("anthropic/claude-opus-4.8:nitro", std::string(4000, 'x'));
  CHECK(guessed.cost_source == CostSource::estimated);
  CHECK(guessed.cost_usd == doctest::Approx(0.005025));
  for (const char* id : {"openrouter/auto", "nobody/knows"}) {
    const Answer unknown = known.ask(id);
    CHECK(unknown.cost_source == CostSource::unknown);
    CHECK_FALSE(unknown.cost_usd);
  }
  GatewayRig free_of_charge(
      gateway_streaming(chat_said("x") + chat_finished("stop", R"({"cost":0})") + chat_done));
  CHECK(free_of_charge.ask().cost_source == CostSource::reported);
  CHECK(free_of_charge.ask().cost_usd == 0.0);
}

TEST_CASE("a model is not taken for its fallback because their names begin alike") {
  const auto source = [](const std::string& answered) {
    const std::string said =
        chat_event(R"({"model":")" + answered + R"(","choices":[{"delta":{"content":"x"}}]})");
    GatewayRig rig(
        gateway_streaming(
            said + chat_finished("stop", R"({"prompt_tokens":1000,"completion_tokens":100})") +
            chat_done),
        [](GatewaySettings& settings) { settings.bundled = true; });
    Prompt prompt;
    prompt.text = "hi";
    prompt.fallbacks = {"anthropic/claude-opus-4", "openai/gpt-5"};
    return rig.gateway->invoke("anthropic/claude-opus-4.8", prompt, {}, {}).cost_source;
  };
  CHECK(source("anthropic/claude-opus-4.8-20260101") == CostSource::estimated);
  CHECK(source("anthropic/claude-opus-4-20250501") == CostSource::unknown);
  CHECK(source("openai/gpt-5") == CostSource::unknown);
}

TEST_CASE("what is known of a model shapes the call, without asking the network") {
  GatewayRig rig(gateway_streaming(chat_said("x") + chat_finished("stop") + chat_done),
                 [](GatewaySettings& settings) { settings.bundled = true; });
  rig.ask("anthropic/claude-opus-4.8");
  rig.ask("openai/gpt-4");
  const auto requests = rig.upstream.requests();
  REQUIRE(requests.size() == 2);
  CHECK(json::parse(requests[0].body)["max_tokens"] == 16384);
  CHECK(json::parse(requests[1].body)["max_tokens"] == 4096);
}

TEST_CASE("an unknown model is answered with the ids that were meant") {
  GatewayRig rig(gateway_answering(
                     400, "application/json",
                     R"({"error":{"message":"openai/gpt5.5 is not a valid model ID","code":400}})"),
                 [](GatewaySettings& settings) { settings.bundled = true; });
  const UpstreamError error = failure_of([&] { rig.ask("openai/gpt5.5"); });
  CHECK(kind_of(error) == "not_found");
  CHECK(text_contains(error.advice, "openai/gpt-5.5"));
  Prompt prompt;
  prompt.text = "hi";
  prompt.fallbacks = {"openai/gpt5.5"};
  const UpstreamError behind =
      failure_of([&] { rig.gateway->invoke("openai/gpt-4", prompt, {}, {}); });
  CHECK(text_contains(behind.advice, "openai/gpt-5.5"));
}
