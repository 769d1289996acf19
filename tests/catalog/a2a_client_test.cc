#include "catalog/agents/a2a_client.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "catalog/url.h"
#include "tests/catalog/a2a_rig.h"

using namespace catalog;
using nlohmann::json;
using tests::A2aCaller;
using tests::answering;
using tests::done;
using tests::replaying;
using tests::Upstream;
using tests::UpstreamRequest;
using tests::Wire;

namespace {

constexpr const char* no_method =
    R"({"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}})";

}  // namespace

TEST_CASE("replies of real agents: what they are to us") {
  struct Case {
    const char* name;
    Status status;
    const char* text;
    const char* task_id;  // how it begins
    const char* printed;
  };
  const char* files_v1 =
      "see files\n[file a.png (image/png), 10 bytes]\n"
      "[file b.pdf (application/pdf): https://example.com/b.pdf]\n"
      R"({"ok":true,"rows":[1,2.5,null]})";
  const char* files_v03 =
      "see files\n[file a.png (image/png), 8 bytes]\n"
      "[file b.pdf (application/pdf): https://example.com/b.pdf]\n"
      R"({"rows":[1,2.5,null]})";
  const char* chunks = "chunk 1/3; chunk 2/3; chunk 3/3; ";
  const char* login = "Please authorise at https://auth.example.com/device code ABCD-1234";
  const Case cases[] = {
      {"v1-rpc-stream", Status::completed, chunks, "d8b291b2", chunks},
      {"v1-rpc-stream-direct", Status::completed, "direct: s", "", "direct: s"},
      {"v1-rpc-send-ask", Status::input_required, "Which city?", "b3d4be44", ""},
      {"v1-rpc-send-auth", Status::auth_required, login, "95c495d1", ""},
      {"v1-rpc-send-files", Status::completed, files_v1, "596ea0c9", files_v1},
      {"r03-rpc-stream", Status::completed, chunks, "", chunks},
      {"r03-rpc-stream-ask", Status::input_required, "Which city?", "0f93420c", ""},
      {"r03-rpc-send-files", Status::completed, files_v03, "c7120208", files_v03},
      {"r025-rpc-stream", Status::completed, chunks, "06f6e44b", chunks},
      {"adk-rpc-stream", Status::completed, "chunk 3; ", "6fe55068",
       "chunk 1; chunk 2; \nchunk 3; "},
      {"adk-rpc-send", Status::completed, "adk echo: hi", "21c7cfd9", "adk echo: hi"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    const Upstream upstream = replaying(one.name);
    A2aCaller caller(upstream);
    caller.call.streaming = std::string_view(one.name).find("stream") != std::string::npos;
    const Answer answer = caller.ask();
    CHECK(answer.status == one.status);
    CHECK(answer.text == one.text);
    CHECK(answer.task_id.starts_with(one.task_id));
    CHECK(answer.task_id.empty() == (std::string_view(one.name) == "v1-rpc-stream-direct"));
    CHECK_FALSE(answer.context_id.empty());
    CHECK(caller.printed == one.printed);
    CHECK(upstream.requests().size() == 1);
  }
}

TEST_CASE("failures of real agents: what they are to us") {
  struct Case {
    const char* name;
    Kind kind;
    const char* message;  // the agent's words
    const char* task_id;
  };
  const Case cases[] = {
      {"v1-rpc-stream-fail", Kind::agent_failed, "could not do it", "4947c44e"},
      {"v1-rpc-send-reject", Kind::agent_rejected, "not my job", "0a8a75f6"},
      {"r03-rpc-stream-throw", Kind::agent_failed, "Agent execution error: executor exploded",
       "a341960d"},
      {"r025-rpc-send-fail", Kind::agent_failed, "could not do it", "2f26e755"},
      {"adk-rpc-throw", Kind::agent_failed, "Agent run failed: adk exploded", "b863a08c"},
      {"auth-rpc-nokey-401", Kind::unauthorized, "unauthorized", ""},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    const Upstream upstream = replaying(one.name);
    A2aCaller caller(upstream);
    caller.call.streaming = std::string_view(one.name).find("stream") != std::string::npos;
    const UpstreamError error = caller.fail();
    CHECK(error.kind == one.kind);
    CHECK(error.provider_message == one.message);
    CHECK(error.request_id.starts_with(one.task_id));
    CHECK(upstream.requests().size() == 1);
  }
}

TEST_CASE("each version is asked in its own way") {
  const Upstream upstream = answering(200, "application/json", done);
  A2aCaller v1(upstream);
  v1.call.interface.tenant = "team";
  const Answer answer = v1.ask("do it");
  CHECK(answer.text == "done");
  CHECK(answer.served_by == "agent:local/a (A, A2A 1.0)");
  CHECK(answer.task_id == "t");
  CHECK(answer.context_id == "c");
  CHECK(answer.cost_source == CostSource::unknown);
  CHECK_FALSE(answer.cost_usd.has_value());
  A2aCaller v03(upstream);
  v03.call.version = A2aVersion::v0_3;
  v03.call.streaming = true;
  CHECK(v03.ask().served_by == "agent:local/a (A, A2A 0.3)");

  const auto requests = upstream.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].method == "POST");
  CHECK(requests[0].target == "/rpc");
  CHECK(requests[0].header("a2a-version") == "1.0");
  CHECK(requests[0].header("content-type") == "application/json");
  CHECK(requests[0].header("accept") == "text/event-stream, application/json");
  const json sent = json::parse(requests[0].body);
  CHECK(sent["method"] == "SendMessage");
  CHECK(sent["params"]["tenant"] == "team");
  CHECK(sent["params"]["message"]["parts"] == json::parse(R"([{"text":"do it"}])"));
  CHECK(requests[1].header("a2a-version").empty());
  CHECK(json::parse(requests[1].body)["method"] == "message/stream");
}

TEST_CASE("the version that a card got wrong is found out once, and remembered") {
  struct Case {
    const char* name;
    A2aVersion said;
    const char* refusal;  // recorded
    const char* method;   // that works
  };
  const Case cases[] = {
      {"the card says 1.0, the agent speaks 0.3", A2aVersion::v1_0, "r03-rpc-v1-method-nohdr",
       "message/send"},
      {"the card says 0.3, the agent speaks 1.0", A2aVersion::v0_3, "v1-rpc-noversion-header",
       "SendMessage"},
      {"0.3 is an unknown method there", A2aVersion::v0_3, "v1-rpc-old-method", "SendMessage"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    const auto refusal = tests::recording("a2a/recorded/" + std::string(one.refusal) + ".json");
    const Upstream upstream([&](const UpstreamRequest& request, Wire& wire) {
      if (json::parse(request.body)["method"] == one.method) {
        wire.reply(200, "application/json", done);
      } else {
        tests::replay(refusal, wire);
      }
    });
    A2aCaller caller(upstream);
    caller.call.version = one.said;
    CHECK(caller.ask().text == "done");
    CHECK(upstream.requests().size() == 2);
    CHECK(caller.ask().text == "done");
    CHECK(upstream.requests().size() == 3);  // no second discovery
    CHECK(json::parse(upstream.requests()[0].body)["id"] !=
          json::parse(upstream.requests()[1].body)["id"]);
  }
}

TEST_CASE("only where nothing ran is anything sent a second time") {
  struct Case {
    int status;
    const char* body;
    std::size_t requests;
    Kind kind;
  };
  const Case cases[] = {
      {200, no_method, 2, Kind::unsupported},
      {404, "<html>no</html>", 2, Kind::not_found},
      {405, "", 2, Kind::unsupported},
      {404, R"({"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"no task"}})", 1,
       Kind::not_found},
      {500, "{}", 1, Kind::unavailable},
      {503, "busy", 1, Kind::unavailable},
      {400, R"({"error":{"code":-32602,"message":"bad"}})", 1, Kind::invalid_arguments},
      {401, "", 1, Kind::unauthorized},
      {200, "", 1, Kind::empty},
      {200, R"({"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"boom"}})", 1,
       Kind::agent_failed},
  };
  for (const Case& one : cases) {
    CAPTURE(one.status);
    CAPTURE(one.body);
    const Upstream upstream = answering(one.status, "application/json", one.body);
    A2aCaller caller(upstream);
    CHECK(caller.fail().kind == one.kind);
    CHECK(upstream.requests().size() == one.requests);
  }
}

TEST_CASE("errors become kinds, with what to do and whether it was billed") {
  struct Case {
    int status;
    const char* body;
    const char* headers;
    Kind kind;
    Billed billed;
  };
  const char* rpc = R"({"jsonrpc":"2.0","id":1,"error":{"code":%d,"message":"said"}})";
  const Case by_status[] = {
      {401, R"({"error":{"message":"said"}})", "", Kind::unauthorized, Billed::no},
      {402, R"({"detail":"said"})", "", Kind::out_of_credit, Billed::no},
      {403, R"({"message":"said"})", "", Kind::forbidden, Billed::no},
      {413, R"({"title":"said"})", "", Kind::too_long, Billed::no},
      {429, R"({"error":"said"})", "Retry-After: 7\r\n", Kind::rate_limited, Billed::no},
      {500, R"({"error":"said"})", "", Kind::unavailable, Billed::unknown},
      {504, R"({"error":"said"})", "", Kind::timed_out, Billed::unknown},
      {307, R"({"error":"said"})", "Location: http://127.0.0.1:1/\r\n", Kind::malformed,
       Billed::no},
  };
  for (const Case& one : by_status) {
    CAPTURE(one.status);
    const Upstream upstream = answering(one.status, "application/json", one.body, one.headers);
    A2aCaller caller(upstream);
    const UpstreamError error = caller.fail();
    CHECK(error.kind == one.kind);
    CHECK(error.status == one.status);
    CHECK(error.provider_message == "said");
    CHECK(error.billed == one.billed);
    CHECK(error.retry_after.has_value() == (one.status == 429));
  }
  struct Coded {
    int code;
    Kind kind;
  };
  const Coded by_code[] = {
      {-32700, Kind::malformed},         {-32600, Kind::invalid_arguments},
      {-32602, Kind::invalid_arguments}, {-32603, Kind::agent_failed},
      {-32001, Kind::not_found},         {-32002, Kind::unsupported},
      {-32003, Kind::unsupported},       {-32004, Kind::unsupported},
      {-32005, Kind::unsupported},       {-32006, Kind::malformed},
      {-32007, Kind::unsupported},       {-32008, Kind::unsupported},
      {-32050, Kind::agent_failed},      {17, Kind::agent_failed},
  };
  for (const Coded& one : by_code) {
    CAPTURE(one.code);
    char body[200];
    std::snprintf(body, sizeof body, rpc, one.code);
    const Upstream upstream = answering(200, "application/json", body);
    A2aCaller caller(upstream);
    const UpstreamError error = caller.fail();
    CHECK(error.kind == one.kind);
    CHECK(error.provider_message == "said");
  }
}

TEST_CASE("prices: free costs nothing, a price is an estimate, none is unknown") {
  const Upstream upstream = answering(200, "application/json", done);
  A2aCaller caller(upstream);
  caller.call.price.model = "FREE";
  Answer answer = caller.ask();
  CHECK(answer.cost_usd == 0);
  CHECK(answer.cost_source == CostSource::estimated);
  caller.call.price = {"PER_CALL", 0.02};
  answer = caller.ask();
  CHECK(answer.cost_usd == 0.02);
  CHECK(answer.cost_source == CostSource::estimated);
}

TEST_CASE("arguments of models are refused by name, before anything is sent") {
  const Upstream upstream = answering(200, "application/json", done);
  A2aCaller caller(upstream);
  struct Case {
    const char* name;
    Prompt prompt;
  };
  Prompt with_system, with_max_tokens, with_temperature, with_effort;
  with_system.system = "be brief";
  with_max_tokens.max_tokens = 5;
  with_temperature.temperature = 0.1;
  with_effort.reasoning_effort = "high";
  const Case cases[] = {{"`system`", with_system},
                        {"`max_tokens`", with_max_tokens},
                        {"`temperature`", with_temperature},
                        {"`reasoning_effort`", with_effort}};
  for (const Case& one : cases) {
    CAPTURE(one.name);
    try {
      call_agent(caller.call, one.prompt, {}, caller.transfers, caller.versions, {});
      FAIL("not refused");
    } catch (const Refused& refused) {
      CHECK(refused.kind == Kind::unsupported);
      CHECK(refused.what_happened.find(one.name) != std::string::npos);
      CHECK_FALSE(refused.advice.empty());
    }
  }
  CHECK(upstream.requests().empty());
}

TEST_CASE("a credential goes only to its own origin") {
  const Upstream upstream = answering(401, "application/json", "{}");
  Credential credential;
  credential.origin = parse_url(upstream.url())->origin();
  credential.secret = Secret("key-of-the-agent-0123456789");
  A2aCaller caller(upstream);
  caller.call.credential = &credential;
  caller.fail();
  CHECK(upstream.requests().back().header("authorization") == "Bearer key-of-the-agent-0123456789");
  credential.origin = "https://card.example:443";
  const UpstreamError error = caller.fail();
  CHECK(upstream.requests().back().header("authorization").empty());
  CHECK(error.advice.find("https://card.example:443") != std::string::npos);
  CHECK(error.advice.find("0123456789") == std::string::npos);
}

TEST_CASE("an endpoint in the private network is not called for a stranger's card") {
  const Upstream upstream = answering(200, "application/json", done);
  A2aCaller caller(upstream);
  caller.call.public_addresses_only = true;
  CHECK_THROWS(caller.ask());
  CHECK(upstream.requests().empty());
}
