// The second wall: what a model call is put aside for is also the most that the gateway is told a
// token may cost.
#include "catalog/models/chat_price.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "catalog/spend/purse.h"
#include "tests/catalog/gateway_rig.h"

using namespace catalog;
using nlohmann::json;
using tests::text_contains;
using tests::UpstreamRequest;
using tests::Wire;

namespace {

const std::string catalogue = R"({"data":[
  {"id":"a/cheap","context_length":100000,"pricing":{"prompt":"0.000001","completion":"0.000004"}},
  {"id":"a/dear","context_length":100000,"pricing":{"prompt":"0.000003","completion":"0.000002"}},
  {"id":"a/long","context_length":1000000,"pricing":{"prompt":"0.000001","completion":"0.000004",
    "overrides":[{"min_prompt_tokens":1000,"prompt":"0.000002","completion":"0.000008"}]}},
  {"id":"a/by-image","pricing":{"prompt":"0","completion":"0","image":"0.01"}},
  {"id":"a/router","pricing":{"prompt":"-1","completion":"-1"}},
  {"id":"a/free:free","pricing":{"prompt":"0","completion":"0"}}]})";

// A gateway that remembers what it was asked, in front of books with those budgets.
struct Walled {
  explicit Walled(Budgets budgets = {}, Dialect dialect = Dialect::openrouter)
      : rig(
            [](const UpstreamRequest& request, Wire& wire) {
              if (request.method == "GET") {
                wire.reply(200, "application/json", catalogue);
                return;
              }
              wire.begin_chunks(200, "text/event-stream");
              wire.chunk(tests::chat_said("fine") + tests::chat_finished("stop") +
                         tests::chat_done);
              wire.last_chunk();
            },
            [dialect](GatewaySettings& settings) { settings.dialect = dialect; }),
        books({std::move(budgets), {}, {}, {}}) {}

  // The body that was sent; `most` as the caller's `max_cost_usd`.
  json ask(const std::string& id, Prompt prompt, std::optional<double> most = {}) {
    Purse purse(books, {"", id, most ? std::optional(dollars(*most)) : std::nullopt, {}});
    prompt.purse = &purse;
    rig.gateway->invoke(id, prompt, {}, {});
    return json::parse(rig.upstream.requests().back().body);
  }
  json most(const std::string& id, Prompt prompt, std::optional<double> cost = {}) {
    return ask(id, std::move(prompt), cost)
        .value("provider", json::object())
        .value("max_price", json());
  }

  tests::GatewayRig rig;
  Books books;
};

Prompt prompt_of(std::size_t bytes) {
  Prompt prompt;
  prompt.text = std::string(bytes, 'x');
  prompt.max_tokens = 1000;
  return prompt;
}

// Within the hair that binary fractions take.
bool is(const json& value, double expected) {
  return value.is_number() && value.get<double>() >= expected &&
         value.get<double>() < expected * 1.002;
}

}  // namespace

TEST_CASE("L13: the gateway is held to the price that was put aside, with room where there is") {
  Walled w;
  const json most = w.most("a/cheap", prompt_of(300));
  CHECK(is(most["prompt"], 2));
  CHECK(is(most["completion"], 8));
  // A caller's limit leaves the room that it leaves: the worst case is $0.0041.
  const json tight = w.most("a/cheap", prompt_of(300), 0.005);
  CHECK(tight["completion"] > 4.5);
  CHECK(tight["completion"] < 5);
}

TEST_CASE("L13: what is put aside covers the most the gateway may take") {
  Budgets budgets;
  budgets.day = dollars(0.01);
  Walled w(budgets);
  Purse purse(w.books, {"", "a/cheap", {}, {}});
  Quote quote;
  quote.worst_case = dollars(0.004);
  quote.most_headroom = 2;
  Purchase roomy(&purse, "openrouter", quote);
  CHECK(roomy.headroom() == 2);
  CHECK(w.books.report({}).front().aside == dollars(0.008));
  quote.worst_case = dollars(0.0015);
  Purchase close(&purse, "openrouter", quote);
  CHECK(close.headroom() == 1);  // $0.002 is left: enough for the listed price
  CHECK(w.books.report({}).front().aside == dollars(0.0095));
  CHECK_THROWS_AS(Purchase(&purse, "openrouter", quote), Refused);
}

TEST_CASE("L09: of the models that may answer the dearest of each price counts") {
  Walled w;
  Prompt prompt = prompt_of(300);
  prompt.fallbacks = {"a/dear"};
  const json most = w.most("a/cheap", prompt);
  CHECK(is(most["prompt"], 6));
  CHECK(is(most["completion"], 8));
}

TEST_CASE("a price that rises with the length of the prompt is put aside as it will be") {
  Walled w;
  CHECK(is(w.most("a/long", prompt_of(300))["completion"], 8));
  CHECK(is(w.most("a/long", prompt_of(30'000))["completion"], 16));
  const auto models = decode_models(catalogue);
  REQUIRE(models);
  const Quote quote = chat_price(prompt_of(30'000), {&models->at(2)}).quote;
  CHECK(*quote.worst_case > dollars(11'500 * 2e-6 + 1000 * 8e-6));
}

TEST_CASE("a maximum of the caller's own is kept, and is what is put aside") {
  Walled w;
  Prompt prompt = prompt_of(300);
  prompt.provider = R"({"max_price":{"completion":"20"},"zdr":true})";
  const json provider = w.ask("a/cheap", prompt)["provider"];
  CHECK(provider["zdr"] == true);
  CHECK(provider["max_price"]["completion"] == "20");
  CHECK(is(provider["max_price"]["prompt"], 1));
  const auto models = decode_models(catalogue);
  const Quote quote = chat_price(prompt, {&models->front()}).quote;
  CHECK(*quote.worst_case > dollars(1000 * 20e-6));
  CHECK(quote.most_headroom == 1);
  // What no gateway would read as a price makes nothing cheaper.
  prompt.provider = R"({"max_price":{"prompt":"none","completion":0}})";
  CHECK(*chat_price(prompt, {&models->front()}).quote.worst_case > dollars(1000 * 4e-6));
}

TEST_CASE("nothing is said of prices that are not known, are nothing, or mean nothing there") {
  Walled w;
  CHECK(w.most("a/free:free", prompt_of(300)).is_null());
  CHECK(w.most("a/router", prompt_of(300), 0.1).is_null());
  CHECK(w.most("a/by-image", prompt_of(300), 0.1).is_null());
  CHECK(w.most("a/unlisted", prompt_of(300), 0.1).is_null());
  Walled local({}, Dialect::openai);
  CHECK(local.most("a/cheap", prompt_of(300)).is_null());
}

TEST_CASE("a model that searches the web by itself is put aside with its search") {
  const auto most_of = [](const std::string& id, Prompt prompt) {
    Walled w;
    try {
      w.ask(id, std::move(prompt), 0.03);
    } catch (const Refused& refused) {
      return refused.what_happened;
    }
    return std::string("bought");
  };
  Prompt searching = prompt_of(300);
  searching.web_search = true;
  const Prompt plain = prompt_of(300);
  Prompt falling_back = plain;
  falling_back.fallbacks = {"a/free:free:online"};
  CHECK(most_of("a/free:free", plain) == "bought");
  CHECK(most_of("a/cheap", plain) == "bought");
  for (const char* id : {"a/free:free", "a/cheap"}) {
    const std::string searched = most_of(id, searching);
    CHECK(text_contains(searched, "may cost up to $0.05"));
    CHECK(most_of(id + std::string(":online"), plain) == searched);
    CHECK(most_of(id + std::string(":online@preset/mine"), plain) == searched);
  }
  CHECK(text_contains(most_of("a/cheap", falling_back), "may cost up to $0.05"));
}

TEST_CASE("files count with what a model may read in them, on the safe side") {
  const auto models = decode_models(catalogue);
  REQUIRE(models);
  const auto prompt_cost = [&](const char* type, const std::string& bytes) {
    Prompt prompt = prompt_of(0);
    prompt.files.push_back({"file", type, bytes, ""});
    return usd(chat_price(prompt, {&models->at(2)}).quote.before_output) *
           1e6;  // $1 or $2 a million
  };
  const double nothing = usd(chat_price(prompt_of(0), {&models->at(2)}).quote.before_output) * 1e6;
  CHECK(prompt_cost("image/png", std::string(100, 'x')) > nothing + 6000);
  CHECK(prompt_cost("audio/mpeg", std::string(300'000, 'x')) > nothing + 10'000);
  const std::string open = "%PDF-1.4 /Type /Pages /Kids [] /Type /Page x /Type/Page y";
  CHECK(prompt_cost("application/pdf", open + std::string(500'000, 'x')) ==
        doctest::Approx(nothing + 2 * 10'000).epsilon(0.1));
  CHECK(prompt_cost("application/pdf", "%PDF-1.5 /ObjStm /Type /Page" + std::string(50'000, 'x')) >
        nothing + 100'000);
}
