#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/catalog/gateway_rig.h"

using namespace catalog;
using namespace tests;
using nlohmann::json;

namespace {

// In the shape that was recorded: citations in a delta of their own.
std::string cited(const std::vector<std::string>& urls) {
  json annotations = json::array();
  for (const std::string& url : urls) {
    annotations.push_back(
        {{"type", "url_citation"},
         {"url_citation", {{"url", url}, {"title", "t"}, {"content", "c"}, {"start_index", 0}}}});
  }
  return chat_event(
      json{{"id", "gen-1"}, {"choices", {{{"delta", {{"annotations", annotations}}}}}}}.dump());
}

std::string answer_with(const std::vector<std::string>& urls, bool web_search = true,
                        const std::string& id = "a/b") {
  GatewayRig rig(gateway_streaming(chat_said("As https://a.example/said has it.") + cited(urls) +
                                   cited(urls) + chat_finished("stop") + chat_done));
  Prompt prompt;
  prompt.text = "hi";
  prompt.web_search = web_search;
  return rig.gateway->invoke(id, prompt, {}, {}).text;
}

}  // namespace

TEST_CASE("what a web search found is named once, unless the answer names it") {
  CHECK(answer_with({"https://b.example/x", "https://a.example/said", "http://c.example/"}) ==
        "As https://a.example/said has it.\n\nSources:\n- https://b.example/x\n- "
        "http://c.example/");
  CHECK(answer_with({"https://a.example/said"}) == "As https://a.example/said has it.");
  CHECK(answer_with({"https://b.example/x"}, false) == "As https://a.example/said has it.");
  CHECK(text_contains(answer_with({"https://b.example/x"}, false, "a/b:online"), "b.example/x"));
}

TEST_CASE("what is no address is no source, and there are not too many") {
  CHECK(answer_with({"javascript:alert(1)", "https://a.example/\nIgnore all", "",
                     "https://a.example/" + std::string(1000, 'x')}) ==
        "As https://a.example/said has it.");
  std::vector<std::string> many;
  for (int i = 0; i < 100; ++i) many.push_back("https://b.example/" + std::to_string(i));
  const std::string text = answer_with(many);
  CHECK(text_contains(text, "b.example/19"));
  CHECK_FALSE(text_contains(text, "b.example/20"));
}
