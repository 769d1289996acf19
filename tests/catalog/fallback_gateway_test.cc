#include "catalog/models/fallback_gateway.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "catalog/spend/purse.h"
#include "tests/catalog/gateway_rig.h"

using namespace catalog;
using namespace tests;
using namespace std::chrono_literals;

namespace {

const std::string fine = chat_said("fine") + chat_finished("stop") + chat_done;

// Lists some models and answers prompts.
Upstream::Handler second_gateway(std::string list = R"({"data":[{"id":"a/b"},{"id":"d"}]})") {
  return [=](const UpstreamRequest& request, Wire& wire) {
    if (request.method == "GET") return (void)wire.reply(200, "application/json", list);
    gateway_streaming(fine)(request, wire);
  };
}

struct TwoGateways {
  GatewayRig first;
  GatewayRig second;

  explicit TwoGateways(Upstream::Handler handler, Upstream::Handler behind = second_gateway())
      : first(std::move(handler),
              [](GatewaySettings& settings) {
                settings.retry_pace = {0.01, 20s, 1};
              }),
        second(std::move(behind), [](GatewaySettings& settings) {
          settings.name = "spare";
          settings.target_prefix = "spare:";
          settings.dialect = Dialect::openai;
          settings.credential.secret = Secret("another-key-0123456789");
        }) {
    first.gateway = make_with_fallback(std::move(first.gateway), *second.gateway);
  }

  std::size_t posts_behind() const {
    std::size_t count = 0;
    for (const UpstreamRequest& each : second.upstream.requests()) count += each.method == "POST";
    return count;
  }
};

Upstream::Handler error_reply(int status) {
  return gateway_answering(status, "application/json",
                           R"({"error":{"message":"out","code":)" + std::to_string(status) + "}}");
}

}  // namespace

TEST_CASE("when the first gateway is down the second answers, and the answer says so") {
  TwoGateways down(error_reply(503));
  const Answer answer = down.first.ask();
  CHECK(answer.text == "fine");
  CHECK(text_contains(answer.served_by, "gateway spare, because openrouter is down"));
  CHECK(down.first.upstream.requests().size() == 2);
  const auto behind = down.second.upstream.requests();
  REQUIRE(down.posts_behind() == 1);
  CHECK(behind.back().header("authorization") == "Bearer another-key-0123456789");
  CHECK_FALSE(text_contains(behind.back().body, "sk-or"));
  // Its breaker is open by then: the second is asked at once.
  for (int i = 0; i < 5; ++i) down.first.ask();
  CHECK(down.first.upstream.requests().size() == 5);
  CHECK(down.posts_behind() == 6);
}

TEST_CASE("the same model may be called otherwise there, another is never taken") {
  TwoGateways down(error_reply(502));
  CHECK(down.first.ask("c/d").text == "fine");
  CHECK(nlohmann::json::parse(down.second.upstream.requests().back().body)["model"] == "d");
  const UpstreamError error = failure_of([&] { down.first.ask("x/unlisted"); });
  CHECK(text_contains(error.what_happened, "spare does not answer or has no such model"));
  CHECK(down.posts_behind() == 1);
}

TEST_CASE("when both are down, both are named") {
  TwoGateways silent(error_reply(502), error_reply(503));
  const UpstreamError error = failure_of([&] { silent.first.ask(); });
  CHECK(text_contains(error.what_happened, "openrouter answered 502"));
  CHECK(text_contains(error.what_happened, "spare does not answer"));
  TwoGateways broken(error_reply(502), [](const UpstreamRequest& request, Wire& wire) {
    if (request.method == "GET") {
      return (void)wire.reply(200, "application/json", R"({"data":[{"id":"a/b"}]})");
    }
    error_reply(503)(request, wire);
  });
  const UpstreamError after = failure_of([&] { broken.first.ask(); });
  CHECK(text_contains(after.what_happened, "spare answered 503"));
  CHECK(text_contains(after.what_happened, "because openrouter is down"));
}

TEST_CASE("nothing that may have been billed, or was refused for a reason, goes elsewhere") {
  const Upstream::Handler handlers[] = {
      error_reply(400),
      error_reply(401),
      error_reply(402),
      error_reply(403),
      error_reply(404),
      gateway_answering(429, "application/json", R"({"error":{"message":"x"}})",
                        "Retry-After: 60\r\n"),
      error_reply(504),
      gateway_answering(502, "text/html", "<html>"),
      gateway_streaming(chat_said("so far")),
      [](const UpstreamRequest&, Wire& wire) { wire.hang_up(true); },
  };
  for (const Upstream::Handler& handler : handlers) {
    TwoGateways pair(handler);
    failure_of([&] { pair.first.ask(); });
    CHECK(pair.first.upstream.requests().size() == 1);
    CHECK(pair.posts_behind() == 0);
  }
}

TEST_CASE("what the second gateway takes is asked for before it is paid, and the outage is told") {
  TwoGateways down([](const UpstreamRequest& request, Wire& wire) {
    if (request.method == "POST") return error_reply(503)(request, wire);
    wire.reply(
        200, "application/json",
        R"({"data":[{"id":"a/b","pricing":{"prompt":"0.000001","completion":"0.000004"}}]})");
  });
  Books books({{}, {}, {}, {}});
  const auto ask = [&](std::optional<Money> most) {
    Purse purse(books, {"", "a/b", most, {}});
    Prompt prompt;
    prompt.text = "hi";
    prompt.purse = &purse;
    return down.first.gateway->invoke("a/b", prompt, {}, {});
  };
  const UpstreamError error = failure_of([&] { ask({}); });
  CHECK(kind_of(error) == "unavailable");
  CHECK(text_contains(error.what_happened, "openrouter answered 503 for a/b (2 attempts)"));
  CHECK(text_contains(error.what_happened, "spare was not asked: what spare:a/b costs is not"));
  CHECK(text_contains(error.advice, "max_cost_usd"));
  CHECK(error.billed == Billed::no);
  CHECK(down.posts_behind() == 0);
  CHECK(ask(dollars(0.1)).text == "fine");
}

TEST_CASE("a wish for privacy is not taken to a gateway that cannot promise it") {
  TwoGateways down(error_reply(503));
  Prompt prompt;
  prompt.text = "hi";
  prompt.provider = R"({"zdr":true})";
  failure_of([&] { down.first.gateway->invoke("a/b", prompt, {}, {}); });
  CHECK(down.posts_behind() == 0);
}

TEST_CASE("what searches the web is not taken to a gateway that would answer without") {
  TwoGateways down(error_reply(503));
  CHECK(failure_of([&] { down.first.ask("a/b:online"); }).status == 503);
  CHECK(down.posts_behind() == 0);
}

TEST_CASE("what makes images is not taken to a gateway that would be asked to chat") {
  const std::string painter =
      R"({"data":[{"id":"a/b","architecture":{"output_modalities":["image"]}}]})";
  TwoGateways down([painter](const UpstreamRequest& request, Wire& wire) {
    if (request.method == "GET") return (void)wire.reply(200, "application/json", painter);
    error_reply(503)(request, wire);
  });
  down.first.gateway->models({});
  CHECK(failure_of([&] { down.first.ask(); }).status == 503);
  CHECK(down.posts_behind() == 0);
}
