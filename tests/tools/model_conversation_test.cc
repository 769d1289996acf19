// Conversations with models: what is sent again, and what is not.
#include "tools/model_conversation.h"

#include <doctest/doctest.h>

#include "catalog/errors.h"
#include "tests/gateway_replies.h"
#include "tests/process.h"

using nlohmann::json;
using tools::ModelConversation;

namespace {

catalog::Prompt prompt(std::string text) {
  catalog::Prompt made;
  made.text = std::move(text);
  return made;
}

catalog::Answer answer(std::string text, std::string details = {}) {
  catalog::Answer made;
  made.text = std::move(text);
  made.served_by = "anthropic/claude-x via Anthropic";
  made.reasoning_details = std::move(details);
  return made;
}

catalog::Model model(std::int64_t context) {
  catalog::Model made;
  made.context_length = context;
  return made;
}

// As it is found again.
ModelConversation kept(const ModelConversation& conversation) {
  return ModelConversation(
      catalog::StoredConversation{"id", "", "a/b", "model", conversation.data(), 0});
}

// Answers with reasoning in two pieces.
void think(const tests::UpstreamRequest& request, tests::Wire& wire) {
  if (request.target.find("/chat/") == std::string::npos) {
    return void(wire.reply(200, "application/json", R"({"data":[{"id":"v/one"}]})"));
  }
  const std::string name = json::parse(request.body)["model"];
  const auto event = [&](const json& delta, const json& finish) {
    return "data: " +
           json{{"model", name}, {"choices", {{{"delta", delta}, {"finish_reason", finish}}}}}
               .dump() +
           "\n\n";
  };
  const auto thought = [&](const char* text) {
    const json detail = {{"type", "reasoning.text"}, {"text", text}, {"index", 0}};
    return event({{"reasoning_details", {detail}}}, nullptr);
  };
  wire.begin_chunks(200, "text/event-stream");
  wire.chunk(thought("hm, ") + thought("yes") + event({{"content", "fine"}}, "stop") +
             "data: [DONE]\n\n");
  wire.last_chunk();
}

struct Client {
  explicit Client(const tests::Upstream& upstream, const tests::Folder& home)
      : program({}, environment(upstream, home)) {
    program.send(tests::initialize_line("init"));
    program.reply("init");
  }
  static std::map<std::string, std::string> environment(const tests::Upstream& upstream,
                                                        const tests::Folder& home) {
    auto made = tests::environment_for(upstream);
    made["HOME"] = home.path();
    return made;
  }
  json call(const char* tool, const json& arguments) {
    program.send(tests::call_line(++id, tool, arguments));
    return program.reply(id)["result"];
  }
  json ok(const char* tool, const json& arguments) {
    const json result = call(tool, arguments);
    INFO(result.dump());
    CHECK_FALSE(result.value("isError", false));
    return result.value("structuredContent", json::object());
  }

  tests::Process program;
  int id = 0;
};

}  // namespace

TEST_CASE("what was said comes back in order, with the system prompt") {
  ModelConversation conversation;
  catalog::Prompt first = prompt("one?");
  first.system = "be brief";
  conversation.add(first, answer("one."));
  conversation = kept(conversation);
  catalog::Prompt next = prompt("two?");
  CHECK(conversation.put_into(next, "a/b", nullptr) == "");
  CHECK(next.system == "be brief");
  REQUIRE(next.history.size() == 2);
  CHECK_FALSE(next.history[0].by_model);
  CHECK(next.history[0].text == "one?");
  CHECK(next.history[1].by_model);
  CHECK(next.history[1].text == "one.");
}

TEST_CASE("a model's reasoning goes back to its vendor only, unchanged") {
  ModelConversation conversation;
  const std::string details = R"([{"type":"reasoning.text","text":"t","signature":"s"}])";
  conversation.add(prompt("why?"), answer("so.", details));
  conversation = kept(conversation);
  const auto sent_to = [&](const char* target) {
    catalog::Prompt next = prompt("and?");
    conversation.put_into(next, target, nullptr);
    return next.history.at(1).reasoning_details;
  };
  CHECK(sent_to("anthropic/claude-x") == details);
  CHECK(sent_to("~anthropic/claude-latest") == details);
  CHECK(sent_to("team:anthropic/claude-y:thinking") == details);
  CHECK(sent_to("openai/gpt-5") == "");
  CHECK(sent_to("openrouter/auto") == "");
  CHECK(sent_to("claude") == "");
}

TEST_CASE("what does not fit the model's context is left out, oldest first, and said") {
  ModelConversation conversation;
  for (int i = 0; i < 10; ++i) {
    conversation.add(prompt(std::to_string(i) + std::string(4000, 'p')),
                     answer(std::string(4000, 'a')));
  }
  const auto known = model(10'000);
  catalog::Prompt next = prompt("and?");
  const std::string note = conversation.put_into(next, "a/b", &known);
  CHECK(note.find("The first 8 of 10 exchanges") == 0);
  REQUIRE(next.history.size() == 4);
  CHECK(next.history[0].text[0] == '8');
}

TEST_CASE("a conversation is bounded: the oldest is forgotten") {
  ModelConversation conversation;
  for (int i = 0; i < 20; ++i) {
    conversation.add(prompt(std::to_string(i)), answer(std::string(100'000, 'a')));
  }
  CHECK(conversation.data().size() < 600'000);
  catalog::Prompt next = prompt("and?");
  kept(conversation).put_into(next, "a/b", nullptr);
  CHECK(next.history.size() == 10);
  CHECK(next.history[8].text == "19");
  ModelConversation huge;
  huge.add(prompt("x"), answer(std::string(1'000'000, 'a')));
  CHECK(huge.data() == "");
}

TEST_CASE("what is no conversation with a model is not found") {
  for (const char* data : {"", "[]", "{}", R"({"directory":"x"})"}) {
    CHECK_THROWS_AS(ModelConversation({"id", "", "a/b", "model", data, 0}), catalog::Refused);
  }
  CHECK_THROWS_AS(ModelConversation({"id", "", "a/b", "agent", R"({"turns":[]})", 0}),
                  catalog::Refused);
}

TEST_CASE("a conversation goes on with the same and with another model, also after a restart") {
  const tests::Folder home;
  tests::Upstream upstream(think);
  json id;
  const auto sent = [&] { return json::parse(upstream.requests().back().body)["messages"]; };
  const auto session = [&] {
    return json::parse(upstream.requests().back().body).value("session_id", "");
  };
  std::string first_session;
  {
    Client c(upstream, home);
    CHECK_FALSE(c.ok("invoke", {{"target", "v/one"}, {"prompt", "hi"}}).contains("conversation"));
    id = c.ok("invoke", {{"target", "v/one"}, {"prompt", "first"}, {"conversation", "new"}})
             .at("conversation");
    CHECK(sent().size() == 1);
    first_session = session();
    CHECK(c.ok("invoke", {{"prompt", "second"}, {"conversation", id}})["conversation"] == id);
  }
  const json reasoning = json::parse(R"([{"type":"reasoning.text","text":"hm, yes","index":0}])");
  REQUIRE(sent().size() == 3);
  CHECK(sent()[0]["content"] == "first");
  CHECK(sent()[1] ==
        json{{"role", "assistant"}, {"content", "fine"}, {"reasoning_details", reasoning}});
  CHECK(sent()[2]["content"] == "second");
  Client later(upstream, home);
  later.ok("invoke", {{"target", "w/two"}, {"prompt", "third"}, {"conversation", id}});
  REQUIRE(sent().size() == 5);
  CHECK(sent().dump().find("reasoning_details") == std::string::npos);
  later.ok("invoke", {{"target", "v/one"}, {"prompt", "fourth"}, {"conversation", id}});
  REQUIRE(sent().size() == 7);
  // One session from the first to the last, which does not give the conversation away.
  CHECK(session() == first_session);
  CHECK(first_session.size() == 64);
  CHECK(first_session.find(id.get<std::string>()) == std::string::npos);
  CHECK(sent()[3]["reasoning_details"] == reasoning);
  CHECK_FALSE(sent()[5].contains("reasoning_details"));  // that one was the other vendor's
  CHECK(later.ok("get_task", json::object())["conversations"][0][0] == id);
}

TEST_CASE("a conversation that is not there, or with an agent, is not sent to a model") {
  const tests::Folder home;
  tests::Upstream upstream(think);
  Client c(upstream, home);
  const json missing = c.call(
      "invoke", {{"target", "v/one"}, {"prompt", "hi"}, {"conversation", std::string(32, 'a')}});
  CHECK(missing["content"][0]["text"].get<std::string>().rfind("not_found:", 0) == 0);
  const json id = c.ok("invoke", {{"target", "v/one"}, {"prompt", "hi"}, {"conversation", "new"}})
                      .at("conversation");
  const std::size_t before = upstream.requests().size();
  const json other =
      c.call("invoke", {{"target", "agent:local/x"}, {"prompt", "hi"}, {"conversation", id}});
  CHECK(other["content"][0]["text"].get<std::string>().rfind("invalid_arguments:", 0) == 0);
  CHECK(upstream.requests().size() == before);
}
