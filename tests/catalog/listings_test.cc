#include <doctest/doctest.h>

#include <atomic>
#include <map>

#include "catalog/models/model_query.h"
#include "tests/catalog/gateway_rig.h"

using namespace catalog;
using namespace tests;

namespace {

std::string listed(const std::vector<std::string>& ids) {
  std::string records;
  for (const std::string& id : ids) {
    if (!records.empty()) records += ',';
    records += R"({"id":")" + id + R"("})";
  }
  return R"({"data":[)" + records + "]}";
}

// Answers each question with its own list.
Upstream::Handler telling(std::map<std::string, std::vector<std::string>> lists) {
  return [lists = std::move(lists)](const UpstreamRequest& request, Wire& wire) {
    const std::size_t root = std::string_view("/api/v1").size();
    const auto found = lists.find(request.target.substr(root));
    if (found == lists.end()) return (void)wire.reply(404, "application/json", "{}");
    wire.reply(200, "application/json", listed(found->second));
  };
}

const std::map<std::string, std::vector<std::string>> well_told = {
    {"/models?output_modalities=all", {"a/a", "b/b", "c/c", "d/d"}},
    {"/models?sort=most-popular", {"c/c", "a/a", "b/b"}},
    {"/models?sort=throughput-high-to-low", {"b/b", "a/a", "c/c"}},
    {"/models?sort=latency-low-to-high", {"b/b", "c/c", "a/a"}},
    {"/models?zdr=true", {"b/b", "c/c"}},
};

std::vector<std::string> sorted_by(Gateway& gateway, Listing which, ModelSort sort) {
  const auto ids = gateway.listing(which, {});
  ModelQuery query;
  query.sort = sort;
  query.ranking = ids.get();
  const auto list = gateway.models({});
  std::vector<std::string> result;
  for (const Model* model : find_models(*list, query)) result.push_back(model->id);
  return result;
}

}  // namespace

TEST_CASE("popularity, throughput and latency are sorted as the gateway sorts them") {
  GatewayRig rig(telling(well_told));
  using Strings = std::vector<std::string>;
  CHECK(sorted_by(*rig.gateway, Listing::popularity, ModelSort::popularity) ==
        Strings{"c/c", "a/a", "b/b", "d/d"});  // what it does not tell comes last
  CHECK(sorted_by(*rig.gateway, Listing::throughput, ModelSort::throughput) ==
        Strings{"b/b", "a/a", "c/c", "d/d"});
  CHECK(sorted_by(*rig.gateway, Listing::latency, ModelSort::latency) ==
        Strings{"b/b", "c/c", "a/a", "d/d"});
}

TEST_CASE("only models that keep no data") {
  GatewayRig rig(telling(well_told));
  const auto ids = rig.gateway->listing(Listing::zero_retention, {});
  ModelQuery query;
  query.zero_retention = ids.get();
  const auto list = rig.gateway->models({});
  const ModelMatches matches = find_models(*list, query);
  REQUIRE(matches.size() == 2);
  CHECK(matches[0]->id == "b/b");
}

TEST_CASE("only providers that keep no data") {
  GatewayRig rig([](const UpstreamRequest& request, Wire& wire) {
    if (request.target != "/api/v1/endpoints/zdr") {
      return (void)wire.reply(200, "application/json", listed({"a/a", "b/b"}));
    }
    wire.reply(200, "application/json",
               R"({"data":[{"name":"x","model_id":"a/a","tag":"one","pricing":{"prompt":"0"}},)"
               R"({"model_id":"a/a","tag":"two/fp8"},{"model_id":"b/b"},7]})");
  });
  const auto ids = rig.gateway->listing(Listing::zero_retention_endpoints, {});
  CHECK(*ids == ModelIds{endpoint_id("a/a", "one"), endpoint_id("a/a", "two/fp8")});
}

TEST_CASE("a listing is asked for once in a while") {
  GatewayRig rig(telling(well_told));
  for (int i = 0; i < 5; ++i) rig.gateway->listing(Listing::popularity, {});
  CHECK(rig.upstream.requests().size() == 2);  // the catalogue and the listing
}

TEST_CASE("a gateway that passes over the question is not believed") {
  const std::vector<std::string> usual = {"a/a", "b/b", "c/c", "d/d"};
  GatewayRig deaf([&](const UpstreamRequest&, Wire& wire) {
    wire.reply(200, "application/json", listed(usual));
  });
  GatewayRig old(telling({{"/models?output_modalities=all", usual}}));
  for (Gateway* gateway : {deaf.gateway.get(), old.gateway.get()}) {
    for (const Listing which : {Listing::popularity, Listing::throughput, Listing::latency,
                                Listing::zero_retention, Listing::zero_retention_endpoints}) {
      const Refused refused = refusal_of([&] { gateway->listing(which, {}); });
      CHECK(refused.kind == Kind::unsupported);
      CHECK_FALSE(refused.advice.empty());
    }
  }
}

TEST_CASE("when the listing fails, the older one is good enough") {
  std::atomic<bool> broken{false};
  const Upstream::Handler tell = telling(well_told);
  GatewayRig rig([&](const UpstreamRequest& request, Wire& wire) {
    if (broken) return (void)wire.reply(503, "application/json", R"({"error":{"message":"x"}})");
    tell(request, wire);
  });
  rig.gateway->models({});
  broken = true;
  CHECK(kind_of(failure_of([&] { rig.gateway->listing(Listing::latency, {}); })) == "unavailable");
  broken = false;
  CHECK(rig.gateway->listing(Listing::latency, {})->front() == "b/b");
}

TEST_CASE("models that write no text are listed for those who ask for them") {
  const std::string reply = R"({"data":[
    {"id":"a/writer","architecture":{"output_modalities":["text"]}},
    {"id":"a/painter","architecture":{"output_modalities":["image","text"]}},
    {"id":"a/film","architecture":{"output_modalities":["video"]}},
    {"id":"a/voice","architecture":{"output_modalities":["speech"]}},
    {"id":"a/silent"}]})";
  GatewayRig rig(gateway_answering(200, "application/json", reply));
  const auto list = rig.gateway->models({});
  CHECK(rig.upstream.requests()[0].target == "/api/v1/models?output_modalities=all");
  const auto found = [&](std::vector<std::string> outputs) {
    ModelQuery query;
    query.output_modalities = std::move(outputs);
    std::string ids;
    for (const Model* model : find_models(*list, query)) ids += model->id + " ";
    return ids;
  };
  CHECK(found({}) == "a/writer a/painter a/silent ");
  CHECK(found({"video"}) == "a/film ");
  CHECK(found({"speech"}) == "a/voice ");
  CHECK(found({"image", "text"}) == "a/painter ");
}

TEST_CASE("a server that does not know the question is asked plainly") {
  GatewayRig rig([](const UpstreamRequest& request, Wire& wire) {
    const bool plain = request.target == "/api/v1/models";
    wire.reply(plain ? 200 : 400, "application/json",
               plain ? R"({"data":[{"id":"a/b"}]})" : R"({"error":{"message":"bad query"}})");
  });
  CHECK(rig.gateway->models({})->models.size() == 1);
}
