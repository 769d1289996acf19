#include "catalog/models/fit.h"

#include <doctest/doctest.h>

#include <functional>
#include <optional>
#include <string>

#include "catalog/errors.h"
#include "catalog/models/model_query.h"
#include "tests/catalog/real_models.h"

using namespace catalog;

namespace {

Model model(const std::string& id, double usd, std::int64_t context,
            std::vector<std::string> parameters = {"temperature"}) {
  Model result;
  result.id = id;
  result.context_length = context;
  result.input_modalities = {"text"};
  result.output_modalities = {"text"};
  result.supported_parameters = std::move(parameters);
  result.price.prompt_usd_per_million = usd;
  result.price.completion_usd_per_million = usd;
  return result;
}

ModelList shelf() {
  ModelList list;
  list.models = {
      model("a/dear", 9, 1'000'000, {"temperature", "reasoning", "tools"}),
      model("a/small", 1, 1000),
      model("a/plain", 2, 100'000, {"tools"}),
      model("a/old", 2, 100'000),
      model("a/vectors", 2, 100'000),
      model("a/eyes", 3, 100'000, {"temperature", "tools"}),
      model("a/thinker", 4, 100'000, {"temperature", "reasoning"}),
      model("a/gift:free", 0, 1'000'000, {"temperature", "reasoning", "tools"}),
      model("a/tiny:free", 0, 1000),
      model("~a/thinker-latest", 4, 100'000, {"temperature", "reasoning"}),
      model("a/unknown", 5, 0, {}),
      model("openrouter/auto", 0, 1000, {}),
      model("openrouter/free", 0, 1'000'000, {"temperature", "reasoning", "tools"}),
      model("g/songs", 0, 1'000'000, {"temperature", "reasoning", "tools"}),
      model("g/stealth", 0, 1'000'000, {"temperature", "reasoning", "tools"}),
  };
  list.models[3].expiration_date = "2026-06-30";
  list.models[4].output_modalities = {"embeddings"};
  list.models[5].input_modalities = {"text", "image"};
  list.models[6].reasoning = Reasoning{true, {}, {}, ""};
  list.models[9].reasoning = Reasoning{true, {}, {}, ""};
  list.models[10].price = Price();
  list.models[10].input_modalities.clear();
  list.models[10].output_modalities.clear();
  list.models[11].price.variable = true;
  list.models[13].output_modalities = {"text", "audio"};
  return list;
}

const auto today = std::chrono::sys_days(std::chrono::year(2026) / 7 / 1);

// As a gateway does: an id that is not listed is not judged.
void check_fit(const ModelList& list, const std::string& id, const Prompt& prompt,
               std::string_view prefix = "") {
  if (const Model* known = find_model(list, id)) {
    require_fit(list, id, *known, prompt, prefix, today);
  }
}

std::optional<Refused> refusal(const std::string& id, const Prompt& prompt,
                               std::string_view prefix = "") {
  try {
    check_fit(shelf(), id, prompt, prefix);
  } catch (const Refused& refused) {
    return refused;
  }
  return std::nullopt;
}

Prompt asking(const std::function<void(Prompt&)>& more = {}) {
  Prompt prompt;
  prompt.text = "hi";
  if (more) more(prompt);
  return prompt;
}

const Prompt long_one = asking([](Prompt& p) { p.text.assign(8000, 'x'); });  // 2,000 tokens
const Prompt warm = asking([](Prompt& p) { p.temperature = 1; });
const Prompt thinking = asking([](Prompt& p) { p.reasoning_effort = "high"; });
const Prompt not_thinking = asking([](Prompt& p) { p.reasoning_effort = "none"; });
const Prompt searching = asking([](Prompt& p) { p.web_search = true; });
const Prompt picture = asking([](Prompt& p) {
  p.files = {FilePart{"a.png", "image/png", "x", ""}};
});
const Prompt paper = asking([](Prompt& p) {
  p.files = {FilePart{"a.pdf", "application/pdf", "x", ""}};
});

}  // namespace

TEST_CASE("what a model cannot do is refused with the cheapest that can") {
  struct Case {
    const char* id;
    const Prompt& prompt;
    Kind kind;
    const char* happened;
    const char* advice;
  };
  const Case cases[] = {
      {"a/small", long_one, Kind::too_long, "about 2000 tokens and a/small takes 1000",
       "Shorten the prompt, or call one of the cheapest that fit: a/plain, a/eyes, a/thinker."},
      {"a/small:nitro", long_one, Kind::too_long, "a/small takes 1000", "a/plain"},
      {"a/tiny:free", long_one, Kind::too_long, "a/tiny:free takes 1000",
       "fit: a/gift:free, g/stealth."},
      {"a/plain", warm, Kind::unsupported, "a/plain does not take temperature",
       "Leave temperature out, or call one of the cheapest that fit: a/small, a/eyes, a/thinker."},
      {"a/small", thinking, Kind::unsupported, "does not take reasoning_effort",
       "fit: a/thinker, ~a/thinker-latest, a/dear."},
      {"a/small", searching, Kind::unsupported, "does not take web_search",
       "fit: a/plain, a/eyes, a/dear."},
      {"a/small", picture, Kind::unsupported, "is image/png, which a/small does not take",
       "Call one of the cheapest that fit: a/eyes."},
      {"a/vectors", asking(), Kind::unsupported, "puts out embeddings, which is of no use",
       "a/small"},
      {"a/old", asking(), Kind::not_found, "withdrawn on 2026-06-30", "a/small"},
      {"a/thinker", not_thinking, Kind::unsupported, "always reasons",
       "Leave reasoning_effort out"},
  };
  for (const Case& c : cases) {
    CAPTURE(std::string(c.happened));
    const auto refused = refusal(c.id, c.prompt);
    REQUIRE(refused);
    CAPTURE(refused->what_happened);
    CAPTURE(refused->advice);
    CHECK(refused->kind == c.kind);
    CHECK(refused->what_happened.find(c.happened) != std::string::npos);
    CHECK(refused->advice.find(c.advice) != std::string::npos);
  }
}

TEST_CASE("nothing is refused on a guess") {
  CHECK_FALSE(refusal("a/dear", long_one));
  CHECK_FALSE(refusal("a/nobody-knows", long_one));
  CHECK_FALSE(refusal("openrouter/auto", long_one));
  CHECK_FALSE(refusal("@preset/mine", long_one));
  CHECK_FALSE(refusal("a/small@preset/mine", long_one));
  for (const Prompt& prompt : {long_one, warm, thinking, searching, picture}) {
    CHECK_FALSE(refusal("a/unknown", prompt));
  }
  CHECK_FALSE(refusal("a/small", not_thinking));
  CHECK_FALSE(refusal("~a/thinker-latest", not_thinking));  // raised by the gateway
  CHECK_FALSE(refusal("a/small", paper));                   // the gateway takes the text out
  ModelList list = shelf();
  list.models[3].expiration_date = "2026-07-01";
  CHECK_NOTHROW(check_fit(list, "a/old", asking()));
}

TEST_CASE("a fallback that may do lets the call pass") {
  Prompt prompt = long_one;
  prompt.fallbacks = {"a/tiny:free"};
  CHECK(refusal("a/small", prompt));
  prompt.fallbacks = {"a/tiny:free", "a/plain"};
  CHECK_FALSE(refusal("a/small", prompt));
  prompt.fallbacks = {"b/unlisted"};
  CHECK_FALSE(refusal("a/small", prompt));
}

TEST_CASE("models of a named gateway are named as targets") {
  const auto refused = refusal("a/plain", warm, "local:");
  REQUIRE(refused);
  CHECK(refused->advice.find("local:a/small, local:a/eyes") != std::string::npos);
}

TEST_CASE("what real models say of themselves is enough to judge by") {
  const auto refuse = [](const std::string& id, const Prompt& prompt) {
    try {
      check_fit(tests::real_models(), id, prompt);
    } catch (const Refused& refused) {
      return refused.advice;
    }
    return std::string();
  };
  CHECK(refuse("anthropic/claude-opus-4.8", asking()).empty());
  CHECK(refuse("openrouter/auto", picture).empty());
  const std::string advice = refuse("openai/gpt-4", picture);
  CHECK(advice.find("fit: ") != std::string::npos);
  CHECK(advice.find(":free") == std::string::npos);
  // Songs cost nothing for a token, and something for a song; a router is nobody in particular.
  const std::string longer =
      refuse("openai/gpt-4", asking([](Prompt& p) { p.text.assign(80'000, 'x'); }));
  CHECK(longer.find("fit: ") != std::string::npos);
  CHECK(longer.find("lyria") == std::string::npos);
  CHECK(longer.find("openrouter/") == std::string::npos);
}
