#include "catalog/models/snapshot.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/catalog/real_models.h"

using namespace catalog;

TEST_CASE("the bundled catalogue says what the real one said, but for descriptions") {
  const auto bundled = bundled_models();
  REQUIRE(bundled);
  CHECK(bundled->source == Source::bundled);
  const std::chrono::sys_days day = std::chrono::year(2026) / 6 / 29;
  CHECK(bundled->as_of == day);
  const std::vector<Model>& real = tests::real_models().models;
  REQUIRE(bundled->models.size() == real.size());
  for (std::size_t i = 0; i < real.size(); ++i) {
    const Model& a = bundled->models[i];
    const Model& b = real[i];
    CAPTURE(b.id);
    CHECK(a.id == b.id);
    CHECK(a.name == b.name);
    CHECK(a.created == b.created);
    CHECK(a.context_length == b.context_length);
    CHECK(a.max_completion_tokens == b.max_completion_tokens);
    CHECK(a.price.prompt_usd_per_million == b.price.prompt_usd_per_million);
    CHECK(a.price.completion_usd_per_million == b.price.completion_usd_per_million);
    CHECK(a.price.variable == b.price.variable);
    CHECK(a.price.other_usd_per_unit == b.price.other_usd_per_unit);
    CHECK(a.input_modalities.size() == b.input_modalities.size());
    CHECK(a.output_modalities.size() == b.output_modalities.size());
    CHECK(a.supported_parameters.size() == b.supported_parameters.size());
    for (const std::string& parameter : b.supported_parameters) CHECK(a.supports(parameter));
    REQUIRE(a.reasoning.has_value() == b.reasoning.has_value());
    if (a.reasoning) {
      CHECK(a.reasoning->mandatory == b.reasoning->mandatory);
      CHECK(a.reasoning->default_enabled == b.reasoning->default_enabled);
      CHECK(a.reasoning->supported_efforts == b.reasoning->supported_efforts);
      CHECK(a.reasoning->default_effort == b.reasoning->default_effort);
    }
    CHECK(a.benchmarks.intelligence_index == b.benchmarks.intelligence_index);
    CHECK(a.benchmarks.coding_index == b.benchmarks.coding_index);
    CHECK(a.benchmarks.agentic_index == b.benchmarks.agentic_index);
    CHECK(a.knowledge_cutoff == b.knowledge_cutoff);
    CHECK(a.expiration_date == b.expiration_date);
    CHECK(a.moderated == b.moderated);
    CHECK(a.description.empty());
  }
}

TEST_CASE("a snapshot of another shape is none, odd rows are left out") {
  for (const char* text :
       {"", "[]", "{}", R"({"as_of":"2026-06-29"})", R"({"as_of":"soon","models":[]})",
        R"({"as_of":"2026-02-31","models":[]})", R"({"as_of":"2026-06-29","models":{}})",
        R"({"as_of":7,"models":[]})"}) {
    CAPTURE(text);
    CHECK_FALSE(decode_snapshot(text));
  }
  const auto list = decode_snapshot(
      R"({"as_of":"2026-06-29","columns":["id","context_length","later"],"models":[["a/b",5],7,[],[3],["c"]]})");
  REQUIRE(list);
  REQUIRE(list->models.size() == 2);
  CHECK(list->models[0].context_length == 5);
  CHECK(list->models[1].id == "c");
}
