// Any lines for a server that offers a little of everything. The first byte says what the client
// negotiated before, the next whether its calls run at once or when all lines were read. Every
// answer is one line of JSON, and when all work is done nothing is in flight and no place is taken.
#include "mcp/server.h"

#include <array>
#include <deque>

#include "mcp/fields.h"
#include "tests/fuzz/bytes.h"

using namespace mcp;

namespace {

class Recorder : public Connection {
 public:
  void write(std::string line) override { check(line); }
  void notify(std::string line) override { check(line); }
  bool notify_if_ready(std::string line) override { return check(line), true; }
  bool reaches_client() override { return false; }  // nobody is there to answer a question

 private:
  static void check(const std::string& line) {
    fuzz::must(line.find('\n') == std::string::npos && Json::accept(line));
  }
};

constexpr std::array<std::string_view, 2> words = {"a", "b"};

struct Arguments {
  std::string word;
  std::optional<std::int64_t> count;
  std::optional<double> share;
  std::vector<std::string> names;
  bool loud = false;
  Json options;

  static constexpr auto fields() {
    using A = Arguments;
    return field_list(field("word", &A::word, "", {.one_of = words}),
                      field("count", &A::count, "", {.minimum = 1, .maximum = 9}),
                      field("share", &A::share, "", {.minimum = 0.5}),
                      field("names", &A::names, "", {.max_length = 3}), field("loud", &A::loud, ""),
                      field("options", &A::options, ""));
  }
};

CallToolResult say(std::string text) { return {std::move(text), nullptr, false}; }

CallToolResult decode_all(Call& call, const Json& arguments) {
  const Arguments decoded = decode<Arguments>(arguments);
  fuzz::must(decoded.names.size() <= 3 && decoded.count.value_or(1) <= 9);
  call.progress(1, decoded.word);
  call.log(LogLevel::info, "fuzz", {{"names", decoded.names}});
  CallToolResult result{"heard", {{"word", decoded.word}}, false};
  result.more_content = {audio_block("x", "audio/wav"), link_block("a://b", "n", "text/plain")};
  return result;
}

CallToolResult ask(Call& call, const Json& arguments) {
  const Questions questions = {
      {"q", ask_form("?", {{"type", "object"}, {"properties", {{"n", {{"type", "integer"}}}}}})},
      {"u", ask_url("?", "https://a.example/")}};
  return say(dump(Json(call.need(questions, {{"was", arguments}}))));
}

CallToolResult become_task(Call& call, const Json&) {
  if (call.can_become_task()) call.become_task(std::chrono::minutes(1), "task");
  return say("done");
}

CallToolResult leave(Call& call, const Json&) {
  call.leave(say("working"));
  throw RpcError(code::internal_error, "heard by nobody");
}

Tool tool(std::string name, decltype(Tool::run) run) {
  Tool made;
  made.name = std::move(name);
  made.input_schema = input_schema<Arguments>();
  made.run = std::move(run);
  return made;
}

Features features() {
  Features all;
  all.tools = {tool("decode", decode_all), tool("ask", ask), tool("task", become_task),
               tool("leave", leave)};
  const Completer completer = [](const std::string& typed, const auto&) {
    return std::vector<std::string>{typed, "x"};
  };
  const auto read = [](Call&) {
    return std::vector<ResourceContents>{{"a://b", "", "\xff", false}};
  };
  all.resources = {{"a://b", "b", "", "", "", read}};
  const auto expand = [](Call& call, const std::string& uri,
                         const std::map<std::string, std::string>& values) {
    if (values.count("id") == 0) throw no_such_resource(call, uri);
    return std::vector<ResourceContents>{{uri, "", values.at("id")}};
  };
  all.templates = {{"t://{id}/{+rest}", "t", "", "", "", expand, {{"id", completer}}}};
  const auto get = [](Call&, const std::map<std::string, std::string>& arguments) {
    return std::vector<PromptMessage>{{"user", text_block(arguments.at("a"))}};
  };
  all.prompts = {{"p", "", "", {{"a", "", true, completer}}, get}};
  all.skills = {{"s", {{"name", "s"}}, {{"SKILL.md", "text/markdown", "# S"}}}};
  all.logging = all.tasks = all.lists_change = all.resources_change = true;
  all.page_size = 3;
  return all;
}

Client client(std::size_t choice) {
  Client made;
  made.version = static_cast<Version>(choice);
  made.capabilities = {{"elicitation", {{"form", Json::object()}, {"url", Json::object()}}}};
  return made;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Features offered = features();
  fuzz::Bytes bytes(data, size);
  Server server({"s", "S", "1", ""}, offered, [](std::string_view) {});
  const auto allowance = std::make_shared<Allowance>(3);
  const auto peer = std::make_shared<Peer>(allowance, "ann");
  const auto connection = std::make_shared<Recorder>();
  const std::size_t negotiated = bytes.choice(5);
  if (negotiated < 4) peer->negotiate(client(negotiated));
  const bool at_once = bytes.choice(2) == 0;
  std::deque<Work> waiting;
  while (!bytes.empty()) {
    for (Work& work : server.receive(peer, connection, bytes.line())) {
      waiting.push_back(std::move(work));
    }
    for (; at_once && !waiting.empty(); waiting.pop_front()) waiting.front()();
  }
  for (; waiting.size() > 1; waiting.pop_front()) waiting.front()();
  waiting.clear();  // the last one, if there is one, is never run
  server.changed(ListKind::tools);
  server.resource_updated("a://b");
  server.end_subscriptions();
  fuzz::must(peer->idle_within(std::chrono::milliseconds(0)) && allowance->taken == 0);
  return 0;
}
