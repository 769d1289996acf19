// `patchbay serve` and `patchbay token`, as a person starts them.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <csignal>

#include "tests/mcp/http/rig.h"
#include "tests/process.h"

using namespace tests;
using nlohmann::json;
using namespace std::chrono_literals;

namespace {

// The port in the line that says where it listens; 0 when it never does.
int port_of(Process& process) {
  std::size_t at = std::string::npos;
  becomes([&] {
    const std::string said = process.errors();
    at = said.find("/mcp");
    return at != std::string::npos;
  });
  if (at == std::string::npos) return 0;
  const std::string said = process.errors().substr(0, at);
  return std::atoi(said.c_str() + said.rfind(':') + 1);
}

std::string post(int port, const std::string& body, const std::string& headers = "") {
  return fmt::format(
      "POST /mcp HTTP/1.1\r\nHost: localhost:{}\r\nContent-Type: application/json\r\n"
      "Content-Length: {}\r\n{}\r\n{}",
      port, body.size(), headers, body);
}

std::map<std::string, std::string> at_home(const Folder& folder) {
  return {{"HOME", folder.path()}};
}

}  // namespace

TEST_CASE("serve says where it listens, serves both eras, and ends on a signal") {
  Process process({"--sandbox", "serve", "--http", "127.0.0.1:0", "--health", "127.0.0.1:0"}, {});
  const int port = port_of(process);
  REQUIRE(port > 0);
  CHECK(process.errors().find("serving MCP at http://127.0.0.1:") != std::string::npos);
  CHECK(process.errors().find("/healthz") != std::string::npos);
  HttpClient client(port);
  const HttpAnswer opened = client.ask(post(port, initialize_body));
  REQUIRE(opened.status == 200);
  CHECK(opened.json()["result"]["serverInfo"]["name"] == "patchbay");
  const json params = {{"name", "invoke"},
                       {"arguments", {{"target", "sandbox/echo"}, {"prompt", "hello"}}},
                       {"_meta",
                        {{"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
                         {"io.modelcontextprotocol/clientCapabilities", json::object()}}}};
  const json call = {{"jsonrpc", "2.0"}, {"id", 1}, {"method", "tools/call"}, {"params", params}};
  const HttpAnswer answer = client.ask(
      post(port, call.dump(),
           "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: invoke\r\n"));
  CHECK(answer.status == 200);
  CHECK(answer.body.find("hello") != std::string::npos);
  process.signal(SIGTERM);
  CHECK(process.exited_within(3s) == 0);
}

TEST_CASE("serve refuses what would be unsafe or cannot be, and says why") {
  Folder home;
  struct Case {
    std::vector<std::string> arguments;
    const char* said;
  };
  const Case cases[] = {{{"serve", "--http", "0.0.0.0:0"}, "patchbay token add"},
                        {{"serve", "--http", "[::]:0"}, "patchbay token add"},
                        {{"serve", "--http", "nonsense"}, "HOST:PORT"},
                        {{"serve", "--http", "127.0.0.1:99999"}, "HOST:PORT"},
                        {{"serve", "--http", "example.invalid:0"}, "token"}};
  for (const Case& each : cases) {
    CAPTURE(each.arguments[2]);
    Process process(each.arguments, at_home(home));
    CHECK(process.exited_within(3s) == 2);
    CHECK(process.errors().find(each.said) != std::string::npos);
  }
  Process first({"--sandbox", "serve", "--http", "127.0.0.1:0"}, at_home(home));
  const int port = port_of(first);
  Process second({"--sandbox", "serve", "--http", "127.0.0.1:" + std::to_string(port)},
                 at_home(home));
  CHECK(second.exited_within(3s) == 2);
  CHECK(second.errors().find("in use") != std::string::npos);
}

TEST_CASE("tokens: added, asked for, listed, revoked") {
  Folder home;
  Process adding({"token", "add", "ann"}, at_home(home));
  const std::string token = adding.line().value_or("");
  CHECK(token.rfind("patchbay_", 0) == 0);
  CHECK(adding.exited_within(3s) == 0);
  CHECK(Process({"token", "add", "ann"}, at_home(home)).exited_within(3s) == 2);
  Process listing({"token", "list"}, at_home(home));
  CHECK(listing.line().value_or("").rfind("ann  since 20", 0) == 0);
  {
    Process process({"serve", "--http", "127.0.0.1:0"}, at_home(home));
    const int port = port_of(process);
    REQUIRE(port > 0);
    CHECK(process.errors().find(token) == std::string::npos);
    HttpClient without(port), with(port);
    CHECK(without.ask(post(port, initialize_body)).status == 401);
    CHECK(with.ask(post(port, initialize_body, "Authorization: Bearer " + token + "\r\n")).status ==
          200);
    process.signal(SIGINT);
    CHECK(process.exited_within(3s) == 0);
  }
  CHECK(Process({"token", "revoke", "bob"}, at_home(home)).exited_within(3s) == 1);
  CHECK(Process({"token", "revoke", "ann"}, at_home(home)).exited_within(3s) == 0);
  CHECK_FALSE(Process({"token", "list"}, at_home(home)).line(1000ms).has_value());
}
