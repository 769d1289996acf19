// The rows A (framing and JSON-RPC), C (semantics) and D (cancelling) of the fault cases, and their
// neighbours, against the protocol over a pipe. After each row a probe must be answered.
#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "mcp/stdio.h"
#include "mcp/tool.h"

using namespace mcp;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view ping = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";

std::string with_id(std::string_view id) {
  return R"({"jsonrpc":"2.0","method":"ping","id":)" + std::string(id) + "}";
}
std::string with_params(std::string_view params) {
  return R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":)" + std::string(params) + "}";
}
std::string with_method(const std::string& method) {
  return R"({"jsonrpc":"2.0","id":1,"method":")" + method + "\"}";
}
std::string call(int id, std::string_view tool, std::string_view arguments = "{}") {
  return R"({"jsonrpc":"2.0","method":"tools/call","id":)" + std::to_string(id) +
         R"(,"params":{"name":")" + std::string(tool) + R"(","arguments":)" +
         std::string(arguments) + "}}";
}
std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

// A server at the other end of two pipes.
class Session {
 public:
  Session() : server_({"t", "T", "1", ""}, features(), [](std::string_view) {}) {
    REQUIRE(::pipe(in_) == 0);
    REQUIRE(::pipe(out_) == 0);
    thread_ = std::thread([this] { Stdio(server_, {in_[0], out_[1], nullptr}).run(); });
  }
  ~Session() {
    ::close(in_[1]);
    thread_.join();
    for (int fd : {in_[0], out_[0], out_[1]}) ::close(fd);
  }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::write(in_[1], bytes.data(), bytes.size());
      REQUIRE(n > 0);
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  std::string line() {
    std::string text;
    for (char c; ::read(out_[0], &c, 1) == 1 && c != '\n';) text += c;
    return text;
  }
  // Everything written until the probe is answered: an error's code, or 0 for a result.
  std::vector<int> codes() {
    send("\n{\"jsonrpc\":\"2.0\",\"id\":\"probe\",\"method\":\"ping\"}\n");
    std::vector<int> out;
    for (;;) {
      const std::string text = line();
      CHECK(text.size() < 1000);  // nothing large is echoed
      const Json message = Json::parse(text, nullptr, false);
      REQUIRE(message.is_object());
      if (message.value("id", Json()) == "probe") return out;
      out.push_back(message.contains("error") ? message["error"].value("code", 1) : 0);
    }
  }

  std::atomic<int> ran{0};
  std::atomic<bool> release{false};

 private:
  Tool tool(std::string name, decltype(Tool::run) run) {
    Tool made;
    made.name = std::move(name);
    made.input_schema = {{"type", "object"}};
    made.run = std::move(run);
    return made;
  }
  Features features() {
    Features all;
    all.tools = {
        tool("say",
             [this](Call&, const Json& arguments) {
               ++ran;
               return CallToolResult{arguments.value("text", ""), nullptr, false};
             }),
        tool("raw",
             [](Call&, const Json&) {
               return CallToolResult{"line\nline\xE2\x80\xA8 \xFF\xED\xA0\x80", nullptr, false};
             }),
        tool("wait", [this](Call& waiting, const Json&) {
          while (!release && !waiting.cancelled()) std::this_thread::sleep_for(1ms);
          return CallToolResult{"waited", nullptr, false};
        })};
    return all;
  }

  Server server_;
  int in_[2];
  int out_[2];
  std::thread thread_;
};

struct Row {
  std::string id;
  std::string bytes;
  std::vector<int> answers;
};

std::vector<Row> framing() {
  const std::string p(ping);
  return {
      {"A01", "\n", {}},
      {"A01", repeated("\n", 1000), {}},
      {"A01", " \t\r\n", {}},
      {"A03", p + "\r\n", {0}},
      {"A05", p + "\n\xEF\xBB\xBF" + p + "\n", {0, 0}},
      {"A05", "\xEF\xBB" + p + "\n", {-32700}},
      {"A21", "\"\xC0\xAF\"\n", {-32700}},
      {"A21", "{\"jsonrpc\":\"2.0\",\"id\":\"\xED\xA0\x80\",\"method\":\"ping\"}\n", {-32700}},
      {"A21", "{\"jsonrpc\":\"2.0\",\"id\":\"\xE2\x82\",\"method\":\"ping\"}\n", {-32700}},
      {"A21", "{\"jsonrpc\":\"2.0\",\"id\":\"\xF4\x90\x80\x80\",\"method\":\"ping\"}\n", {-32700}},
      {"A23", with_id(std::string("\"a\0b\"", 5)) + "\n", {-32700}},
      {"A23", std::string("\0\n", 2) + p + "\n", {-32700, 0}},
      {"A23", with_id("\"a\tb\"") + "\n", {-32700}},
      {"A27", repeated("{\"a\":", 100'000) + "\n", {-32600}},
      {"A27", repeated("[", 100'000) + "\n", {-32600}},
      {"A27", with_params(repeated("{\"a\":", 100) + "1" + repeated("}", 100)) + "\n", {-32600}},
      {"A29", "[0" + repeated(",0", 1'000'000) + "]\n", {-32600}},
      {"A29", with_params("{\"a\":[0" + repeated(",{}", 200'000) + "]}") + "\n", {-32600}},
      {"A39", "NaN\n", {-32700}},
      {"A39", with_id("Infinity") + "\n", {-32700}},
      {"A39", with_id("0x10") + "\n", {-32700}},
      {"A39", with_id("01") + "\n", {-32700}},
      {"A39", with_id("+1") + "\n", {-32700}},
      {"A39", with_id("1.") + "\n", {-32700}},
      {"A39", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",}\n", {-32700}},
      {"A39", p + " // comment\n", {-32700}},
      {"A39", "/* */" + p + "\n", {-32700}},
      {"A39", "{'jsonrpc':'2.0'}\n", {-32700}},
      {"A39", p + p + "\n", {-32700}},
  };
}

std::vector<Row> messages() {
  const std::string p(ping);
  return {
      {"A11", "[" + p + "]\n", {-32600}},
      {"A11", "[]\n", {-32600}},
      {"A11", "[[" + p + "]]\n", {-32600}},
      {"A13", "{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"method\":\"ping\"}\n", {-32600}},
      {"A13",
       R"({"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call","params":{"name":"say"}})"
       "\n",
       {-32600}},
      {"A13", call(1, "say", R"({"text":"a","text":"b"})") + "\n", {-32600}},
      {"A13", call(1, "say", R"({"text":"a","\u0074ext":"b"})") + "\n", {-32600}},
      {"A15", "{\"id\":1,\"method\":\"ping\"}\n", {-32600}},
      {"A15", "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}\n", {-32600}},
      {"A15", "{\"jsonrpc\":2.0,\"id\":1,\"method\":\"ping\"}\n", {-32600}},
      {"A15", "{\"jsonrpc\":null,\"id\":1,\"method\":\"ping\"}\n", {-32600}},
      {"A17", with_params("[1]") + "\n", {-32602}},
      {"A17", with_params("\"x\"") + "\n", {-32602}},
      {"A17", with_params("false") + "\n", {-32602}},
      {"A17", with_params("null") + "\n", {0}},
      {"A19", with_method(std::string(1 << 20, 'a')) + "\n", {-32600}},
      {"A19", with_method("tools\\u0000/call") + "\n", {-32601}},
      {"A19", with_method("\\u202etools/list") + "\n", {-32601}},
      {"A19", with_method("") + "\n", {-32600}},
      {"A19", call(1, std::string(1 << 20, 'a')) + "\n", {-32602}},
  };
}

std::vector<Row> ids_and_notifications() {
  const std::string p(ping);
  return {
      {"A31", with_id("null") + "\n", {-32600}},
      {"A31", with_id("true") + "\n", {-32600}},
      {"A31", with_id("{}") + "\n", {-32600}},
      {"A31", with_id("[]") + "\n", {-32600}},
      {"A31", with_id("1.5") + "\n", {-32600}},
      {"A31", with_id("1e2") + "\n", {-32600}},
      {"A33", p + "\n" + p + "\n", {0, 0}},
      {"A35", with_id("18446744073709551616") + "\n", {-32600}},
      {"A35", with_id("9223372036854775808") + "\n", {-32600}},
      {"A35", with_id("1e400") + "\n", {-32600}},
      {"A35", with_id("-9223372036854775809") + "\n", {-32600}},
      {"A35", with_id("-9223372036854775808") + "\n", {0}},
      {"A41", "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n", {}},
      {"A41", "{\"jsonrpc\":\"2.0\",\"id\":\"1\",\"error\":{\"code\":1}}\n", {}},
      {"A41", "{\"jsonrpc\":\"2.0\",\"id\":null,\"result\":[]}\n", {}},
      {"A43",
       R"({"jsonrpc":"2.0","method":"tools/call","params":{"name":"say"}})"
       "\n",
       {}},
      {"A43",
       R"({"jsonrpc":"2.0","method":"tools/call","params":[]})"
       "\n",
       {}},
      {"A43",
       R"({"jsonrpc":"2.0","method":"no/such"})"
       "\n",
       {}},
      {"D05",
       R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}})"
       "\n",
       {}},
      {"D05",
       R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{}}})"
       "\n",
       {}},
      {"D05",
       R"({"jsonrpc":"2.0","method":"notifications/cancelled"})"
       "\n",
       {}},
      {"D05",
       R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":7})"
       "\n",
       {}},
  };
}

void play(const std::vector<Row>& rows) {
  Session session;
  for (const Row& row : rows) {
    CAPTURE(row.id);
    CAPTURE(row.bytes.substr(0, 200));
    session.send(row.bytes);
    CHECK(session.codes() == row.answers);
  }
  CHECK(session.ran == 0);  // none of them executes anything
}

}  // namespace

TEST_CASE("fault rows A: bytes that are not a message, or only just") { play(framing()); }

TEST_CASE("fault rows A and D: messages that are not requests, or not well formed") {
  play(messages());
  play(ids_and_notifications());
}

TEST_CASE("fault row A07: a message that arrives byte by byte") {
  Session session;
  for (const char c : std::string(ping) + "\n") {
    session.send({&c, 1});
    std::this_thread::sleep_for(1ms);
  }
  CHECK(session.codes() == std::vector<int>{0});
}

TEST_CASE("fault rows A35 and A37: ids come back whole, and 1 is not \"1\"") {
  Session session;
  session.send(call(1, "wait") + "\n");
  std::string other = call(1, "wait") + "\n";
  other.replace(other.find("\"id\":1"), 6, "\"id\":\"1\"");
  session.send(other);
  session.release = true;
  const std::set<std::string> ids = {Json::parse(session.line())["id"].dump(),
                                     Json::parse(session.line())["id"].dump()};
  CHECK(ids == std::set<std::string>{"1", "\"1\""});
  CHECK(session.codes().empty());
}

TEST_CASE("fault row A47: an answer is one line of JSON, whatever the tool said") {
  Session session;
  session.send(call(1, "raw") + "\n");
  const std::string line = session.line();
  const Json message = Json::parse(line, nullptr, false);
  REQUIRE(message.is_object());
  CHECK(message["result"]["content"][0]["text"].get<std::string>().find(
            "line\nline\xE2\x80\xA8 \xEF\xBF\xBD") == 0);
  CHECK(session.codes().empty());
}

TEST_CASE("fault rows D01 and D03: a call that is cancelled before it runs is not run") {
  Server server(
      {"t", "T", "1", ""},
      [] {
        Features all;
        Tool never;
        never.name = "never";
        never.run = [](Call&, const Json&) -> CallToolResult {
          FAIL("it ran");
          return {};
        };
        all.tools = {never};
        return all;
      }(),
      [](std::string_view) {});
  class Silence : public Connection {
   public:
    void write(std::string line) override { FAIL(line); }
    void notify(std::string line) override { FAIL(line); }
    bool notify_if_ready(std::string) override { return false; }
  };
  const auto peer = std::make_shared<Peer>();
  const auto silence = std::make_shared<Silence>();
  for (const char* id : {"0", "-1", "\"\"", "\"0\"", "9223372036854775807"}) {
    CAPTURE(id);
    std::string text = call(0, "never");
    text.replace(text.find("\"id\":0"), 6, "\"id\":" + std::string(id));
    const std::vector<Work> works = server.receive(peer, silence, text);
    REQUIRE(works.size() == 1);
    server.receive(peer, silence,
                   R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)" +
                       std::string(id) + "}}");
    works[0]();
    CHECK(peer->idle_within(0ms));
  }
}

TEST_CASE("fault row D03: an id of another type or beyond 64 bits cancels nothing") {
  Session session;
  session.send(call(-1, "wait") + "\n");
  for (const char* id : {"\"-1\"", "18446744073709551615", "-1.0", "[-1]", "null", "true"}) {
    session.send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)" +
                 std::string(id) + "}}\n");
  }
  CHECK(session.codes().empty());
  session.release = true;
  CHECK(Json::parse(session.line())["result"]["content"][0]["text"] == "waited");
}
