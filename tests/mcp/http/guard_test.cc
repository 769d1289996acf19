// Who may speak to the endpoint at all.
#include "mcp/http/guard.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/mcp/http/rig.h"

using namespace tests;
using nlohmann::json;

namespace {

// A request for the endpoint with exactly these headers beside its type.
std::string with(const std::string& headers, std::string_view body = initialize_body) {
  return fmt::format(
      "POST /mcp HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{}\r\n{}",
      body.size(), headers, body);
}

mcp::HttpOptions with_tokens() {
  mcp::HttpOptions options;
  options.allowed.principal_of = [](const std::string& token) -> std::optional<std::string> {
    if (token == "token-of-ann") return "ann";
    if (token == "token-of-bob") return "bob";
    return std::nullopt;
  };
  return options;
}

}  // namespace

TEST_CASE("a page that was rebound to loopback is refused by its Host and Origin") {
  mcp::HttpOptions options;
  options.allowed.hosts = {"mcp.example.com", "proxy.example.com:8080"};
  options.allowed.origins = {"https://app.example.com"};
  HttpRig rig(std::move(options));
  const std::string port = std::to_string(rig.port());
  struct Case {
    std::string host;
    std::string origin;  // "": none
    int status;
  };
  const Case cases[] = {
      {"127.0.0.1:" + port, "", 200},
      {"localhost:" + port, "", 200},
      {"LOCALHOST:" + port, "", 200},
      {"[::1]:" + port, "", 200},
      {"localhost", "", 200},
      {"127.0.0.1", "", 200},
      {"mcp.example.com", "", 200},
      {"MCP.example.com:444", "", 200},
      {"proxy.example.com:8080", "", 200},
      {"proxy.example.com:8081", "", 403},
      {"127.0.0.1:1", "", 403},
      {"evil.com", "", 403},
      {"evil.com:" + port, "", 403},
      {"169.254.169.254", "", 403},
      {"localhost.evil.com:" + port, "", 403},
      {"127.0.0.1.nip.io:" + port, "", 403},
      {"127.1:" + port, "", 403},
      {"[::ffff:127.0.0.1]:" + port, "", 403},
      {"localhost.:" + port, "", 403},
      {"", "", 403},
      {"127.0.0.1:" + port, "http://evil.com", 403},
      {"127.0.0.1:" + port, "null", 403},
      {"127.0.0.1:" + port, "file://", 403},
      {"127.0.0.1:" + port, "http://localhost:5173", 403},
      {"127.0.0.1:" + port, "https://localhost", 403},
      {"127.0.0.1:" + port, "https://localhost:" + port, 403},
      {"127.0.0.1:" + port, "http://localhost:" + port, 200},
      {"127.0.0.1:" + port, "https://app.example.com", 200},
      {"127.0.0.1:" + port, "https://app.example.com.evil.com", 403},
  };
  for (const Case& each : cases) {
    CAPTURE(each.host);
    CAPTURE(each.origin);
    const std::string origin = each.origin.empty() ? "" : "Origin: " + each.origin + "\r\n";
    HttpClient client(rig.port());
    const HttpAnswer answer = client.ask(with("Host: " + each.host + "\r\n" + origin));
    CHECK(answer.status == each.status);
    CHECK(answer.headers.count("access-control-allow-origin") == 0);
  }
  HttpClient client(rig.port());
  CHECK(
      client.ask(with("Host: localhost:" + port + "\r\nHost: localhost:" + port + "\r\n")).status ==
      400);
}

TEST_CASE("a foreign origin is refused before its body is read") {
  HttpRig rig;
  HttpClient client(rig.port());
  client.send(
      fmt::format("POST /mcp HTTP/1.1\r\nHost: localhost:{}\r\nOrigin: http://evil.com\r\n"
                  "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n",
                  rig.port()));
  CHECK(client.answer(Milliseconds(1000)).status == 403);
  CHECK(client.closed_within(Milliseconds(2000)));
}

TEST_CASE("with tokens every request needs one, before anything else is looked at") {
  HttpRig rig(with_tokens());
  HttpClient client(rig.port());
  const HttpAnswer none = client.ask(rig.request("GET"));
  CHECK(none.status == 401);
  CHECK(none.headers.at("www-authenticate") == "Bearer realm=\"mcp\"");
  struct Case {
    const char* header;
    int status;
  };
  constexpr Case cases[] = {
      {"Authorization: Bearer wrong\r\n", 401},
      {"Authorization: Bearer token-of-an\r\n", 401},
      {"Authorization: Bearer \r\n", 401},
      {"Authorization: Basic token-of-ann\r\n", 401},
      {"Authorization: token-of-ann\r\n", 401},
      {"Authorization: Bearer token-of-ann\r\nAuthorization: Bearer x\r\n", 401},
      {"Authorization: Bearer token-of-ann\r\n", 200},
      {"Authorization: bearer  token-of-ann\r\n", 200}};
  for (const Case& each : cases) {
    CAPTURE(each.header);
    HttpClient fresh(rig.port());
    const HttpAnswer answer = fresh.ask(rig.post(initialize_body, each.header));
    CHECK(answer.status == each.status);
    if (each.status == 401) CHECK(answer.headers.count("www-authenticate") == 1);
  }
  HttpClient caller(rig.port());
  std::string call = rig.call(1, "echo");
  call.insert(call.find("Content-Type"), "Authorization: Bearer token-of-bob\r\n");
  CHECK(caller.ask(call).json()["result"]["content"][0]["text"] == "bob:{}");
}

TEST_CASE("a session answers only to who opened it") {
  HttpRig rig(with_tokens());
  HttpClient client(rig.port());
  const std::string ann = "Authorization: Bearer token-of-ann\r\n";
  const std::string bob = "Authorization: Bearer token-of-bob\r\n";
  const std::string id = client.ask(rig.post(initialize_body, ann)).headers.at("mcp-session-id");
  CHECK(client.ask(rig.in_session(id, ping_body, ann)).status == 200);
  CHECK(client.ask(rig.in_session(id, ping_body, bob)).status == 404);
  CHECK(client.ask(rig.request("DELETE", bob + "Mcp-Session-Id: " + id + "\r\n")).status == 404);
  CHECK(client.ask(rig.in_session(id, ping_body, ann)).status == 200);
  CHECK(client.ask(rig.in_session(id, ping_body)).status == 401);
}

TEST_CASE("guessing tokens is slowed down by address; who has one is not") {
  HttpRig rig(with_tokens());
  HttpClient client(rig.port());
  int refused = 0, slowed = 0;
  for (int i = 0; i < 20; ++i) {
    const HttpAnswer answer = client.ask(rig.request("GET", "Authorization: Bearer guess\r\n"));
    refused += answer.status == 401;
    slowed += answer.status == 429;
  }
  CHECK(refused >= 10);
  CHECK(slowed >= 1);
  CHECK(refused + slowed == 20);
  CHECK(client.ask(rig.post(initialize_body, "Authorization: Bearer token-of-ann\r\n")).status ==
        200);
}

TEST_CASE("an address that others can reach needs tokens to be listened on") {
  mcp::Server server({"t", "T", "1", ""}, {}, [](std::string_view) {});
  mcp::HttpOptions options;
  options.address = {"0.0.0.0", 0};
  CHECK_THROWS_WITH_AS(mcp::Http(server, options), doctest::Contains("token"), std::runtime_error);
  options.allowed = with_tokens().allowed;
  CHECK_NOTHROW(mcp::Http(server, options));
  for (const char* host : {"127.0.0.1", "127.8.9.1", "::1", "localhost"})
    CHECK(mcp::is_loopback(host));
  for (const char* host : {"0.0.0.0", "::", "10.0.0.1", "127.0.0.1.nip.io", "", "128.0.0.1"}) {
    CHECK_FALSE(mcp::is_loopback(host));
  }
}
