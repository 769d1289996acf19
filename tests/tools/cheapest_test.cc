// The target "cheapest" over a catalogue whose cheapest models cannot do what the rest of the call
// asks, through the tool and over sockets.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "tests/catalog/gateway_rig.h"
#include "tests/gateway_replies.h"
#include "tests/process.h"
#include "tests/tools/tool_rig.h"

using tests::json;
using tests::ToolRig;
using tests::UpstreamRequest;
using tests::Wire;

namespace {

// Four that take text alone, each a little dearer, and one that can do everything.
json catalogue() {
  json models = json::array();
  for (int i = 1; i <= 4; ++i) {
    models.push_back(
        {{"id", "a/plain-" + std::to_string(i)},
         {"context_length", 100000},
         {"architecture", {{"input_modalities", {"text"}}, {"output_modalities", {"text"}}}},
         {"supported_parameters", {"max_tokens"}},
         {"pricing", {{"prompt", "0.00000" + std::to_string(i)}, {"completion", "0"}}}});
  }
  models.push_back(
      {{"id", "a/able"},
       {"context_length", 200000},
       {"architecture", {{"input_modalities", {"text", "image"}}, {"output_modalities", {"text"}}}},
       {"supported_parameters", {"max_tokens", "temperature", "tools", "reasoning"}},
       {"pricing", {{"prompt", "0.00002"}, {"completion", "0.00002"}}}});
  return {{"data", models}};
}

tests::Upstream::Handler shop() {
  return [](const UpstreamRequest& request, Wire& wire) {
    if (request.method == "GET") {
      wire.reply(200, "application/json", catalogue().dump());
      return;
    }
    wire.begin_chunks(200, "text/event-stream");
    wire.chunk(tests::chat_said("fine") + tests::chat_finished("stop", R"({"cost":0.001})") +
               tests::chat_done);
    wire.last_chunk();
  };
}

struct Shop {
  Shop()
      : tools({{"OPENROUTER_API_KEY", tests::test_key},
               {"OPENROUTER_BASE_URL", upstream.url() + "/api/v1"},
               {"CLAUDE_PROJECT_DIR", project.path()}}) {
    std::ofstream(project.path() + "/a.png", std::ios::binary)
        << std::string("\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\0\2\0\0\0\3", 24);
  }
  // The model that each of the prompts so far was sent to.
  std::vector<std::string> asked() const {
    std::vector<std::string> models;
    for (const auto& request : upstream.requests()) {
      if (request.method == "POST") models.push_back(json::parse(request.body)["model"]);
    }
    return models;
  }
  json invoke(json arguments) {
    arguments["prompt"] = "hi";
    return tools.ok("invoke", arguments);
  }

  tests::Upstream upstream{shop()};
  tests::Folder project;
  ToolRig tools;
};

}  // namespace

TEST_CASE("cheapest chooses among those that can do what the whole call asks") {
  const json wishes[] = {{{"files", {"a.png"}}},
                         {{"reasoning_effort", "low"}},
                         {{"temperature", 0.5}},
                         {{"web_search", true}}};
  for (const json& wish : wishes) {
    CAPTURE(wish.dump());
    Shop shop;
    json arguments = wish;
    arguments["target"] = "cheapest";
    shop.invoke(arguments);
    CHECK(shop.asked() == std::vector<std::string>{"a/able"});
  }
  Shop shop;
  shop.invoke({{"target", "cheapest"}, {"reasoning_effort", "none"}});
  CHECK(shop.asked() == std::vector<std::string>{"a/plain-1"});
}

TEST_CASE("a conversation with the cheapest model keeps what was needed of it") {
  Shop shop;
  const json first = shop.invoke(
      {{"target", "cheapest"}, {"conversation", "new"}, {"needs", {{"context", 150000}}}});
  const json id = first["conversation"];
  shop.invoke({{"conversation", id}});
  shop.invoke({{"conversation", id}, {"target", "cheapest"}});
  shop.invoke({{"conversation", id}, {"target", "cheapest"}, {"needs", {{"context", 1000}}}});
  shop.invoke({{"conversation", id}});
  CHECK(shop.asked() ==
        std::vector<std::string>{"a/able", "a/able", "a/able", "a/plain-1", "a/plain-1"});
}
