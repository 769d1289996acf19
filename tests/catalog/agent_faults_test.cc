// What agents may send that they should not, row by row of the house's list of faults (I01 to I19):
// each odd one with its neighbours.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "catalog/agents/card_fetch.h"
#include "tests/catalog/exchanges.h"
#include "tests/catalog/scripted_agent.h"

using namespace catalog;
using namespace std::chrono_literals;
using tests::A2aCaller;
using tests::answering;
using tests::contains;
using tests::Methods;
using tests::ScriptedAgent;
using tests::Upstream;
using tests::UpstreamRequest;
using tests::Wire;
using json = nlohmann::json;

namespace {

std::string task_result(const json& task) { return tests::result({{"task", task}}); }

json with_parts(const json& parts) {
  json task = tests::task("TASK_STATE_COMPLETED", "made");
  task["artifacts"][0]["parts"] = parts;
  return task;
}

// What a single reply is to the caller: its text, or the kind of its error.
std::string read_as(const std::string& reply) {
  const Upstream upstream = answering(200, "application/json", reply);
  A2aCaller caller(upstream);
  caller.prompt.patience.until = std::chrono::steady_clock::now() + 250ms;
  try {
    const Answer answer = caller.ask();
    return answer.status == Status::completed ? answer.text : answer.finish_reason;
  } catch (const UpstreamError& error) {
    return std::string(name(error.kind));
  }
}

// What was declined before anything was sent.
std::optional<Kind> refused(const std::function<void()>& call) {
  try {
    call();
  } catch (const Refused& refusal) {
    return refusal.kind;
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("I01: no address that a stranger wrote leads to this machine or its network") {
  const Upstream here([](const UpstreamRequest&, Wire& wire) {
    wire.reply(200, "application/json", R"({"name":"A","url":"/rpc"})");
  });
  const std::string port = ":" + std::to_string(here.port());
  const std::string hosts[] = {"127.0.0.1",
                               "localhost",  // a name is judged by the address it is connected to
                               "[::1]",     "[::ffff:127.0.0.1]", "[0:0:0:0:0:0:0:1]", "0.0.0.0"};
  Transfers transfers;
  for (const std::string& host : hosts) {
    CAPTURE(host);
    const std::string url = "http://" + host + port + "/card.json";
    CHECK(refused([&] { fetch_card(url, nullptr, transfers, {}, true); }) == Kind::forbidden);
    A2aCaller caller(here);
    caller.call.public_addresses_only = true;
    caller.call.interface.url = url;
    CHECK(refused([&] { caller.ask(); }) == Kind::forbidden);
  }
  for (const char* other : {"http://169.254.169.254/", "http://10.0.0.1/", "http://[fd00::1]/"}) {
    CAPTURE(std::string(other));
    CHECK(refused([&] { fetch_card(other, nullptr, transfers, {}, true); }) == Kind::forbidden);
  }
  for (const char* none : {"gopher://a.example/", "http://127.0.0.1@evil.example/", "file:///c",
                           "http://", "//a.example/c.json", "http://a.example:99999/"}) {
    CAPTURE(std::string(none));
    CHECK(refused([&] { fetch_card(none, nullptr, transfers, {}, true); }) ==
          Kind::invalid_arguments);
  }
  CHECK(here.connections() == 0);
}

TEST_CASE("I03: the address of a file is handed over, never fetched") {
  const Upstream elsewhere([](const UpstreamRequest&, Wire& wire) { wire.hang_up(); });
  for (const std::string& url : {elsewhere.url() + "/x.pdf", std::string("file:///etc/passwd"),
                                 std::string("http://169.254.169.254/latest")}) {
    CAPTURE(url);
    CHECK(contains(read_as(task_result(with_parts({{{"url", url}, {"filename", "x"}}}))), url));
    CHECK(contains(read_as(task_result(with_parts({{{"kind", "file"}, {"file", {{"uri", url}}}}}))),
                   url));
  }
  CHECK(elsewhere.connections() == 0);
}

TEST_CASE("I05: an id is sent back whole or not at all, and cannot lead elsewhere") {
  struct Case {
    std::string id;
    bool taken;
  };
  const Case cases[] = {{"t-1", true},
                        {"../../x?y#z", true},  // percent-encoded in a path
                        {std::string(512, 'i'), true},
                        {std::string(513, 'i'), false},
                        {std::string(65'536, 'i'), false},
                        {"a\r\nX-Injected: 1", false},
                        {std::string("a\0b", 3), false},
                        {"a\u202eb", false}};
  for (const Case& one : cases) {
    CAPTURE(one.id.substr(0, 20));
    json working = tests::task("TASK_STATE_INPUT_REQUIRED", nullptr, "go on?");
    working["id"] = one.id;
    working["contextId"] = one.id;
    const Upstream upstream = answering(200, "application/json", task_result(working));
    A2aCaller caller(upstream);
    const Answer answer = caller.ask();
    CHECK(answer.task_id == (one.taken ? one.id : ""));
    CHECK(answer.context_id == (one.taken ? one.id : ""));
    CHECK(answer.task.has_value() == one.taken);
    if (!one.taken) continue;
    caller.call.interface.protocol_binding = "HTTP+JSON";
    AgentTask task = *answer.task;
    task.binding = "HTTP+JSON";
    follow_task(call_of_task(caller.call, task), task, {}, caller.listener(), caller.transfers, {});
    const std::string target = upstream.requests().back().target;
    CHECK(target.rfind("/rpc/tasks/", 0) == 0);
    CHECK(target.find_first_of("?#", 5) == std::string::npos);
    CHECK(target.find('/', 11) == std::string::npos);
  }
}

TEST_CASE("I05: a tenant that cannot be sent back whole is nobody") {
  for (const std::string& tenant :
       {std::string("team"), std::string(600, 't'), std::string("a\r\nb"), std::string()}) {
    const AgentCard card =
        decode_card({{"name", "A"},
                     {"supportedInterfaces",
                      {{{"url", "/rpc"}, {"protocolBinding", "JSONRPC"}, {"tenant", tenant}}}}},
                    *parse_url("https://a.example/c.json"));
    const bool usable = tenant.size() < 5 && tenant.find('\r') == std::string::npos;
    REQUIRE(card.interfaces.size() == (usable ? 1 : 0));
    if (usable) CHECK(card.interfaces[0].tenant == tenant);
  }
}

TEST_CASE("I07: whether a card is signed is seen, and no signature is believed") {
  const json signature = {{"protected", "eyJhbGciOiJFUzI1NiJ9"}, {"signature", "AAAA"}};
  struct Case {
    json signatures;
    bool is_signed;
  };
  const Case cases[] = {{nullptr, false},
                        {json::array(), false},
                        {json::array({signature}), true},
                        {json::array({json::object()}), true},
                        {"signed, honestly", false},
                        {signature, false}};
  for (const Case& one : cases) {
    CAPTURE(one.signatures.dump());
    const AgentCard card =
        decode_card({{"name", "A"}, {"url", "https://a.example/"}, {"signatures", one.signatures}},
                    *parse_url("https://a.example/c.json"));
    CHECK(card.is_signed == one.is_signed);
    CHECK(choose_interface(card).interface.has_value());
  }
}

TEST_CASE(
    "I11: a state that is not known is not an end, is shown as it came, and is not asked for "
    "ever") {
  for (const char* state : {"TASK_STATE_PAUSED", "paused", "TASK_STATE_UNSPECIFIED", "unknown"}) {
    CAPTURE(std::string(state));
    ScriptedAgent agent;
    agent.on("SendMessage", task_result(tests::task(state)));
    agent.on("GetTask", tests::result(tests::task(state)));
    A2aCaller caller(agent.upstream);
    caller.prompt.patience.until = std::chrono::steady_clock::now() + 500ms;
    const Answer answer = caller.ask();
    CHECK(answer.status == Status::working);
    CHECK(answer.finish_reason == state);
    CHECK(answer.task.has_value());
    CHECK(agent.asked().size() < 6);  // the pauses grow
  }
  for (const char* state : {"input-required", "TASK_STATE_INPUT_REQUIRED", "input_required"}) {
    CAPTURE(std::string(state));
    CHECK(read_as(task_result(tests::task(state, nullptr, "which?"))) == "input-required");
  }
}

TEST_CASE("I13, I15: a question is a question, and an end without an answer is an error") {
  struct Case {
    const char* state;
    const char* read;
  };
  const Case cases[] = {{"TASK_STATE_INPUT_REQUIRED", "input-required"},
                        {"auth-required", "auth-required"},
                        {"TASK_STATE_REJECTED", "agent_rejected"},
                        {"rejected", "agent_rejected"},
                        {"TASK_STATE_FAILED", "agent_failed"},
                        {"failed", "agent_failed"},
                        {"TASK_STATE_CANCELED", "agent_failed"},
                        {"canceled", "agent_failed"},
                        {"TASK_STATE_COMPLETED", "said"}};
  for (const Case& one : cases) {
    CAPTURE(std::string(one.state));
    CHECK(read_as(task_result(tests::task(one.state, nullptr, "said"))) == one.read);
  }
}

TEST_CASE("I17: what comes after the end does not open the task again") {
  for (const char* end : {"TASK_STATE_COMPLETED", "TASK_STATE_FAILED", "TASK_STATE_REJECTED"}) {
    for (const char* later : {"TASK_STATE_WORKING", "TASK_STATE_INPUT_REQUIRED",
                              "TASK_STATE_COMPLETED", "TASK_STATE_FAILED"}) {
      CAPTURE(std::string(end) + " " + later);
      ScriptedAgent agent;
      agent.stream("SendStreamingMessage",
                   tests::event({{"task", tests::task("TASK_STATE_WORKING")}}) +
                       tests::event(tests::piece("made")) + tests::event(tests::status(end)) +
                       tests::event(tests::status(later)));
      A2aCaller caller(agent.upstream);
      caller.call.streaming = true;
      if (std::string_view(end) == "TASK_STATE_COMPLETED") {
        CHECK(caller.ask().text == "made");
      } else {
        const UpstreamError error = caller.fail();
        CHECK((error.kind == Kind::agent_failed || error.kind == Kind::agent_rejected));
        CHECK(error.partial_text == "made");
      }
      CHECK(agent.asked() == Methods{"SendStreamingMessage"});
    }
  }
}

TEST_CASE("I19: what is too much is cut or refused, and what is broken is named") {
  json parts = json::array();
  parts.push_back({{"raw", "not base64!"}, {"filename", "b"}});
  CHECK(read_as(task_result(with_parts(parts))) == "[file b, 6 bytes, not valid base64]");
  parts = {{{"raw", "aGVsbG8h"}, {"url", "https://x.example/y"}, {"filename", "both"}}};
  CHECK(contains(read_as(task_result(with_parts(parts))), "https://x.example/y, 6 bytes"));

  std::string many = task_result(with_parts({{{"text", "x"}}}));
  const std::size_t at = many.find(R"({"text":"x"})");
  REQUIRE(at != std::string::npos);
  std::string million;
  for (int i = 0; i < 1'000'000; ++i) million += "{},";
  many.insert(at, million);
  CHECK(read_as(many) == "malformed");

  ScriptedAgent agent;
  agent.on("SendStreamingMessage", [](Wire& wire) {
    wire.begin_chunks(200, "text/event-stream");
    const std::string mebibyte = ": " + std::string((1 << 20) - 4, '.') + "\n\n";
    for (int i = 0; i < 500; ++i) {
      if (!wire.chunk(mebibyte)) return wire.hang_up();
    }
    wire.last_chunk();
  });
  A2aCaller caller(agent.upstream);
  caller.call.streaming = true;
  const UpstreamError error = caller.fail();
  CHECK(error.kind == Kind::malformed);
  CHECK(agent.asked().front() == "SendStreamingMessage");
}
