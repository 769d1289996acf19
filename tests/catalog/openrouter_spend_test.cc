// A fault at every point between the reservation and the settlement, in front of a gateway that
// counts what it bills: the ledger's sum equals the bill, or the difference is listed as unknown
// and found out later.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "catalog/models/gateway_account.h"
#include "catalog/spend/purse.h"
#include "tests/catalog/gateway_rig.h"

using namespace std::chrono_literals;
using catalog::Books;
using catalog::dollars;
using catalog::Money;
using catalog::Purse;
using catalog::ReportRow;
using tests::chat_event;
using tests::UpstreamRequest;
using tests::Wire;

namespace {

constexpr double bill = 0.001;
constexpr const char* generation_header = "X-Generation-Id: gen-1\r\n";

const std::string catalogue =
    R"({"data":[{"id":"a/b","context_length":100000,"pricing":{"prompt":"0.000001","completion":"0.000004"}},)"
    R"({"id":"a/free:free","pricing":{"prompt":"0","completion":"0"}}]})";

std::string delta(const char* text) {
  return chat_event(
      fmt::format(R"({{"id":"gen-1","choices":[{{"delta":{{"content":"{}"}}}}]}})", text));
}
std::string last(double cost) {
  return chat_event(fmt::format(
             R"({{"id":"gen-1","choices":[{{"delta":{{}},"finish_reason":"stop"}}],"usage":{{"cost":{}}}}})",
             cost)) +
         "data: [DONE]\n\n";
}

// Behaves as the prompt says.
struct BillingGateway {
  explicit BillingGateway(int retries = 0)
      : rig([this](const UpstreamRequest& request, Wire& wire) { serve(request, wire); },
            [retries](auto& settings) { settings.retry_pace.most = retries; }),
        books({{}, {}, {}, {}}) {}

  void serve(const UpstreamRequest& request, Wire& wire) {
    if (request.target == "/api/v1/models?output_modalities=all") {
      wire.reply(200, "application/json", catalogue);
    } else if (request.target == "/api/v1/generation?id=gen-1") {
      wire.reply(200, "application/json", R"({"data":{"id":"gen-1","total_cost":0.001}})");
    } else {
      chat(request.body, wire);
    }
  }
  void chat(const std::string& body, Wire& wire) {
    const auto asks = [&](const char* word) { return body.find(word) != std::string::npos; };
    if (asks("busy")) {
      wire.reply(429, "application/json", R"({"error":{"code":429,"message":"slow down"}})",
                 asks("later") ? "Retry-After: 8\r\n" : "");
      return;
    }
    ++billed;
    if (asks("drop")) return wire.hang_up(true);
    wire.begin_chunks(200, "text/event-stream", generation_header);
    wire.chunk(delta("half"));
    if (asks("cut")) return wire.hang_up();
    if (asks("stall")) {
      wire.closed_within(5s);
      return wire.hang_up();
    }
    wire.chunk(last(bill));
    wire.last_chunk();
  }

  void ask(const std::string& text, const std::string& id = "a/b", std::stop_token stop = {},
           const catalog::Listener& listener = {}) {
    Purse purse(books, {"", id, {}, {}});
    tests::Prompt prompt;
    prompt.text = text;
    prompt.purse = &purse;
    try {
      rig.gateway->invoke(id, prompt, listener, stop);
    } catch (const catalog::UpstreamError&) {
    } catch (const catalog::Cancelled&) {
    }
  }
  ReportRow all() {
    const auto rows = books.report({});
    return rows.empty() ? ReportRow() : rows.front();
  }

  std::atomic<int> billed{0};
  tests::GatewayRig rig;
  Books books;
};

}  // namespace

TEST_CASE("what the gateway reports is what the ledger holds, and nothing stays aside") {
  BillingGateway g;
  for (int i = 0; i < 3; ++i) g.ask("fine");
  CHECK(g.all().spent == dollars(g.billed * bill));
  CHECK(g.all().aside + g.all().unknown == Money{});
}

TEST_CASE("who is cancelled while a retry waits has bought nothing") {
  BillingGateway g(2);
  std::stop_source stop;
  catalog::Listener listener;
  listener.on_alive = [&](std::string_view what) {
    if (what.starts_with("waiting ")) stop.request_stop();
  };
  g.ask("busy, later", "a/b", stop.get_token(), listener);
  CHECK(stop.stop_requested());
  CHECK(g.all().calls == 0);
  CHECK(g.all().aside + g.all().unknown == Money{});
}

TEST_CASE("what was refused or never left costs nothing") {
  BillingGateway g;
  g.ask("busy");
  std::stop_source stop;
  stop.request_stop();
  g.ask("fine", "a/b", stop.get_token());
  CHECK(g.billed == 0);
  CHECK(g.all().calls == 0);
}

TEST_CASE("a call that broke before a word of it came back is unknown, at its worst") {
  BillingGateway g;
  g.ask("drop");
  CHECK(g.billed == 1);
  CHECK(g.all().spent == Money{});
  CHECK(g.all().unknown > dollars(0.016));  // 4096 tokens at $4 a million, and the prompt
}

TEST_CASE("a call that broke or was cancelled after its id came is looked up at the gateway") {
  for (const char* fault : {"cut", "stall"}) {
    CAPTURE(fault);
    BillingGateway g;
    g.books.ask_with([&](const std::string&, const std::string& generation, std::stop_token stop) {
      const auto cost = g.rig.gateway->cost_of(generation, stop);
      return cost ? std::optional(dollars(*cost)) : std::nullopt;
    });
    std::stop_source stop;
    std::jthread later([&] {
      std::this_thread::sleep_for(100ms);
      stop.request_stop();
    });
    g.ask(fault, "a/b", stop.get_token());
    CHECK(g.all().unknown > Money{});
    for (int i = 0; i < 500 && g.all().spent == Money{}; ++i) std::this_thread::sleep_for(10ms);
    CHECK(g.all().spent == dollars(g.billed * bill));
    CHECK(g.all().unknown == Money{});
  }
}

TEST_CASE("a model of which nothing is at hand is looked up before its price is called unknown") {
  BillingGateway g;
  g.ask("fine");
  CHECK(g.rig.upstream.requests().front().target == "/api/v1/models?output_modalities=all");
  tests::Prompt prompt;
  prompt.text = "hi";
  Purse purse(g.books, {"", "a/c", {}, {}});
  prompt.purse = &purse;
  try {
    g.rig.gateway->invoke("a/c", prompt, {}, {});
    FAIL("it has no price");
  } catch (const catalog::Refused& refused) {
    CHECK(refused.kind == catalog::Kind::not_found);
    CHECK(refused.advice.find("a/b") != std::string::npos);
  }
}

namespace {

// What becomes of a prompt that nobody allowed a price for.
std::string refused(BillingGateway& g, const std::string& id, std::vector<std::string> fallbacks,
                    std::optional<Money> most = {}) {
  Purse purse(g.books, {"", id, most, {}});
  tests::Prompt prompt;
  prompt.text = "hi";
  prompt.fallbacks = std::move(fallbacks);
  prompt.purse = &purse;
  try {
    g.rig.gateway->invoke(id, prompt, {}, {});
  } catch (const catalog::Refused& refused) {
    return fmt::format("{}: {}. {}", name(refused.kind), refused.what_happened, refused.advice);
  }
  return "bought";
}

}  // namespace

TEST_CASE("an id that nobody knows is not found, whether it is the target or a fallback") {
  BillingGateway g;
  CHECK(refused(g, "zzzz/qqqqqq", {})
            .starts_with("not_found: zzzz/qqqqqq is not in the catalogue. Find the right id with "
                         "list_models."));
  CHECK(
      refused(g, "a/b", {"a/fre:free"})
          .starts_with("not_found: a/fre:free is not in the catalogue. Did you mean a/free:free?"));
  CHECK(refused(g, "a/b", {"a/free:free", "@preset/mine"})
            .starts_with("over_budget: what @preset/mine costs is not known."));
  CHECK(refused(g, "a/b", {"a/free:free"}) == "bought");
  CHECK(refused(g, "zzzz/qqqqqq", {"a/fre:free"}, dollars(0.5)) == "bought");
}

TEST_CASE("what the gateway says of the key and of a generation") {
  const auto key = catalog::decode_key_status(
      R"({"data":{"label":"sk-or-v1-abc...def","limit":5,"limit_remaining":3.5,"limit_reset":"daily","usage":12.5,
          "usage_daily":1.5,"usage_monthly":4,"is_free_tier":false,"creator_user_id":"user_1"}})");
  REQUIRE(key);
  CHECK(key->usage == 12.5);
  CHECK(key->usage_today == 1.5);
  CHECK(key->limit_remaining == 3.5);
  CHECK(key->limit_reset == "daily");
  CHECK_FALSE(catalog::decode_key_status(R"({"data":{"usage":"much"}})"));
  CHECK_FALSE(catalog::decode_key_status("<html>"));
  CHECK(catalog::decode_generation_cost(R"({"data":{"total_cost":0.25}})") == 0.25);
  CHECK(catalog::decode_generation_cost(
            R"({"data":{"total_cost":0.25,"is_byok":true,"upstream_inference_cost":1}})") == 1.25);
  CHECK_FALSE(catalog::decode_generation_cost(R"({"data":{"total_cost":-1}})"));
  CHECK_FALSE(catalog::decode_generation_cost(R"({"error":{"code":404}})"));
}
