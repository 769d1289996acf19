#include "tools/sandbox/sandbox.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "catalog/errors.h"
#include "catalog/models/media/media.h"
#include "catalog/models/model.h"
#include "tests/tools/sandbox_client.h"

namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using tests::SandboxClient;

std::string streamed_text(const std::vector<json>& events, const char* member = "content") {
  std::string text;
  for (const json& event : events) {
    text += event["choices"][0]["delta"].value(member, "");
  }
  return text;
}

std::map<std::string, catalog::Model> models_of(SandboxClient& client) {
  std::map<std::string, catalog::Model> models;
  const auto decoded = catalog::decode_models(client.get("/api/v1/models", false).body);
  REQUIRE(decoded);
  for (const catalog::Model& model : *decoded) models[model.id] = model;
  return models;
}

}  // namespace

TEST_CASE("the sandbox starts at once, on loopback, and says what it is") {
  milliseconds fastest{1000};
  for (int run = 0; run < 20; ++run) {
    fastest = std::min(fastest, tests::time_of([] { tools::Sandbox(); }));
  }
  CHECK(fastest < milliseconds(5));

  const tools::Sandbox sandbox;
  const catalog::GatewaySettings gateway = sandbox.gateway();
  CHECK(gateway.name == "sandbox");
  CHECK(gateway.credential.origin.starts_with("http://127.0.0.1:"));
  CHECK(gateway.base_url == gateway.credential.origin + "/api/v1");
  CHECK(gateway.credential.secret.reveal().size() >= 24);
  CHECK(gateway.credential.secret.reveal().find("sandbox") != std::string_view::npos);
  CHECK(gateway.key_source == "built in");
  CHECK(gateway.cache_file.empty());
  CHECK_FALSE(gateway.bundled);
}

TEST_CASE("two sandboxes live side by side") {
  const tools::Sandbox one;
  const tools::Sandbox other;
  CHECK(one.gateway().base_url != other.gateway().base_url);
}

TEST_CASE("the sandbox's catalogue reads like a gateway's") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  const auto models = models_of(client);
  CHECK(models.size() == 13);
  for (const auto& known : models) {
    const catalog::Model& model = known.second;
    CAPTURE(model.id);
    CHECK(model.author() == "sandbox");
    CHECK(model.name.starts_with("Sandbox: "));
    CHECK(model.description.find("sandbox model") != std::string::npos);
    if (catalog::media_endpoint(model)) continue;
    CHECK(model.output_modalities == std::vector<std::string>{"text"});
    CHECK(model.supports("max_tokens"));
    CHECK(model.context_length > 0);
    CHECK(model.max_completion_tokens.value_or(0) > 0);
  }
  for (const char* each : {"image", "speech", "transcription", "video"}) {
    CHECK(std::count_if(models.begin(), models.end(), [&](const auto& known) {
            const auto* media = catalog::media_endpoint(known.second);
            return media && media->modality == each;
          }) == 1);
  }
  CHECK(models.at("sandbox/echo").price.prompt_usd_per_million == 0.1);
  CHECK(models.at("sandbox/echo").price.completion_usd_per_million == 0.4);
  CHECK(models.at("sandbox/echo").input_modalities == std::vector<std::string>{"text"});
  CHECK(models.at("sandbox/vision").input_modalities == std::vector<std::string>{"text", "image"});
  CHECK(models.at("sandbox/reasoner").reasoning.has_value());
  CHECK_FALSE(models.at("sandbox/echo").reasoning.has_value());
  CHECK(models.at("sandbox/free:free").free());
  CHECK(models.at("sandbox/free:free").price.free());
  CHECK(models.at("sandbox/tiny-context").context_length == 512);
}

TEST_CASE("each sandbox model has one endpoint, with the model's price") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  for (const auto& known : models_of(client)) {
    const catalog::Model& model = known.second;
    CAPTURE(model.id);
    const auto endpoints = catalog::decode_endpoints(
        client.get("/api/v1/models/" + model.id + "/endpoints", false).body);
    REQUIRE(endpoints);
    REQUIRE(endpoints->size() == 1);
    CHECK(endpoints->front().provider == "Sandbox");
    const bool priced = model.price.prompt_usd_per_million.has_value();  // media mostly are not
    CHECK((!priced ||
           endpoints->front().price.prompt_usd_per_million == model.price.prompt_usd_per_million));
    CHECK(endpoints->front().context_length == model.context_length);
  }
  CHECK(client.get("/api/v1/models/sandbox/nothing/endpoints").head.status == 404);
  CHECK(client.get("/api/v1/models/endpoints").head.status == 404);
  CHECK(client.get("/api/v1/models//endpoints").head.status == 404);
  CHECK(client.get("/nothing").head.status == 404);
}

TEST_CASE("sandbox/echo streams the prompt in words and says what it cost") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  const auto response = client.chat("sandbox/echo", "one two \xc3\xa9", {{"stream", true}});
  CHECK(response.head.content_type == "text/event-stream");
  CHECK(response.body.ends_with("data: [DONE]\n\n"));
  const auto events = tests::events(response.body);
  CHECK(streamed_text(events) == "sandbox/echo heard: one two \xc3\xa9");
  CHECK(events.size() > 4);
  const json& last = events.back();
  CHECK(last["id"] == response.head.header("x-generation-id"));
  CHECK(last["model"] == "sandbox/echo");
  CHECK(last["choices"][0]["finish_reason"] == "stop");
  CHECK(last["usage"]["prompt_tokens"] == 3);      // 10 bytes
  CHECK(last["usage"]["completion_tokens"] == 8);  // 30 bytes
  CHECK(last["usage"]["cost"].get<double>() == doctest::Approx((3 * 0.1 + 8 * 0.4) / 1e6));
}

TEST_CASE("the same sandbox call gets the same answer, streamed or whole") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  const auto whole = [&] {
    const auto response = client.chat("sandbox/reasoner", "why?");
    CHECK(response.head.content_type == "application/json");
    const json body = json::parse(response.body);
    CHECK(body["object"] == "chat.completion");
    CHECK(body["choices"][0]["finish_reason"] == "stop");
    return body;
  };
  const json first = whole();
  CHECK(whole()["choices"] == first["choices"]);
  const auto events =
      tests::events(client.chat("sandbox/reasoner", "why?", {{"stream", true}}).body);
  CHECK(streamed_text(events) == first["choices"][0]["message"]["content"]);
  CHECK(streamed_text(events, "reasoning") == first["choices"][0]["message"]["reasoning"]);
  CHECK(events.back()["usage"] == first["usage"]);
}

TEST_CASE("sandbox/reasoner shows signs of life, thinks, answers and counts its thoughts") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  const auto response = client.chat("sandbox/reasoner", "why?", {{"stream", true}});
  CHECK(response.body.starts_with(": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n"));
  const auto events = tests::events(response.body);
  CHECK(streamed_text(events) == "sandbox/reasoner concludes: why?");
  CHECK(events.front()["choices"][0]["delta"]["reasoning"].get<std::string>().size() > 10);
  const json& usage = events.back()["usage"];
  const int reasoning = usage["completion_tokens_details"]["reasoning_tokens"];
  CHECK(reasoning > 20);
  CHECK(usage["completion_tokens"].get<int>() == reasoning + 8);

  const auto thoughts = [&](json options) {
    const json body = json::parse(client.chat("sandbox/reasoner", "why?", std::move(options)).body);
    return body["usage"]["completion_tokens_details"]["reasoning_tokens"].get<int>();
  };
  CHECK(thoughts({{"reasoning", {{"effort", "none"}}}}) == 0);
  CHECK(thoughts({{"reasoning", {{"effort", "low"}}}}) < reasoning);
  CHECK(thoughts({{"reasoning_effort", "high"}}) > reasoning);
  CHECK(thoughts({{"reasoning", {{"exclude", true}}}}) == reasoning);
}

TEST_CASE("max_tokens cuts a sandbox answer between characters") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  const auto cut = [&](std::string_view model, int tokens, std::string_view prompt) {
    return json::parse(client.chat(model, prompt, {{"max_tokens", tokens}}).body);
  };
  json body = cut("sandbox/echo", 3, "text");
  CHECK(body["choices"][0]["message"]["content"] == "sandbox/echo");
  CHECK(body["choices"][0]["finish_reason"] == "length");
  CHECK(body["usage"]["completion_tokens"] == 3);
  body = cut("sandbox/echo", 6, "abc\xc3\xa9");  // 24 bytes end within the last character
  CHECK(body["choices"][0]["message"]["content"] == "sandbox/echo heard: abc");
  body = cut("sandbox/reasoner", 5, "text");  // all of it is spent on reasoning
  CHECK(body["choices"][0]["message"]["content"] == "");
  CHECK(body["usage"]["completion_tokens_details"]["reasoning_tokens"] == 5);
  body = cut("sandbox/echo", 6, "abcd");
  CHECK(body["choices"][0]["finish_reason"] == "stop");
}

TEST_CASE("sandbox/vision counts images, the others refuse them") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  const json content = json::array(
      {{{"type", "text"}, {"text", "look"}},
       {{"type", "image_url"}, {"image_url", {{"url", "data:image/png;base64,AAAA"}}}}});
  const json messages = {{"messages", json::array({{{"role", "user"}, {"content", content}}})}};
  const json body = json::parse(client.chat("sandbox/vision", "", messages).body);
  CHECK(body["choices"][0]["message"]["content"] ==
        "sandbox/vision was shown 1 image and heard: look");
  CHECK(client.chat("sandbox/echo", "", messages).head.status == 404);
}

TEST_CASE("what a sandbox refuses before any model speaks") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  const std::string good = R"({"model":"sandbox/echo","messages":[{"role":"user","content":"x"}]})";
  const struct {
    std::string body;
    std::vector<std::string> headers;
    bool with_key;
    int status;
    std::string message;
  } cases[] = {
      {good, {}, false, 401, "No cookie auth credentials found"},
      {good, {"Authorization: Bearer sk-or-v1-something-else"}, false, 401, "User not found."},
      {"no json", {}, true, 400, "Input must have at least 1 token."},
      {"[]", {}, true, 400, "Input must have at least 1 token."},
      {R"({"messages":[{"role":"user","content":"x"}]})", {}, true, 400, "no default model"},
      {R"({"model":"sandbox/echo"})", {}, true, 400, "Input required"},
      {R"({"model":"sandbox/echo","messages":"x"})", {}, true, 400, "Input required"},
      {R"({"model":"author/model","prompt":"x"})",
       {},
       true,
       400,
       "author/model is not a valid model ID"},
      {R"({"model":"sandbox/tiny-context","prompt":")" + std::string(4000, 'x') + R"("})",
       {},
       true,
       400,
       "maximum context length"},
  };
  for (const auto& wrong : cases) {
    CAPTURE(wrong.message);
    const auto response =
        client.post("/api/v1/chat/completions", wrong.body, wrong.headers, wrong.with_key);
    CHECK(response.head.status == wrong.status);
    const json error = json::parse(response.body)["error"];
    CHECK(error["code"] == wrong.status);
    CHECK(error["message"].get<std::string>().find(wrong.message) != std::string::npos);
  }
  CHECK(client.chat("sandbox/tiny-context", std::string(2000, 'x')).head.status == 200);
  const auto long_prompt = client.chat("sandbox/tiny-context", std::string(2100, 'x'));
  CHECK(json::parse(long_prompt.body)["error"]["metadata"]["error_type"] ==
        "context_length_exceeded");
}

TEST_CASE("sandbox/error fails with a status") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  const struct {
    const char* name;
    int status;
    std::string_view content_type;
    const char* contains;
  } cases[] = {
      {"401", 401, "application/json", "User not found."},
      {"402", 402, "application/json", "openrouter_credits"},
      {"429", 429, "application/json", "\"retry_after_seconds\":2"},
      {"502", 502, "application/json", "provider_unavailable"},
      {"529", 529, "application/json", "provider_overloaded"},
      {"html", 520, "text/html", "<!DOCTYPE html>"},
      {"html-in-200", 200, "text/html", "<!DOCTYPE html>"},
      {"error-in-200", 200, "application/json", "\"code\":502"},
      {"echo-key", 400, "application/json", "Authorization: Bearer patchbay-sandbox-key"},
      {"anything else", 400, "application/json", "error-in-stream, empty, length, stall, drop"},
  };
  for (const auto& failure : cases) {
    for (const bool stream : {false, true}) {
      CAPTURE(failure.name);
      CAPTURE(stream);
      const auto response = client.chat("sandbox/error", failure.name, {{"stream", stream}});
      CHECK(response.head.status == failure.status);
      CHECK(response.head.content_type == failure.content_type);
      CHECK(response.body.find(failure.contains) != std::string::npos);
    }
  }
  CHECK(client.chat("sandbox/error", "429").head.header("retry-after") == "2");
  CHECK(client.chat("sandbox/error", " 502 and more words").head.status == 502);
}

TEST_CASE("sandbox/error fails within a stream") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  const auto stream = [&](const char* name) {
    return client.chat("sandbox/error", name, {{"stream", true}, {"max_tokens", 100}}).body;
  };
  const std::string truncated = stream("truncated");
  CHECK(streamed_text(tests::events(truncated)).starts_with("sandbox/error begins"));
  CHECK(truncated.find("[DONE]") == std::string::npos);
  CHECK(truncated.find("\"stop\"") == std::string::npos);

  const auto broken = tests::events(stream("error-in-stream"));
  CHECK(streamed_text(broken).starts_with("sandbox/error begins"));
  CHECK(broken.back()["error"]["code"] == 502);
  CHECK(broken.back()["choices"][0]["finish_reason"] == "error");

  const auto empty = tests::events(stream("empty"));
  CHECK(streamed_text(empty).empty());
  CHECK(empty.back()["usage"]["completion_tokens"] == 0);

  const auto spent = tests::events(stream("length"));
  CHECK(streamed_text(spent).empty());
  CHECK(spent.back()["choices"][0]["finish_reason"] == "length");
  CHECK(spent.back()["usage"]["completion_tokens"] == 100);
  CHECK(spent.back()["usage"]["completion_tokens_details"]["reasoning_tokens"] == 100);

  CHECK_THROWS_AS(stream("drop"), catalog::UpstreamError);
}

TEST_CASE("sandbox/error fails within a reply that is not streamed") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  const auto body = [&](const char* name) { return client.chat("sandbox/error", name).body; };
  CHECK(json::parse(body("truncated"), nullptr, false).is_discarded());
  const json broken = json::parse(body("error-in-stream"));
  CHECK(broken["choices"][0]["error"]["code"] == 502);
  CHECK(broken["choices"][0]["finish_reason"] == "error");
  CHECK(json::parse(body("empty"))["choices"][0]["message"]["content"] == "");
  CHECK_THROWS_AS(body("drop"), catalog::UpstreamError);
}

TEST_CASE("sandbox/error stalls after its first event until the client gives up") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  catalog::Exchange exchange = client.streamed_chat("sandbox/error", "stall");
  exchange.clocks.idle = milliseconds(200);
  std::string heard;
  exchange.on_body = [&](std::string_view bytes) {
    heard += bytes;
    return catalog::Heard::event;
  };
  CHECK_THROWS_AS(client.transfers().perform(exchange, {}), catalog::UpstreamError);
  CHECK(tests::events(heard).size() == 1);
}

TEST_CASE("the next model of a list answers when the first one fails") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  const json fallbacks = {{"models", {"sandbox/error", "sandbox/free:free", "sandbox/echo"}}};
  const json body = json::parse(client.chat("sandbox/error", "429 please", fallbacks).body);
  CHECK(body["model"] == "sandbox/free:free");
  CHECK(body["choices"][0]["message"]["content"] == "sandbox/free:free heard: 429 please");
  CHECK(body["usage"]["cost"] == 0);
}

TEST_CASE("the sandbox keeps an account of what it did") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  const auto response = client.chat("sandbox/echo", "hello", {{"stream", true}});
  const double cost = tests::events(response.body).back()["usage"]["cost"];
  const std::string id(response.head.header("x-generation-id"));
  const json generation = json::parse(client.get("/api/v1/generation?id=" + id).body)["data"];
  CHECK(generation["model"] == "sandbox/echo");
  CHECK(generation["total_cost"] == cost);
  CHECK(generation["finish_reason"] == "stop");
  CHECK(generation["cancelled"] == false);
  client.chat("sandbox/echo", "hello");
  const json key = json::parse(client.get("/api/v1/key").body)["data"];
  CHECK(key["usage"].get<double>() == doctest::Approx(2 * cost));
  CHECK(key["label"].get<std::string>().find("sandbox") != std::string::npos);
  CHECK(client.get("/api/v1/generation?id=gen-other").head.status == 404);
  CHECK(client.get("/api/v1/key", false).head.status == 401);
}
