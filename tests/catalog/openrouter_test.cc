#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/catalog/gateway_rig.h"
#include "tests/golden.h"

using namespace catalog;
using namespace tests;
using namespace std::chrono_literals;

namespace {

// A file of the test's own, gone afterwards.
struct CacheFile {
  std::string path;
  CacheFile() {
    path = (std::filesystem::temp_directory_path() / "patchbay-models-XXXXXX").string();
    REQUIRE(::mkdtemp(path.data()) != nullptr);
    path += "/models.json";
  }
  ~CacheFile() { std::filesystem::remove_all(std::filesystem::path(path).parent_path()); }
};

}  // namespace

TEST_CASE("the catalogue is fetched once, then remembered, here and on disk") {
  const CacheFile file;
  const auto with_file = [&](GatewaySettings& settings) { settings.cache_file = file.path; };
  const std::string reply = tests::golden("openrouter/models.json");
  GatewayRig rig(gateway_answering(200, "application/json", reply), with_file);
  const auto live = rig.gateway->models({});
  CHECK(live->source == Source::live);
  CHECK(live->models.size() == 339);
  for (int i = 0; i < 3; ++i) CHECK(rig.gateway->models({})->source == Source::cached);
  const auto requests = rig.upstream.requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].method == "GET");
  CHECK(requests[0].target == "/api/v1/models?output_modalities=all");
  CHECK(text_contains(requests[0].header("accept-encoding"), "gzip"));

  // Another process of the user.
  GatewaySettings settings = gateway_settings(rig.upstream);
  settings.cache_file = file.path;
  const auto other = make_openrouter(settings, rig.transfers);
  CHECK(other->models({})->source == Source::cached);
  CHECK(other->models({})->models.size() == 339);
  CHECK(rig.upstream.requests().size() == 1);
}

TEST_CASE("many who want the catalogue at once cause one fetch") {
  const std::string reply = tests::golden("openrouter/models.json");
  GatewayRig rig([&](const UpstreamRequest&, Wire& wire) {
    std::this_thread::sleep_for(100ms);
    wire.reply(200, "application/json", reply);
  });
  std::atomic<int> whole{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { whole += rig.gateway->models({})->models.size() == 339; });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(whole == 8);
  CHECK(rig.upstream.requests().size() == 1);
}

TEST_CASE("when the network fails, older data is served, and the network is left alone") {
  const Upstream::Handler broken[] = {
      gateway_answering(503, "application/json", R"({"error":{"message":"down","code":503}})"),
      gateway_answering(200, "text/html", "<html>"),
      gateway_answering(200, "application/json", R"({"data":[]})"),
      [](const UpstreamRequest&, Wire& wire) { wire.hang_up(); },
  };
  for (const Upstream::Handler& handler : broken) {
    const CacheFile file;
    GatewayRig none(handler);
    failure_of([&] { none.gateway->models({}); });
    failure_of([&] { none.gateway->models({}); });
    CHECK(none.upstream.requests().size() == 1);

    GatewayRig rig(handler, [&](GatewaySettings& settings) {
      settings.cache_file = file.path;
      settings.bundled = true;
    });
    CHECK(rig.gateway->models({})->source == Source::bundled);
    CHECK(rig.gateway->models({})->models.size() == 339);
    CHECK(rig.upstream.requests().size() == 1);

    GatewaySettings settings = gateway_settings(rig.upstream);
    settings.cache_file = file.path;
    settings.bundled = true;
    std::ofstream(file.path) << "1700000000 " << settings.base_url << "\n"
                             << R"({"data":[{"id":"old/model"}]})";
    const auto later = make_openrouter(settings, rig.transfers);
    const auto stale = later->models({});
    CHECK(stale->source == Source::stale);
    CHECK(stale->models.front().id == "old/model");
    CHECK(stale->as_of == std::chrono::system_clock::from_time_t(1700000000));
  }
}

TEST_CASE("a lookup that is stopped is cancelled, and the next one looks again") {
  std::atomic<int> count{0};
  GatewayRig rig([&](const UpstreamRequest&, Wire& wire) {
    if (count++ == 0) {
      wire.closed_within(5s);
      wire.hang_up();
    } else {
      wire.reply(200, "application/json", R"({"data":[{"id":"a/b"}]})");
    }
  });
  std::stop_source stop;
  std::thread stopper([&] {
    for (int i = 0; i < 500 && count == 0; ++i) std::this_thread::sleep_for(10ms);
    stop.request_stop();
  });
  CHECK_THROWS_AS(rig.gateway->models(stop.get_token()), Cancelled);
  stopper.join();
  CHECK(rig.gateway->models({})->models.size() == 1);
}

TEST_CASE("lookups need no key") {
  GatewayRig rig(gateway_answering(200, "application/json", R"({"data":[{"id":"a/b"}]})"),
                 [](GatewaySettings& settings) { settings.credential.secret = Secret(); });
  CHECK(rig.gateway->models({})->models.size() == 1);
  CHECK(rig.upstream.requests()[0].header("authorization").empty());
}

TEST_CASE("the endpoints of a model, wherever odd characters stand in its id") {
  const std::string reply =
      R"({"data":{"endpoints":[{"provider_name":"One","pricing":{"prompt":"0.000003"}}]}})";
  GatewayRig rig(gateway_answering(200, "application/json", reply));
  struct Case {
    const char* id;
    const char* target;
  };
  const Case cases[] = {
      {"a/b", "/api/v1/models/a/b/endpoints"},
      {"a/b:free", "/api/v1/models/a/b:free/endpoints"},
      {"a/b:nitro", "/api/v1/models/a/b/endpoints"},
      {"~a/b-latest", "/api/v1/models/~a/b-latest/endpoints"},
      {"a/b?c#d", "/api/v1/models/a/b%3Fc%23d/endpoints"},
      {"a/b/c%2F", "/api/v1/models/a/b%2Fc%252F/endpoints"},
      {"a/b\r\nX: y", "/api/v1/models/a/b%0D%0AX:%20y/endpoints"},
      {"qwen3", "/api/v1/models/qwen3/endpoints"},
  };
  for (const Case& c : cases) {
    CAPTURE(std::string(c.id));
    const auto endpoints = rig.gateway->endpoints(c.id, {});
    REQUIRE(endpoints.size() == 1);
    CHECK(endpoints[0].price.prompt_usd_per_million == 3.0);
    CHECK(rig.upstream.requests().back().target == c.target);
  }
  const std::size_t before = rig.upstream.requests().size();
  for (const char* id : {"", "/", "a/", "/b", "../key", "a/..", ".", "@preset/x"}) {
    CAPTURE(std::string(id));
    CHECK(refusal_of([&] { rig.gateway->endpoints(id, {}); }).kind == Kind::invalid_arguments);
  }
  CHECK(rig.upstream.requests().size() == before);
}

TEST_CASE("a model without endpoints is unknown, unless the catalogue knows it") {
  GatewayRig rig(
      gateway_answering(404, "application/json", R"({"error":{"message":"Not Found","code":404}})"),
      [](GatewaySettings& settings) { settings.bundled = true; });
  const UpstreamError error = failure_of([&] { rig.gateway->endpoints("openai/gpt5.5", {}); });
  CHECK(kind_of(error) == "not_found");
  CHECK(text_contains(error.advice, "openai/gpt-5.5"));
  CHECK(rig.gateway->endpoints("openai/gpt-5.5", {}).empty());
  GatewayRig odd(gateway_answering(200, "application/json", "[]"));
  CHECK(kind_of(failure_of([&] { odd.gateway->endpoints("a/b", {}); })) == "malformed");
}
