// Our client and gateways that others wrote: aimock, which speaks as OpenRouter and as plain
// servers do and fails at chosen rates, and Portkey's gateway in front of it.
#include <doctest/doctest.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "catalog/errors.h"
#include "catalog/models/gateway.h"
#include "catalog/transfers.h"
#include "catalog/url.h"
#include "tests/build.h"
#include "tests/interop/node.h"

using namespace catalog;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const std::string folder = std::string(tests::build::tests_folder) + "/interop/gateways";
const std::string large_text = "The large model answers at some length, in several pieces.";

// Whether the gateways can be started; says why not.
bool can_run() {
  const std::string why = tests::why_no_node(folder);
  if (why.empty()) return true;
  MESSAGE("skipped: interop with other gateways, because " << why);
  return false;
}

// Both gateways, started once for all cases of this file.
struct RealGateways {
  RealGateways() : program(folder, {"gateways.mjs"}) {
    const json said = json::parse(program.line(30s).value_or("{}"), nullptr, false);
    if (!said.is_object()) return;
    aimock = said.value("aimock", "");
    portkey = said.value("portkey", "");
  }

  tests::NodeProgram program;
  std::string aimock;
  std::string portkey;
  Transfers transfers;
};

RealGateways& gateways() {
  static RealGateways all;
  REQUIRE_FALSE(all.aimock.empty());
  return all;
}

std::unique_ptr<Gateway> gateway_at(const std::string& base_url, Dialect dialect,
                                    Credential credential = {}) {
  GatewaySettings settings;
  settings.name = "other";
  settings.base_url = base_url;
  settings.dialect = dialect;
  settings.credential = std::move(credential);
  settings.credential.origin = parse_url(base_url)->origin();
  settings.needs_key = false;
  settings.retry_pace = {0.01, 20s, 2, false};
  return make_openrouter(std::move(settings), gateways().transfers);
}

std::unique_ptr<Gateway> as_openrouter() {
  Credential credential;
  credential.secret = Secret("sk-or-v1-0123456789abcdef");
  return gateway_at(gateways().aimock + "/api/v1", Dialect::openrouter, std::move(credential));
}

// Portkey reads in one header what it shall do with a request.
std::unique_ptr<Gateway> as_portkey(const json& config) {
  Credential credential;
  credential.header = "x-portkey-config";
  credential.prefix.clear();
  credential.secret = Secret(config.dump());
  return gateway_at(gateways().portkey + "/v1", Dialect::openai, std::move(credential));
}

json portkey_target(const json& more = json::object()) {
  json target = {
      {"provider", "openai"}, {"api_key", "x"}, {"custom_host", gateways().aimock + "/v1"}};
  target.update(more);
  return target;
}

Prompt saying(std::string text, std::vector<std::string> fallbacks = {}) {
  Prompt prompt;
  prompt.text = std::move(text);
  prompt.fallbacks = std::move(fallbacks);
  return prompt;
}

std::optional<UpstreamError> failure(Gateway& gateway, const std::string& model) {
  try {
    gateway.invoke(model, saying("x"), {}, {});
  } catch (const UpstreamError& error) {
    return error;
  }
  return std::nullopt;
}

void set_chaos(const json& rates) {
  Exchange exchange;
  exchange.method = "POST";
  exchange.url = gateways().aimock + "/__aimock/chaos";
  exchange.headers = {"Content-Type: application/json"};
  exchange.body = rates.dump();
  REQUIRE(gateways().transfers.perform(exchange, {}).head.status == 200);
}

}  // namespace

TEST_CASE("aimock as OpenRouter: a streamed answer with its cost, and who served it") {
  if (!can_run()) return;
  const auto gateway = as_openrouter();
  std::string heard;
  const Listener listener{[&](std::string_view text) { heard += text; }, {}};
  const Answer answer = gateway->invoke("maker/large", saying("x"), listener, {});
  CHECK(answer.text == large_text);
  CHECK(heard == answer.text);
  CHECK(answer.served_by == "maker/large via maker");
  CHECK(answer.usage.prompt_tokens == 11);
  CHECK(answer.usage.completion_tokens == 22);
  CHECK(answer.cost_usd == 0.0125);
  CHECK(answer.cost_source == CostSource::reported);
  CHECK(answer.request_id.starts_with("gen-"));
}

TEST_CASE("aimock as OpenRouter: a fallback answers and is named, failures say what they are") {
  if (!can_run()) return;
  const auto gateway = as_openrouter();
  const Answer spare = gateway->invoke("maker/busy", saying("x", {"maker/spare"}), {}, {});
  CHECK(spare.text == "The spare model answers.");
  CHECK(spare.served_by.starts_with("maker/spare"));
  const auto busy = failure(*gateway, "maker/busy");
  REQUIRE(busy);
  CHECK(busy->kind == Kind::unavailable);
  CHECK(busy->provider_message == "no capacity");
  CHECK(busy->what_happened.find("(2 attempts)") != std::string::npos);
  const auto limited = failure(*gateway, "maker/limited");
  REQUIRE(limited);
  CHECK(limited->kind == Kind::rate_limited);
  CHECK(limited->retry_after == 1s);
}

TEST_CASE("aimock as a plain server, and Portkey's gateway in front of it") {
  if (!can_run()) return;
  const auto direct = gateway_at(gateways().aimock + "/v1", Dialect::openai);
  const auto through = as_portkey(portkey_target());
  for (Gateway* gateway : {direct.get(), through.get()}) {
    CHECK_FALSE(gateway->models({})->models.empty());
    const Answer answer = gateway->invoke("plain", saying("x"), {}, {});
    CHECK(answer.text == "A plain server answers.");
    CHECK(answer.served_by == "plain");
    CHECK(answer.finish_reason == "stop");
    CHECK(answer.usage.completion_tokens.value_or(0) > 0);  // because it was asked for
    CHECK(answer.cost_source == CostSource::unknown);
    const auto busy = failure(*gateway, "maker/busy");
    REQUIRE(busy);
    CHECK(busy->kind == Kind::unavailable);
    CHECK(busy->provider_message.find("no capacity") != std::string::npos);
  }
}

TEST_CASE("Portkey falls over from one upstream to the next, and we see one answer") {
  if (!can_run()) return;
  const auto gateway =
      as_portkey({{"strategy", {{"mode", "fallback"}}},
                  {"targets",
                   {portkey_target({{"override_params", {{"model", "maker/busy"}}}}),
                    portkey_target({{"override_params", {{"model", "maker/spare"}}}})}}});
  const Answer answer = gateway->invoke("plain", saying("x"), {}, {});
  CHECK(answer.text == "The spare model answers.");
  CHECK(answer.served_by == "maker/spare");
  const auto refused = failure(*as_portkey({{"strategy", {{"mode", "nonsense"}}}}), "plain");
  REQUIRE(refused);
  CHECK_FALSE(refused->provider_message.empty());
}

TEST_CASE("aimock failing at random: every call is the whole answer or an error") {
  if (!can_run()) return;
  const auto gateway = as_openrouter();
  set_chaos({{"dropRate", 0.2}, {"malformedRate", 0.2}, {"disconnectRate", 0.3}});
  int answers = 0;
  int errors = 0;
  for (int i = 0; i < 100; ++i) {
    try {
      const Answer answer = gateway->invoke("maker/large", saying("x"), {}, {});
      CHECK(answer.text == large_text);
      ++answers;
    } catch (const UpstreamError& error) {
      CHECK_FALSE(error.what_happened.empty());
      CHECK(large_text.starts_with(error.partial_text));
      ++errors;
    }
  }
  set_chaos({{"dropRate", 0}, {"malformedRate", 0}, {"disconnectRate", 0}});
  CHECK(answers > 10);
  CHECK(errors > 10);
  CHECK(gateway->invoke("maker/large", saying("x"), {}, {}).text == large_text);
}
