// Structured output and the target "cheapest": with askers that answer from a list, and through the
// program against the sandbox.
#include <doctest/doctest.h>

#include <deque>

#include "catalog/errors.h"
#include "tests/gateway_replies.h"
#include "tests/process.h"
#include "tools/cheapest.h"
#include "tools/structured_answer.h"

using catalog::Answer;
using catalog::Kind;
using catalog::Prompt;
using catalog::Refused;
using catalog::UpstreamError;
using nlohmann::json;

namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// Answers one after the other, and remembers what it was asked.
struct Script {
  std::deque<std::function<Answer()>> answers;
  std::vector<Prompt> asked;

  tools::Ask ask() {
    return [this](const Prompt& prompt, const catalog::Listener&) {
      asked.push_back(prompt);
      REQUIRE_FALSE(answers.empty());
      const auto next = answers.front();
      answers.pop_front();
      return next();
    };
  }
  void says(std::string text, std::optional<double> cost = 0.25) {
    answers.push_back([=] {
      Answer answer;
      answer.text = text;
      answer.served_by = "a/b";
      answer.cost_usd = cost;
      answer.cost_source = cost ? catalog::CostSource::reported : catalog::CostSource::unknown;
      answer.usage.completion_tokens = 10;
      return answer;
    });
  }
  void fails(Kind kind, catalog::Billed billed = catalog::Billed::no) {
    answers.push_back([=]() -> Answer {
      UpstreamError error(kind, "it failed");
      error.billed = billed;
      throw error;
    });
  }
  void refuses(Kind kind) {
    answers.push_back([=]() -> Answer { throw Refused(kind, "declined"); });
  }
};

Answer structured(Script& script) {
  const auto schema = tools::schema_of(
      json::parse(R"({"type":"object","required":["n"],"properties":{"n":{"type":"integer"}}})"));
  Prompt prompt;
  prompt.text = "count";
  return tools::structured(script.ask(), schema)(prompt, {});
}

UpstreamError failure(const std::function<Answer()>& run) {
  try {
    run();
  } catch (const UpstreamError& error) {
    return error;
  }
  FAIL("no UpstreamError");
  return UpstreamError(Kind::internal, "");
}

Answer cheapest(Script& script) {
  Prompt prompt;
  prompt.text = "hi";
  return tools::first_that_answers({"a/1", "b/2", "c/3"},
                                   [&](const std::string&) { return script.ask(); }, prompt, {});
}

}  // namespace

TEST_CASE("an answer that fits its schema is asked for once") {
  Script script;
  script.says("```json\n{\"n\": 1}\n```");
  const Answer answer = structured(script);
  CHECK(answer.structured == "{\"n\": 1}");
  CHECK(answer.text == answer.structured);
  CHECK(answer.notes.empty());
  REQUIRE(script.asked.size() == 1);
  CHECK(has(script.asked[0].output_schema, "integer"));
}

TEST_CASE("an answer that does not fit is mended in one round, and both are paid for") {
  Script script;
  script.says("n is one", 0.25);
  script.says("{\"n\":1}", 0.5);
  const Answer answer = structured(script);
  CHECK(answer.structured == "{\"n\":1}");
  CHECK(answer.cost_usd == 0.75);
  CHECK(answer.usage.completion_tokens == 20);
  REQUIRE(answer.notes.size() == 1);
  CHECK(has(answer.notes[0], "$0.25"));
  CHECK(has(answer.notes[0], "$0.5"));
  REQUIRE(script.asked.size() == 2);
  const Prompt& repair = script.asked[1];
  REQUIRE(repair.history.size() == 2);
  CHECK(repair.history[0].text == "count");
  CHECK(repair.history[1].by_model);
  CHECK(repair.history[1].text == "n is one");
  CHECK(has(repair.text, "not JSON"));
  CHECK(repair.output_schema == script.asked[0].output_schema);
}

TEST_CASE("one answer of unknown cost makes the sum unknown") {
  Script script;
  script.says("n is one", std::nullopt);
  script.says("{\"n\":1}", 0.5);
  const Answer answer = structured(script);
  CHECK_FALSE(answer.cost_usd.has_value());
  CHECK(answer.cost_source == catalog::CostSource::unknown);
}

TEST_CASE("what does not fit twice is malformed, with what it said and what was paid") {
  Script script;
  script.says("one");
  script.says("{\"n\":\"one\"}");
  const UpstreamError error = failure([&] { return structured(script); });
  CHECK(error.kind == Kind::malformed);
  CHECK(error.billed == catalog::Billed::yes);
  CHECK(error.partial_text == "{\"n\":\"one\"}");
  CHECK(has(error.provider_message, "[n]"));
  CHECK(has(error.advice, "$0.5"));
}

TEST_CASE("a failed second round still tells of the first") {
  Script script;
  script.says("one");
  script.fails(Kind::rate_limited);
  const UpstreamError error = failure([&] { return structured(script); });
  CHECK(error.kind == Kind::rate_limited);
  CHECK(error.billed == catalog::Billed::yes);
  CHECK(error.partial_text == "one");
}

TEST_CASE("a second round that is refused leaves the first answer, and what it cost") {
  Script script;
  script.says("one");
  script.refuses(Kind::over_budget);
  const UpstreamError error = failure([&] { return structured(script); });
  CHECK(error.kind == Kind::malformed);
  CHECK(error.billed == catalog::Billed::yes);
  CHECK(error.partial_text == "one");
  CHECK(has(error.what_happened, "declined"));
  CHECK(has(error.provider_message, "not JSON"));
}

TEST_CASE("JSON that was cut off by max_tokens is not asked for again") {
  Script script;
  script.answers.push_back([] {
    Answer answer;
    answer.text = "{\"n\":";
    answer.finish_reason = "length";
    return answer;
  });
  const UpstreamError error = failure([&] { return structured(script); });
  CHECK(error.kind == Kind::malformed);
  CHECK(has(error.advice, "max_tokens"));
  CHECK(script.asked.size() == 1);
}

TEST_CASE("cheapest goes on to the next model when one fails, and tells of it") {
  Script script;
  script.fails(Kind::rate_limited);
  script.fails(Kind::empty, catalog::Billed::yes);
  script.says("fine");
  const Answer answer = cheapest(script);
  CHECK(answer.text == "fine");
  REQUIRE(answer.notes.size() == 3);
  CHECK(answer.notes[0] == "Tried a/1: rate_limited, not billed.");
  CHECK(answer.notes[1] == "Tried b/2: empty, billed.");
  CHECK(has(answer.notes[2], "c/3"));
}

TEST_CASE("cheapest stops at what is the caller's to mend, and at the last one") {
  for (const Kind kind : {Kind::unauthorized, Kind::out_of_credit, Kind::invalid_arguments,
                          Kind::moderated, Kind::over_budget}) {
    Script script;
    script.fails(kind);
    CHECK(failure([&] { return cheapest(script); }).kind == kind);
    CHECK(script.asked.size() == 1);
  }
  Script script;
  script.refuses(Kind::unsupported);
  script.fails(Kind::not_found);
  script.fails(Kind::unavailable);
  const UpstreamError error = failure([&] { return cheapest(script); });
  CHECK(error.kind == Kind::unavailable);
  CHECK(has(error.advice, "Tried a/1: unsupported"));
  CHECK(has(error.advice, "Tried b/2: not_found"));
}

TEST_CASE("what was billed before the last failure is not forgotten by it") {
  Script failed;
  failed.fails(Kind::malformed, catalog::Billed::yes);
  failed.fails(Kind::timed_out, catalog::Billed::unknown);
  failed.fails(Kind::rate_limited);
  CHECK(failure([&] { return cheapest(failed); }).billed == catalog::Billed::yes);
  Script refused;
  refused.fails(Kind::timed_out, catalog::Billed::unknown);
  refused.refuses(Kind::over_budget);
  const UpstreamError error = failure([&] { return cheapest(refused); });
  CHECK(error.kind == Kind::over_budget);
  CHECK(error.billed == catalog::Billed::unknown);
  CHECK(has(error.advice, "Tried a/1: timed_out, perhaps billed."));
  Script nothing;
  nothing.fails(Kind::rate_limited);
  nothing.refuses(Kind::over_budget);
  CHECK_THROWS_AS(cheapest(nothing), Refused);
}

TEST_CASE("needs are read strictly") {
  const auto needs = tools::needs_of(
      json::parse(R"({"context":5,"modalities":["image"],"coding":3.5,"max_price":1})"));
  CHECK(needs.context == 5);
  CHECK(needs.coding_index == 3.5);
  for (const char* wrong :
       {R"({"price":1})", R"({"context":"big"})", R"({"modalities":"image"})"}) {
    CHECK_THROWS_AS(tools::needs_of(json::parse(wrong)), mcp::InvalidArguments);
  }
}

TEST_CASE("structured output and cheapest through the program") {
  tests::Process program({"--sandbox"}, {});
  program.send(tests::initialize_line("init"));
  program.reply("init");
  int id = 0;
  const auto call = [&](const char* tool, const json& arguments) {
    program.send(tests::call_line(++id, tool, arguments));
    return program.reply(id)["result"];
  };
  const json schema = json::parse(
      R"({"type":"object","required":["b","a"],"properties":{"b":{"type":"string"},"a":{"type":"integer","minimum":3}}})");
  const auto ask = [&](const char* target, const char* prompt) {
    return call("invoke", {{"target", target}, {"prompt", prompt}, {"output_schema", schema}});
  };
  const json fine = ask("sandbox/json", "hello")["structuredContent"];
  CHECK(fine["structured"] == json{{"a", 3}, {"b", "hello"}});
  CHECK_FALSE(fine.contains("notes"));
  const json mended = ask("sandbox/json", "prose please");
  CHECK(mended["structuredContent"]["structured"]["a"] == 3);
  CHECK(has(mended["structuredContent"]["notes"][0], "second"));
  CHECK(has(mended["content"][0]["text"], "did not fit"));
  CHECK(mended["structuredContent"]["cost_usd"] > fine["cost_usd"]);
  CHECK(has(ask("sandbox/echo", "hello")["content"][0]["text"], "unsupported: "));
  CHECK(has(ask("agent:sandbox-writer", "hello")["content"][0]["text"], "unsupported: "));

  const json rows = call("compare", {{"targets", {"sandbox/json", "agent:sandbox-writer"}},
                                     {"prompt", "hello"},
                                     {"output_schema", schema}})["structuredContent"]["rows"];
  CHECK(rows[0]["structured"]["b"] == "hello");
  CHECK(rows[1]["status"] == "failed");

  const auto cheapest = [&](const json& needs) {
    return call("invoke", {{"target", "cheapest"}, {"prompt", "hello"}, {"needs", needs}});
  };
  CHECK(cheapest(nullptr)["structuredContent"]["served_by"] == "sandbox/free:free via Sandbox");
  const json larger = cheapest({{"context", 100'000}})["structuredContent"];
  CHECK(larger["served_by"] == "sandbox/echo via Sandbox");
  CHECK(has(larger["notes"][0], "sandbox/echo"));
  CHECK(has(cheapest({{"context", 9'000'000}})["content"][0]["text"], "unsupported: no model"));
  CHECK(has(cheapest({{"colour", "red"}})["content"][0]["text"], "no such argument"));
  const json needless =
      call("invoke", {{"target", "sandbox/echo"}, {"prompt", "hi"}, {"needs", {{"context", 1}}}});
  CHECK(has(needless["content"][0]["text"], "arguments.needs"));
}
