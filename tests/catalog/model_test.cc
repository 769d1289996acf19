#include "catalog/models/model.h"

#include <doctest/doctest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "tests/catalog/real_models.h"

using namespace catalog;
using nlohmann::json;

namespace {

const Model& real(std::string_view id) {
  for (const Model& model : tests::real_models().models) {
    if (model.id == id) return model;
  }
  FAIL("no such model: " << id);
  return tests::real_models().models.front();
}

}  // namespace

TEST_CASE("prices on the wire become $ per million, to the digit") {
  struct Case {
    json wire;
    std::optional<double> usd_per_million;
  };
  const Case cases[] = {
      {"0.00000125", 1.25},
      {"0.0000000416", 0.0416},
      {"0.00000008333333333333334", 0.08333333333333334},
      {"0.000003", 3.0},
      {"0", 0.0},
      {"1.25e-06", 1.25},
      {"1.25E-6", 1.25},
      {"+0.000001", 1.0},
      {".000001", 1.0},
      {1.25e-06, 1.25},
      {0, 0.0},
      {"-0.000001", std::nullopt},
      {"", std::nullopt},
      {"free", std::nullopt},
      {"nan", std::nullopt},
      {"inf", std::nullopt},
      {"0x10", std::nullopt},
      {"1e400", std::nullopt},
      {"1e999999999999999999999", std::nullopt},
      {"1-2", std::nullopt},
      {"e5", std::nullopt},
      {"0.000001 ", std::nullopt},
      {nullptr, std::nullopt},
      {true, std::nullopt},
      {json::array({1}), std::nullopt},
      {std::string(1000, '1'), std::nullopt},
  };
  for (const Case& c : cases) {
    CAPTURE(c.wire.dump());
    const Price price = decode_price({{"prompt", c.wire}, {"completion", "0.00001"}});
    CHECK(price.prompt_usd_per_million == c.usd_per_million);
    CHECK(price.completion_usd_per_million == 10.0);
    CHECK_FALSE(price.variable);
  }
}

TEST_CASE("a router's price is variable, not cheap") {
  for (const json& wire : {json("-1"), json(-1), json("-1.0")}) {
    const Price price = decode_price({{"prompt", wire}, {"completion", wire}});
    CHECK(price.variable);
    CHECK_FALSE(price.prompt_usd_per_million);
    CHECK_FALSE(price.free());
  }
}

TEST_CASE("other charges are kept per unit, zeros and nonsense are not") {
  const Price price = decode_price({{"prompt", "0"},
                                    {"completion", "0"},
                                    {"web_search", "0.01"},
                                    {"request", "0"},
                                    {"image", "minus"},
                                    {"overrides", json::array({{{"min_prompt_tokens", 1}}})}});
  CHECK(price.other_usd_per_unit == std::map<std::string, double>{{"web_search", 0.01}});
  CHECK_FALSE(price.free());
  CHECK(decode_price({{"prompt", "0"}, {"completion", "0"}, {"request", "0"}}).free());
  CHECK_FALSE(decode_price({{"prompt", "0"}}).free());
  CHECK_FALSE(decode_price(json::array()).free());
}

TEST_CASE("an endpoint's discount is taken off") {
  const Price price =
      decode_price({{"prompt", "0.000004"}, {"completion", "0.000008"}, {"discount", 0.25}});
  CHECK(price.prompt_usd_per_million == 3.0);
  CHECK(price.completion_usd_per_million == 6.0);
  CHECK(decode_price({{"prompt", "0.000004"}, {"discount", -3}}).prompt_usd_per_million == 4.0);
}

TEST_CASE("a real record is decoded whole") {
  const Model& model = real("anthropic/claude-opus-4.8");
  CHECK(model.author() == "anthropic");
  CHECK(model.context_length == 1'000'000);
  CHECK(model.max_completion_tokens == 128'000);
  CHECK(model.price.prompt_usd_per_million == 5.0);
  CHECK(model.price.completion_usd_per_million == 25.0);
  CHECK(model.supports("tools"));
  CHECK_FALSE(model.supports("tool"));
  REQUIRE(model.reasoning);
  CHECK(model.benchmarks.coding_index == 74.3);
  CHECK_FALSE(model.free());
  CHECK(real("cohere/north-mini-code:free").free());
  CHECK(real("~anthropic/claude-haiku-latest").author() == "anthropic");
  CHECK(real("openrouter/auto").price.variable);
  CHECK_FALSE(real("openrouter/auto").reasoning);
  CHECK(real("openai/gpt-5.2-chat").expiration_date == "2026-08-10");
}

TEST_CASE("a record with odd fields is decoded as far as it goes") {
  const auto model = decode_model(json::parse(R"({
    "id": "a/b", "name": 7, "created": "yesterday", "context_length": null,
    "architecture": "text", "pricing": [], "top_provider": {"context_length": 8192,
    "max_completion_tokens": -5, "is_moderated": "yes"}, "supported_parameters": ["tools", 3, null, ""],
    "reasoning": true, "benchmarks": {"artificial_analysis": {"coding_index": "high"}},
    "expiration_date": {}, "alias_target": {"name": "B", "slug": "a/b-2"}, "unheard_of": {"x": [1]}
  })"));
  REQUIRE(model);
  CHECK(model->name.empty());
  CHECK(model->created == 0);
  CHECK(model->context_length == 8192);
  CHECK_FALSE(model->max_completion_tokens);
  CHECK_FALSE(model->moderated);
  CHECK(model->supported_parameters == std::vector<std::string>{"tools"});
  CHECK_FALSE(model->reasoning);
  CHECK_FALSE(model->benchmarks.coding_index);
  CHECK_FALSE(model->price.prompt_usd_per_million);
  CHECK(model->alias_target == "a/b-2");
}

TEST_CASE("records without a usable id are no models") {
  for (const char* record :
       {R"({})", R"([])", R"("a/b")", R"(null)", R"({"id": ""})", R"({"id": 3})",
        R"({"id": "a b"})", "{\"id\": \"a\\nb\"}", "{\"id\": \"a\\u0000b\"}"}) {
    CAPTURE(record);
    CHECK_FALSE(decode_model(json::parse(record)));
  }
  CHECK_FALSE(decode_model({{"id", std::string(201, 'x')}}));
  CHECK(decode_model({{"id", "qwen3:8b"}}).value().author().empty());
}

TEST_CASE("texts are cut between characters") {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "é";
  const auto model = decode_model({{"id", "a"}, {"name", 'x' + text}, {"description", 'x' + text}});
  CHECK(model.value().name.size() == 199);
  CHECK(model.value().description.size() == 999);
}

TEST_CASE("a whole catalogue: all records, in order, whatever the envelope") {
  CHECK(tests::real_models().models.size() == 339);
  CHECK(tests::real_models().models.front().id == "sakana/fugu-ultra");
  const auto ids = [](std::string_view reply) -> std::string {
    const auto models = decode_models(reply);
    if (!models) return "none";
    std::string all;
    for (const Model& model : *models) all += model.id + ' ';
    return all;
  };
  CHECK(ids(R"({"data":[{"id":"a"},{"id":"b"}],"total_count":2,"links":{"next":null}})") == "a b ");
  CHECK(ids(R"({"object":"list","data":[{"id":"a","object":"model","owned_by":"me"}]})") == "a ");
  CHECK(ids(R"([{"id":"a"},{"id":"b"}])") == "a b ");
  CHECK(
      ids(R"({"x":[{"id":"n"}],"data":[null,3,{"id":""},[{"id":"n"}],{"id":"b","x":{"id":"n"}}]})") ==
      "b ");
  CHECK(ids(R"({"data":[]})") == "");
  for (const char* reply :
       {"", "{}", "null", R"({"data":{}})", R"({"error":{"code":500}})",
        R"({"data":[{"id":"a"},{"id":)", "<html>", R"({"data":[{"id":"a"}]}x)"}) {
    CAPTURE(reply);
    CHECK(ids(reply) == "none");
  }
}

TEST_CASE("a catalogue cut off anywhere is none, and nesting does no harm") {
  const std::string whole =
      R"({"data":[{"id":"a/b","pricing":{"prompt":"0.1"},"architecture":{"input_modalities":["text"]}}]})";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(decode_models(whole.substr(0, size)));
  }
  const std::string deep = R"({"data":[{"id":"a","pricing":)" + std::string(200'000, '[') +
                           std::string(200'000, ']') + "}]}";
  CHECK(decode_models(deep).value().size() == 1);
}

TEST_CASE("endpoints: limits, prices and figures with their units") {
  const auto endpoints = decode_endpoints(R"({"data":{"id":"a/b","endpoints":[
    {"provider_name":"One","tag":"one/fast","quantization":"fp8","context_length":1000,
     "max_completion_tokens":null,"pricing":{"prompt":"0.000003","completion":"0.000015","discount":0},
     "status":-2,"uptime_last_30m":99.5,"latency_last_30m":{"p50":814.5},"throughput_last_30m":{"p50":35}},
    {"name":"no provider"}, 7,
    {"provider_name":"Two","uptime_last_30m":null,"latency_last_30m":null,"status":1e300}]}})");
  REQUIRE(endpoints);
  REQUIRE(endpoints->size() == 2);
  const Endpoint& one = endpoints->front();
  CHECK(one.provider == "One");
  CHECK(one.tag == "one/fast");
  CHECK(one.context_length == 1000);
  CHECK_FALSE(one.max_completion_tokens);
  CHECK(one.price.completion_usd_per_million == 15.0);
  CHECK(one.status == -2);
  CHECK(one.uptime_percent == 99.5);
  CHECK(one.latency_ms == 814.5);
  CHECK(one.throughput_tokens_per_s == 35.0);
  CHECK_FALSE(endpoints->back().latency_ms);
  for (const char* reply : {"", "[]", "{}", R"({"data":[]})", R"({"data":{"endpoints":{}}})"}) {
    CHECK_FALSE(decode_endpoints(reply));
  }
}
