#include "catalog/models/chat_request.h"

#include "catalog/models/chat_price.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace catalog;
using nlohmann::json;

namespace {

Model model(std::int64_t context_length, std::optional<std::int64_t> max_completion_tokens,
            bool reasons) {
  Model result;
  result.id = "a/b";
  result.context_length = context_length;
  result.max_completion_tokens = max_completion_tokens;
  if (reasons) result.reasoning = Reasoning{};
  return result;
}

Prompt prompt(std::string text) {
  Prompt result;
  result.text = std::move(text);
  return result;
}

}  // namespace

TEST_CASE("max_tokens: what was asked, else enough, never more than there is room for") {
  struct Case {
    const char* what;
    std::optional<std::int64_t> asked;
    std::optional<Model> known;
    std::size_t prompt_bytes;
    std::int64_t sent;
  };
  const Case cases[] = {
      {"unknown model", std::nullopt, std::nullopt, 10, 4096},
      {"asked, unknown model", 100'000, std::nullopt, 10, 100'000},
      {"usual", std::nullopt, model(100'000, 50'000, false), 10, 4096},
      {"reasoning", std::nullopt, model(100'000, 50'000, true), 10, 16384},
      {"asked of reasoning", 200, model(100'000, 50'000, true), 10, 200},
      {"more than it can", 60'000, model(100'000, 50'000, true), 10, 50'000},
      {"reasoning, small", std::nullopt, model(100'000, 8192, true), 10, 8192},
      {"small context", std::nullopt, model(4096, std::nullopt, false), 4000, 3096},
      {"full context", std::nullopt, model(4096, std::nullopt, false), 100'000, 16},
      {"unknown context", std::nullopt, model(0, std::nullopt, false), 100'000, 4096},
      {"tiny", 3, model(100'000, 50'000, false), 10, 3},
  };
  for (const Case& c : cases) {
    CAPTURE(std::string(c.what));
    Prompt p = prompt(std::string(c.prompt_bytes, 'x'));
    p.max_tokens = c.asked;
    CHECK(completion_limit(p, c.known ? &*c.known : nullptr) == c.sent);
  }
}

TEST_CASE("asking for reasoning effort makes room for it") {
  Prompt p = prompt("hi");
  p.reasoning_effort = "low";
  CHECK(completion_limit(p, nullptr) == 16384);
  CHECK(chat_clocks(p, nullptr).first_event == std::chrono::minutes(10));
  p.reasoning_effort = "none";
  CHECK(completion_limit(p, nullptr) == 4096);
  CHECK(chat_clocks(p, nullptr).first_event == std::chrono::minutes(2));
}

TEST_CASE("the body says what was asked and nothing else") {
  CHECK(
      chat_body("a/b", prompt("hi"), nullptr) ==
      R"({"model":"a/b","messages":[{"role":"user","content":"hi"}],"stream":true,"max_tokens":4096})");
  Prompt all = prompt("say \"x\"\n");
  all.system = "be brief";
  all.max_tokens = 7;
  all.temperature = 0.25;
  all.reasoning_effort = "high";
  CHECK(json::parse(chat_body("a/b:nitro", all, nullptr)) ==
        json::parse(R"({"model":"a/b:nitro","messages":[{"role":"system","content":"be brief"},
          {"role":"user","content":"say \"x\"\n"}],"stream":true,"max_tokens":7,"temperature":0.25,
          "reasoning":{"effort":"high"}})"));
}

TEST_CASE("what was said before goes first, with the model's own reasoning as it sent it") {
  Prompt p = prompt("and now?");
  p.system = "be brief";
  p.history = {{false, "hi", ""}, {true, "hello", R"([{"type":"reasoning.text","text":"t"}])"}};
  CHECK(json::parse(chat_body("a/b", p, nullptr))["messages"] == json::parse(R"([
      {"role":"system","content":"be brief"},{"role":"user","content":"hi"},
      {"role":"assistant","content":"hello",
       "reasoning_details":[{"type":"reasoning.text","text":"t"}]},
      {"role":"user","content":"and now?"}])"));
  p.history[0].text = std::string(40'000, 'x');
  const Model small = model(12'000, std::nullopt, false);
  CHECK(completion_limit(p, &small) < 2000);
}

TEST_CASE("a schema is sent so that no provider may ignore it") {
  Prompt p = prompt("hi");
  p.output_schema = R"({"type":"object"})";
  const json body = json::parse(chat_body("a/b", p, nullptr));
  CHECK(body["response_format"] == json::parse(R"({"type":"json_schema","json_schema":
      {"name":"answer","strict":true,"schema":{"type":"object"}}})"));
  CHECK(body["provider"] == json::parse(R"({"require_parameters":true})"));
}

TEST_CASE("any bytes and any number make a body that is JSON") {
  Prompt p = prompt("bad \xff\xC0\xAF bytes {} \x01");
  p.temperature = std::numeric_limits<double>::infinity();
  const json body = json::parse(chat_body("a\"},{\"b", p, nullptr), nullptr, false);
  REQUIRE(body.is_object());
  CHECK(body["model"] == "a\"},{\"b");
}

TEST_CASE("what OpenRouter is asked for beside the prompt") {
  Prompt prompt;
  prompt.text = "hi";
  prompt.fallbacks = {"c/d", "e/f"};
  prompt.provider = R"({"zdr":true})";
  prompt.web_search = true;
  prompt.session_id = "conversation-1";
  const json body = json::parse(chat_body("a/b", prompt, nullptr));
  CHECK(body["model"] == "a/b");
  CHECK(body["models"] == json{"c/d", "e/f"});
  CHECK(body["provider"] == json{{"zdr", true}});
  CHECK(body["tools"][0]["type"] == "openrouter:web_search");
  CHECK(body["session_id"] == "conversation-1");
  CHECK_FALSE(body.contains("stream_options"));
}

TEST_CASE("a long conversation is kept at hand where the vendor does not do that by itself") {
  Model claude;
  claude.id = "anthropic/claude-x";
  claude.price.prompt_usd_per_million = 3;
  claude.price.completion_usd_per_million = 15;
  claude.price.other_usd_per_unit["input_cache_write"] = 0.00000375;
  Prompt prompt;
  prompt.text = "and now?";
  prompt.session_id = "s";
  prompt.history = {{false, std::string(5000, 'x')}, {true, "well"}};
  const auto hint = [&](const Model* model) {
    return json::parse(chat_body("m", prompt, model)).value("cache_control", json());
  };
  CHECK(hint(&claude) == json{{"type", "ephemeral"}});
  const auto kept = chat_price(prompt, {&claude}).quote.before_output;
  Model other = claude;
  other.id = "openai/gpt-x";
  CHECK(hint(&other).is_null());
  CHECK(hint(nullptr).is_null());
  // What is kept costs a quarter more than what is only read.
  CHECK(usd(kept) == doctest::Approx(usd(chat_price(prompt, {&other}).quote.before_output) * 1.25));
  other.id = "~anthropic/claude-latest";
  CHECK_FALSE(hint(&other).is_null());
  prompt.session_id.clear();
  CHECK(hint(&claude).is_null());  // nobody comes back
  prompt.session_id = "s";
  prompt.history.clear();
  CHECK(hint(&claude).is_null());  // too short to be kept
}

TEST_CASE("a song that costs nothing by the token has a price all the same") {
  Model singer;
  singer.id = "p/sing";
  singer.output_modalities = {"text", "audio"};
  singer.price.prompt_usd_per_million = 0;
  singer.price.completion_usd_per_million = 0;
  Prompt prompt;
  prompt.text = "la";
  CHECK_FALSE(chat_price(prompt, {&singer}).quote.worst_case);
  singer.id = "p/sing:free";
  CHECK(chat_price(prompt, {&singer}).quote.free());
}

TEST_CASE("a model that does not reason is not told that it need not") {
  Model plain;
  plain.supported_parameters = {"temperature"};
  Prompt prompt;
  prompt.text = "hi";
  prompt.reasoning_effort = "none";
  CHECK_FALSE(json::parse(chat_body("a/b", prompt, &plain)).contains("reasoning"));
  plain.supported_parameters.emplace_back("reasoning");
  CHECK(json::parse(chat_body("a/b", prompt, &plain))["reasoning"]["effort"] == "none");
  CHECK(json::parse(chat_body("a/b", prompt, nullptr))["reasoning"]["effort"] == "none");
}
