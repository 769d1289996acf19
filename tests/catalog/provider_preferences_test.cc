#include "catalog/models/provider_preferences.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "catalog/errors.h"

using namespace catalog;
using nlohmann::json;

TEST_CASE("routing preferences are passed on as they are") {
  for (
      const char* text :
      {R"({"order":["fireworks","deepinfra/turbo"],"allow_fallbacks":false})",
       R"({"data_collection":"deny","zdr":true,"require_parameters":true})",
       R"({"sort":{"by":"price","partition":"none"},"quantizations":["fp8"]})",
       R"({"max_price":{"completion":"2","prompt":1.5},"only":["openai"],"ignore":[]})",
       R"({"preferred_max_latency":{"p90":2.5},"preferred_min_throughput":40,"sort":"latency"})"}) {
    CHECK(json::parse(checked_preferences(json::parse(text))) == json::parse(text));
  }
  CHECK(checked_preferences(json::object()).empty());
}

TEST_CASE("a wish that would be passed over is refused, by its name") {
  struct Case {
    json preferences;
    const char* part;
  };
  const Case cases[] = {
      {{{"data_colection", "deny"}}, "provider.data_colection: no such preference; there are"},
      {{{"data_collection", "no"}}, "provider.data_collection: expected \"allow\" or \"deny\""},
      {{{"order", "openai"}}, "provider.order: expected a list"},
      {{{"only", {1}}}, "provider.only: expected a list"},
      {{{"zdr", "true"}}, "provider.zdr: expected true or false"},
      {{{"max_price", 3}}, "provider.max_price: expected an object"},
      {{{"preferred_max_latency", -1}}, "provider.preferred_max_latency: expected seconds"},
      {{{"order", json::array({std::string(5000, 'x')})}}, "larger than 4 KB"},
  };
  for (const Case& c : cases) {
    CAPTURE(std::string(c.part));
    try {
      checked_preferences(c.preferences);
      FAIL("not refused");
    } catch (const Refused& refused) {
      CHECK(refused.kind == Kind::invalid_arguments);
      CHECK(refused.what_happened.find(c.part) != std::string::npos);
    }
  }
}
