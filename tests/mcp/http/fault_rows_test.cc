// The rows C (semantics) and H (HTTP) of the fault cases, and their neighbours, as far as the other
// tests of this folder do not show them. After each row a probe must be answered.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/mcp/http/rig.h"

using namespace tests;
using nlohmann::json;

namespace {

const json meta = {{"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
                   {"io.modelcontextprotocol/clientCapabilities", json::object()}};

std::string body(const std::string& tool, const json& described = meta) {
  return json{{"jsonrpc", "2.0"},
              {"id", 1},
              {"method", "tools/call"},
              {"params", {{"name", tool}, {"_meta", described}}}}
      .dump();
}

json without(const char* member) {
  json less = meta;
  less.erase(member);
  return less;
}

json with(const char* member, const json& value) {
  json altered = meta;
  altered[member] = value;
  return altered;
}

constexpr const char* version = "MCP-Protocol-Version: 2026-07-28\r\n";
constexpr const char* method = "Mcp-Method: tools/call\r\n";

mcp::HttpOptions of_two() {
  mcp::HttpOptions options;
  options.allowed.principal_of = [](const std::string& token) -> std::optional<std::string> {
    return token == "ann" || token == "bob" ? std::optional(token) : std::nullopt;
  };
  options.endpoint.calls_of_principal = 1;
  return options;
}

// A request about tasks by one of the two.
struct Owner {
  const HttpRig& rig;
  std::string name;

  HttpAnswer ask(const std::string& asked, json params) const {
    params["_meta"] = with("io.modelcontextprotocol/clientCapabilities",
                           {{"extensions", {{"io.modelcontextprotocol/tasks", json::object()}}}});
    const std::string named = params.contains("taskId") ? params["taskId"] : params["name"];
    HttpClient client(rig.port());
    return client.ask(
        rig.modern(1, asked, params,
                   fmt::format("Authorization: Bearer {}\r\n{}", name,
                               params.contains("taskId") ? "Mcp-Name: " + named + "\r\n" : "")));
  }
  json start() const { return ask("tools/call", {{"name", "background"}}).json()["result"]; }
  HttpAnswer about(const char* asked, const json& id) const {
    return ask(asked, {{"taskId", id}, {"inputResponses", json::object()}});
  }
};

}  // namespace

TEST_CASE("fault rows C: a modern request whose parts do not agree is refused and not executed") {
  HttpRig rig;
  struct Row {
    std::string id;
    std::string body;
    std::string headers;
    int code;
  };
  const std::string wait = body("wait");
  const std::string both = std::string(version) + method;
  const std::string all = both + "Mcp-Name: wait\r\n";
  const Row rows[] = {
      {"C01", body("wait", without("io.modelcontextprotocol/protocolVersion")), all, -32602},
      {"C01", body("wait", without("io.modelcontextprotocol/clientCapabilities")), all, -32602},
      {"C01", body("wait", with("io.modelcontextprotocol/clientCapabilities", {1})), all, -32602},
      {"C01", body("wait", with("io.modelcontextprotocol/protocolVersion", 20260728)), all, -32602},
      {"C01", body("wait", json::array()), all, -32602},
      {"C05", wait, std::string(version) + "Mcp-Method: tools/list\r\nMcp-Name: wait\r\n", -32020},
      {"C05", wait, std::string(version) + "Mcp-Method: TOOLS/CALL\r\nMcp-Name: wait\r\n", -32020},
      {"C05", wait, std::string(version) + "Mcp-Name: wait\r\n", -32020},
      {"C05", wait, all + method, -32020},
      {"C07", wait, both + "Mcp-Name: =?base64?ZWNobw==?=\r\n", -32020},  // echo
      {"C07", wait, both + "Mcp-Name: =?base64?d2FpdA?=\r\n", -32020},
      {"C07", wait, both + "Mcp-Name: =?base64?d2Fp!A==?=\r\n", -32020},
      {"C07", wait, both + "Mcp-Name: =?base64?/w==?=\r\n", -32020},
      {"C07", wait, both + "Mcp-Name: =?BASE64?d2FpdA==?=\r\n", -32020},
      {"C07", wait, both + "Mcp-Name: Wait\r\n", -32020},
      {"C07", wait, both + "Mcp-Name: w\xC3\xA4it\r\n", -32020},
      {"C07", wait, all + "Mcp-Name: wait\r\n", -32020},
      {"C07", wait, both, -32020},
      {"C09", wait,
       std::string("MCP-Protocol-Version: 2025-11-25\r\n") + method + "Mcp-Name: wait\r\n", -32020},
      {"C09", wait, std::string(method) + "Mcp-Name: wait\r\n", -32020},
      {"C09", wait, all + version, -32020},
      {"C09", body("wait", with("io.modelcontextprotocol/protocolVersion", "2031-01-01")),
       std::string("MCP-Protocol-Version: 2031-01-01\r\n") + method + "Mcp-Name: wait\r\n", -32022},
  };
  for (const Row& row : rows) {
    CAPTURE(row.id);
    CAPTURE(row.headers);
    HttpClient client(rig.port());
    const HttpAnswer answer = client.ask(rig.post(row.body, row.headers));
    CHECK(answer.status == 400);
    CHECK(answer.error_code() == row.code);
    const HttpAnswer probe =
        client.ask(rig.post(body("echo"), both + "Mcp-Name: =?base64?ZWNobw==?=\r\n"));
    CHECK(probe.json()["result"]["content"][0]["text"] == ":{}");
  }
  CHECK(rig.seen.started == 0);
}

TEST_CASE("fault rows H: odd heads and messages, and what follows them") {
  HttpRig rig;
  struct Row {
    std::string id;
    std::string request;
    int status;
  };
  std::string forwarded = "X-Forwarded-For: 10.0.0.1";
  for (int i = 0; i < 10'000; ++i) forwarded += ",10.0.0.1";
  std::string ninety;
  for (int i = 0; i < 90; ++i) ninety += "X-Forwarded-For: 1.2.3.4, %0d%0a\r\n";
  const std::string list = R"({"jsonrpc":"2.0","method":"notifications/initialized"})";
  const Row rows[] = {
      {"H17", rig.post(initialize_body, forwarded + "\r\n"), 431},
      {"H17", rig.post(initialize_body, ninety), 200},
      {"H17",
       rig.post(initialize_body, "X-Forwarded-Host: evil.com\r\nForwarded: host=evil.com\r\n"),
       200},
      {"H37", rig.in_session(rig.open_session(), list), 202},
      {"H37", rig.in_session("unknown", list), 404},
      {"H37", rig.post(list), 400},
      {"H37", rig.post(R"({"jsonrpc":"2.0","method":"x","params":[]})"), 400},
  };
  for (const Row& row : rows) {
    CAPTURE(row.id);
    CAPTURE(row.request.substr(0, 300));
    HttpClient client(rig.port());
    const HttpAnswer answer = client.ask(row.request);
    CHECK(answer.status == row.status);
    if (answer.status == 202) CHECK(answer.body.empty());
    HttpClient probe(rig.port());
    CHECK(probe.ask(rig.modern(9, "tools/list")).status == 200);
  }
}

TEST_CASE("fault row H29: what follows a head that is refused is not executed") {
  HttpRig rig;
  const std::string call = rig.call(1, "wait");
  for (const std::string first :
       {"POST /mcp HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        "POST /mcp HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET /mcp HTTP/1.1\r\n\r\n",
        "POST /mcp HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n"}) {
    CAPTURE(first);
    HttpClient client(rig.port());
    client.send(first + call);
    CHECK(client.answer().status >= 400);
    CHECK(client.closed_within(Milliseconds(2000)));
  }
  CHECK(rig.seen.started == 0);
}

TEST_CASE("fault rows C21 and C25: a task is its owner's alone, and ends once") {
  HttpRig rig(of_two());
  const Owner ann{rig, "ann"}, bob{rig, "bob"};
  const json id = ann.start()["taskId"];
  for (const char* asked : {"tasks/get", "tasks/update", "tasks/cancel"}) {
    CAPTURE(asked);
    const HttpAnswer foreign = bob.about(asked, id);
    CHECK(foreign.error_code() == -32602);
    CHECK(foreign.json()["error"] == bob.about(asked, "nothing").json()["error"]);
  }
  CHECK(ann.about("tasks/get", id).json()["result"]["status"] == "working");
  CHECK(rig.seen.cancelled == 0);
  for (int i = 0; i < 2; ++i) {
    CHECK(ann.about("tasks/cancel", id).json()["result"]["resultType"] == "complete");
    CHECK(ann.about("tasks/get", id).json()["result"]["status"] == "cancelled");
  }
  CHECK(becomes([&] { return rig.seen.cancelled == 1; }));
  CHECK(ann.about("tasks/get", id).json()["result"]["status"] == "cancelled");
}

TEST_CASE("fault row C25: cancelling what is completed changes nothing; a task counts until then") {
  HttpRig rig(of_two());
  const Owner ann{rig, "ann"}, bob{rig, "bob"};
  const json id = ann.start()["taskId"];
  CHECK(ann.start()["isError"] == true);  // her one place is taken, though she has her answer
  const json other = bob.start()["taskId"];
  CHECK(other.is_string());
  rig.seen.release = true;
  CHECK(becomes(
      [&] { return ann.about("tasks/get", id).json()["result"]["status"] == "completed"; }));
  CHECK(ann.about("tasks/cancel", id).json()["result"]["resultType"] == "complete");
  const json task = ann.about("tasks/get", id).json()["result"];
  CHECK(task["status"] == "completed");
  CHECK(task["result"]["content"][0]["text"] == "waited");
  CHECK(ann.start()["resultType"] == "task");
}
