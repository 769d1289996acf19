// Gateways that speak only what all OpenAI-compatible servers have in common.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "catalog/models/chat_request.h"
#include "tests/catalog/gateway_rig.h"

using namespace catalog;
using namespace tests;
using nlohmann::json;

namespace {

void plain(GatewaySettings& settings) {
  settings.name = "local";
  settings.target_prefix = "local:";
  settings.dialect = Dialect::openai;
  settings.needs_key = false;
  settings.key_source.clear();
  settings.credential.secret = Secret();
}

// As such servers stream: no provider, no cost, the usage in a chunk of its own without choices.
const std::string stream =
    chat_event(
        R"({"id":"chatcmpl-1","object":"chat.completion.chunk","model":"qwen3",)"
        R"("choices":[{"index":0,"delta":{"role":"assistant","content":"fine"},"finish_reason":null}]})") +
    chat_event(
        R"({"id":"chatcmpl-1","model":"qwen3","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})") +
    chat_event(
        R"({"id":"chatcmpl-1","model":"qwen3","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}})") +
    chat_done;

}  // namespace

TEST_CASE("a plain gateway is asked plainly, without a key, and for its usage") {
  GatewayRig rig(gateway_streaming(stream), plain);
  Prompt prompt;
  prompt.text = "hi";
  prompt.reasoning_effort = "low";
  const Answer answer = rig.gateway->invoke("qwen3:8b", prompt, {}, {});
  CHECK(answer.text == "fine");
  CHECK(answer.served_by == "qwen3");
  CHECK(answer.usage.prompt_tokens == 3);
  CHECK(answer.cost_source == CostSource::unknown);
  CHECK_FALSE(answer.cost_usd);
  const auto requests = rig.upstream.requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].header("authorization").empty());
  CHECK(json::parse(requests[0].body) ==
        json::parse(R"({"model":"qwen3:8b","messages":[{"role":"user","content":"hi"}],
          "stream":true,"max_tokens":16384,"reasoning_effort":"low",
          "stream_options":{"include_usage":true}})"));
}

TEST_CASE("a key that is configured but not set is asked for, by the name of its variable") {
  GatewayRig rig(gateway_streaming(stream), [](GatewaySettings& settings) {
    plain(settings);
    settings.needs_key = true;
    settings.key_source = "LOCAL_KEY";
  });
  const Refused refused = refusal_of([&] { rig.ask(); });
  CHECK(refused.kind == Kind::unauthorized);
  CHECK(text_contains(refused.advice, "LOCAL_KEY"));
  CHECK(rig.upstream.requests().empty());
}

TEST_CASE("what only OpenRouter knows of is refused, not passed over") {
  GatewayRig rig(gateway_streaming(stream), plain);
  Prompt prompt;
  prompt.text = "hi";
  const auto refused = [&] {
    const Refused it = refusal_of([&] { rig.gateway->invoke("qwen3", prompt, {}, {}); });
    CHECK(it.kind == Kind::unsupported);
    return it.what_happened;
  };
  prompt.web_search = true;
  CHECK(text_contains(refused(), "web_search is not available at local"));
  prompt.fallbacks = {"llama"};
  CHECK(text_contains(refused(), "fallbacks"));
  prompt.provider = "{}";
  CHECK(text_contains(refused(), "provider"));
  CHECK(text_contains(refusal_of([&] { rig.gateway->listing(Listing::latency, {}); }).what_happened,
                      "local does not tell"));
  CHECK(rig.gateway->endpoints("qwen3", {}).empty());
}

TEST_CASE("the list of a plain gateway: what it does not say is unknown") {
  GatewayRig rig(
      gateway_answering(
          200, "application/json",
          R"({"object":"list","data":[{"id":"qwen3","object":"model","created":1,"owned_by":"x"},
                          {"id":"llama","max_model_len":4096}]})"),
      plain);
  const auto list = rig.gateway->models({});
  CHECK(rig.upstream.requests()[0].target == "/api/v1/models");
  REQUIRE(list->models.size() == 2);
  CHECK(list->models[0].context_length == 0);
  CHECK_FALSE(list->models[0].price.prompt_usd_per_million);
  CHECK(list->models[1].context_length == 4096);
}

TEST_CASE("errors as plain servers write them") {
  struct Case {
    int status;
    const char* body;
    Kind kind;
  };
  const Case cases[] = {
      {404,
       R"({"error":{"message":"The model `x` does not exist","type":"invalid_request_error","param":null,"code":"model_not_found"}})",
       Kind::not_found},
      {404, R"({"error":{"message":"model 'x' not found","type":"not_found_error"}})",
       Kind::not_found},
      {404, R"({"error":"model 'x' not found"})", Kind::not_found},
      {401,
       R"({"error":{"message":"Incorrect API key provided","type":"invalid_request_error","code":"invalid_api_key"}})",
       Kind::unauthorized},
      {429,
       R"({"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}})",
       Kind::out_of_credit},
      {429,
       R"({"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}})",
       Kind::rate_limited},
      {400,
       R"({"error":{"message":"This model's maximum context length is 4096 tokens","type":"invalid_request_error","code":"context_length_exceeded"}})",
       Kind::too_long},
      {400,
       R"({"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}})",
       Kind::too_long},
      {400,
       R"({"object":"error","message":"maximum context length is 4096","type":"BadRequestError","code":400})",
       Kind::too_long},
      {503, R"({"error":{"code":503,"message":"Loading model","type":"unavailable_error"}})",
       Kind::unavailable},
      {422, R"({"detail":[{"msg":"field required"}]})", Kind::invalid_arguments},
      {500, R"({"error":"llama runner process has terminated"})", Kind::unavailable},
  };
  for (const Case& c : cases) {
    const std::string body = c.body;
    CAPTURE(body);
    GatewayRig rig(gateway_answering(c.status, "application/json", body), plain);
    const UpstreamError error = failure_of([&] { rig.ask("x"); });
    CHECK(kind_of(error) == std::string(name(c.kind)));
    CHECK(error.billed == Billed::no);
  }
}

TEST_CASE("OpenAI itself wants its limit under another name") {
  GatewaySettings settings;
  settings.dialect = Dialect::openai;
  settings.base_url = "https://api.openai.com/v1";
  Prompt prompt;
  prompt.text = "hi";
  const json body = json::parse(chat_body("gpt-5", prompt, nullptr, chat_style(settings)));
  CHECK(body["max_completion_tokens"] == 4096);
  CHECK_FALSE(body.contains("max_tokens"));
}
