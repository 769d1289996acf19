#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/catalog/takoapi_rig.h"

using namespace catalog;
using nlohmann::json;
using tests::ask;
using tests::failure;
using tests::refusal;
using tests::row;
using tests::Tako;
using tests::TakoOutcome;
using tests::UpstreamRequest;
using tests::Wire;

TEST_CASE("what is refused before anything is sent") {
  Tako tako;
  tako.list({row("alpha")});
  tako.reply("/api/agents/proj",
             row("proj", {{"kind", "PROJECT"}, {"github", "https://g.example/p"}}));
  CHECK(refusal(*tako.directory(), "proj").kind == Kind::unsupported);
  CHECK(refusal(*tako.directory(), "proj").advice.find("https://g.example/p") != std::string::npos);
  const auto keyless = tako.directory("");
  keyless->agents({}, {});
  CHECK(refusal(*keyless, "alpha").kind == Kind::unauthorized);
  CHECK(refusal(*keyless, "alpha").advice.find("TAKO_KEY") != std::string::npos);
  Prompt prompt;
  prompt.system = "be brief";
  CHECK_THROWS_AS(tako.directory()->invoke("alpha", prompt, {}, {}), Refused);
  CHECK(tako.asked("POST").empty());
}

TEST_CASE("a free agent that streams is streamed, every other one is sent a message") {
  struct Case {
    const char* slug;
    json changes;
    const char* path;
  };
  const Case cases[] = {
      {"a", {{"streaming", true}}, "/v1/agents/a/stream"},
      {"b", {{"streaming", false}}, "/v1/agents/b/message"},
      {"c",
       {{"streaming", true}, {"pricing", {{"model", "PER_CALL"}, {"unitUsd", 0.02}}}},
       "/v1/agents/c/message"},
      {"d", {{"streaming", true}, {"pricing", nullptr}}, "/v1/agents/d/message"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.slug);
    Tako tako;
    tako.list({row(one.slug, one.changes)});
    tako.replay(one.path,
                std::string_view(one.path).ends_with("stream") ? "stream-ok" : "message-ask");
    const auto directory = tako.directory();
    directory->agents({}, {});
    ask(*directory, one.slug, "say \"hi\"");
    const UpstreamRequest sent = tako.upstream.requests().back();
    CHECK(sent.target == one.path);
    CHECK(json::parse(sent.body) == json{{"text", "say \"hi\""}});
    CHECK(sent.header("authorization") == std::string("Bearer ") + tests::tako_key);
  }
}

TEST_CASE("answers through the gateway") {
  Tako tako;
  tako.list({row("s", {{"streaming", true}}), row("m"),
             row("p", {{"pricing", {{"model", "PER_CALL"}, {"unitUsd", 0.02}}}})});
  tako.replay("/v1/agents/s/stream", "stream-ok");
  tako.replay("/v1/agents/m/message", "message-ask");
  tako.replay("/v1/agents/p/message", "message-ask");
  const auto directory = tako.directory();
  directory->agents({}, {});

  const TakoOutcome streamed = ask(*directory, "s");
  CHECK(streamed.answer.text == "chunk 1/3; chunk 2/3; chunk 3/3; ");
  CHECK(streamed.printed == streamed.answer.text);
  CHECK(streamed.answer.status == Status::completed);
  CHECK(streamed.answer.task_id == "fe60f2ff-c6f2-4f3b-89cb-63ba34d3cee0");
  CHECK(streamed.answer.served_by == "agent:takoapi/s (The s, A2A 0.3)");
  CHECK(streamed.answer.cost_usd == 0);

  const Answer asked = ask(*directory, "m").answer;
  CHECK(asked.status == Status::input_required);
  CHECK(asked.text == "Which city?");
  CHECK(asked.task_id == "00025107-e364-4187-9dc2-048d958503aa");
  CHECK(asked.context_id == "c3e5ce43-291d-4629-8ee4-635cbd8f1e39");

  const Answer paid = ask(*directory, "p").answer;
  CHECK(paid.cost_usd == 0.02);
  CHECK(paid.cost_source == CostSource::estimated);
}

TEST_CASE("errors of the gateway") {
  struct Case {
    const char* recorded;
    Kind kind;
    int status;
    const char* advice;  // contains
  };
  const Case cases[] = {
      {"message-401", Kind::unauthorized, 401, "TAKO_KEY"},
      {"message-402", Kind::out_of_credit, 402, "balance $0.004, required $0.02"},
      {"message-404", Kind::not_found, 404, "list_agents"},
      {"message-429", Kind::rate_limited, 429, "wait"},
      {"message-dead", Kind::unavailable, 502, "another agent"},
      {"message-project-400", Kind::unsupported, 400, ""},
  };
  for (const Case& one : cases) {
    CAPTURE(one.recorded);
    Tako tako;
    tako.list({row("a", {{"pricing", {{"model", "PER_CALL"}, {"unitUsd", 0.02}}}})});
    tako.replay("/v1/agents/a/message", one.recorded);
    const auto directory = tako.directory();
    directory->agents({}, {});
    const UpstreamError error = failure(*directory, "a");
    CHECK(error.kind == one.kind);
    CHECK(error.status == one.status);
    CHECK(error.billed == Billed::no);
    CHECK(error.advice.find(one.advice) != std::string::npos);
    CHECK_FALSE(error.provider_message.empty());
    CHECK(error.retry_after.has_value() == (one.status == 429));
    CHECK(tako.asked("POST").size() == 1);
  }
}

TEST_CASE("errors of the agent itself, seen through the gateway") {
  struct Case {
    int status;
    const char* body;
    Kind kind;
    Billed billed;
  };
  const char* failed = R"({"result":{"kind":"task","id":"t","status":{"state":"failed",
    "message":{"parts":[{"kind":"text","text":"oh no"}]}}}})";
  const Case cases[] = {
      {401, R"({"error":{"message":"who are you"}})", Kind::unauthorized, Billed::no},
      {200, R"({"jsonrpc":"2.0","error":{"code":-32602,"message":"bad"}})", Kind::invalid_arguments,
       Billed::no},
      {200, failed, Kind::agent_failed, Billed::yes},
      {200, "<html></html>", Kind::malformed, Billed::unknown},
  };
  for (const Case& one : cases) {
    CAPTURE(one.body);
    Tako tako;
    tako.list({row("a", {{"pricing", {{"model", "PER_CALL"}, {"unitUsd", 0.02}}}})});
    tako.replies["/v1/agents/a/message"] = [&one](const UpstreamRequest&, Wire& wire) {
      wire.reply(one.status, "application/json", one.body);
    };
    const auto directory = tako.directory();
    directory->agents({}, {});
    const UpstreamError error = failure(*directory, "a");
    CHECK(error.kind == one.kind);
    CHECK(error.billed == one.billed);
    CHECK(error.what_happened.find("agent:takoapi/a") != std::string::npos);
    CHECK(error.advice.find("TAKO_KEY") == std::string::npos);
  }
}

TEST_CASE("an agent that speaks only 1.0 is called directly, without the directory's key") {
  const json open_card = {
      {"name", "Modern"},
      {"supportedInterfaces",
       {{{"url", "/rpc"}, {"protocolBinding", "JSONRPC"}, {"protocolVersion", "1.0"}}}}};
  json locked_card = open_card;
  locked_card["securitySchemes"] = {{"k", {{"type", "http"}, {"scheme", "bearer"}}}};
  locked_card["security"] = {{{"k", json::array()}}};
  for (const char* refusal_recording : {"message-only-10", "stream-json-in-sse"}) {
    CAPTURE(refusal_recording);
    const bool streaming = std::string_view(refusal_recording).starts_with("stream");
    const std::string surface = streaming ? "stream" : "message";
    Tako tako;
    tako.list(
        {row("open", {{"streaming", streaming}, {"agentCard", tako.upstream.url() + "/open.json"}}),
         row("locked",
             {{"streaming", streaming}, {"agentCard", tako.upstream.url() + "/locked.json"}}),
         row("bare", {{"streaming", streaming}})});
    for (const char* slug : {"open", "locked", "bare"}) {
      tako.replay(std::string("/v1/agents/") + slug + "/" + surface, refusal_recording);
    }
    tako.reply("/open.json", open_card);
    tako.reply("/locked.json", locked_card);
    tako.reply("/rpc", json::parse(R"({"result":{"message":{"role":"ROLE_AGENT","contextId":"c",
                                       "parts":[{"text":"modern answer"}]}}})"));
    const auto directory = tako.directory();
    directory->agents({}, {});

    const Answer answer = ask(*directory, "open").answer;
    CHECK(answer.text == "modern answer");
    CHECK(answer.served_by == "agent:takoapi/open (Modern, A2A 1.0)");
    for (const UpstreamRequest& request : tako.upstream.requests()) {
      const bool gateway = request.target.starts_with("/v1/");
      CHECK(request.header("authorization").empty() != gateway);
    }

    const UpstreamError locked = failure(*directory, "locked");
    CHECK(locked.kind == Kind::unsupported);
    CHECK(locked.what_happened.find("http bearer") != std::string::npos);
    CHECK(failure(*directory, "bare").kind == Kind::unsupported);
  }
}
