#include "catalog/models/cheapest.h"

#include <doctest/doctest.h>

#include "tests/catalog/real_models.h"

using namespace catalog;

namespace {

Model model(std::string id, double price, std::int64_t context = 100'000) {
  Model made;
  made.id = std::move(id);
  made.context_length = context;
  made.input_modalities = {"text"};
  made.output_modalities = {"text"};
  made.price.prompt_usd_per_million = price;
  made.price.completion_usd_per_million = price;
  return made;
}

std::vector<std::string> ids(const ModelMatches& matches) {
  std::vector<std::string> out;
  for (const Model* each : matches) out.push_back(each->id);
  return out;
}

std::vector<std::string> chosen(const std::vector<Model>& models, const Needs& needs = {}) {
  const ModelList list{models, {}, Source::live};
  return ids(cheapest_models(list, needs, "2026-11-20", 3));
}

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("the cheapest that can do it, at most as many as are tried") {
  Model router = model("r/router", 0.1);
  router.price.variable = true;
  Model unpriced = model("u/unpriced", 0.1);
  unpriced.price = {};
  Model alias = model("~a/latest", 0.1);
  alias.alias_target = "a/one";
  Model expired = model("e/old", 0.1);
  expired.expiration_date = "2026-11-20";
  Model expires = model("e/soon", 4);
  expires.expiration_date = "2026-11-21";
  Model painter = model("p/image", 0.1);
  painter.output_modalities = {"image"};
  Model singer = model("g/songs", 0);
  singer.output_modalities = {"text", "audio"};
  Model by_request = model("q/by-request", 0);
  by_request.price.other_usd_per_unit = {{"request", 0.01}};
  const std::vector<Model> models = {model("d/dear", 9),
                                     singer,
                                     by_request,
                                     model("openrouter/free", 0),
                                     router,
                                     unpriced,
                                     alias,
                                     expired,
                                     expires,
                                     painter,
                                     model("f/one:free", 0),
                                     model("f/two:free", 0),
                                     model("c/cheap", 1)};
  CHECK(chosen(models) == Ids{"f/one:free", "c/cheap", "e/soon"});
}

TEST_CASE("each need must hold; what the catalogue does not know does not") {
  Model good = model("g/good", 5, 200'000);
  good.benchmarks.coding_index = 60;
  good.input_modalities = {"text", "image"};
  good.supported_parameters = {"tools"};
  const std::vector<Model> models = {model("c/cheap", 1), good, model("u/unknown", 2, 0)};
  const auto with = [&](auto change) {
    Needs needs;
    change(needs);
    return chosen(models, needs);
  };
  CHECK(with([](Needs&) {}) == Ids{"c/cheap", "u/unknown", "g/good"});
  CHECK(with([](Needs& n) { n.context = 150'000; }) == Ids{"g/good"});
  CHECK(with([](Needs& n) { n.input_modalities = {"image"}; }) == Ids{"g/good"});
  CHECK(with([](Needs& n) { n.parameters = {"tools"}; }) == Ids{"g/good"});
  CHECK(with([](Needs& n) { n.coding_index = 60; }) == Ids{"g/good"});
  CHECK(with([](Needs& n) { n.max_price = 2; }) == Ids{"c/cheap", "u/unknown"});
  CHECK(with([](Needs& n) { n.coding_index = 61; }).empty());
}

TEST_CASE(
    "out of a real catalogue: one that is free by its name, then paid ones, and they write text") {
  const auto found = cheapest_models(tests::real_models(), {}, "2026-11-20", 3);
  REQUIRE(found.size() == 3);
  CHECK(found[0]->free());
  for (std::size_t i = 1; i < 3; ++i) CHECK(*found[i]->price.prompt_usd_per_million > 0);
  for (const Model* each : found) CHECK(each->output_modalities == Ids{"text"});
}

TEST_CASE("out of a real catalogue: what is chosen can do it, and nothing cheaper could") {
  Needs needs;
  needs.context = 200'000;
  needs.input_modalities = {"image"};
  needs.parameters = {"structured_outputs", "tools"};
  needs.coding_index = 30;
  const auto found = cheapest_models(tests::real_models(), needs, "2026-11-20", 3);
  REQUIRE(found.size() == 3);
  const auto price = [](const Model& m) {
    return 3 * m.price.prompt_usd_per_million.value_or(0) +
           m.price.completion_usd_per_million.value_or(0);
  };
  for (const Model* each : found) {
    CHECK(each->context_length >= 200'000);
    CHECK(each->supports("structured_outputs"));
    CHECK(each->benchmarks.coding_index.value_or(0) >= 30);
  }
  CHECK(price(*found[0]) <= price(*found[1]));
  CHECK(price(*found[1]) <= price(*found[2]));
}
