// Models that only paint: asked at /images, answered with files.
#include <thread>

#include "catalog/base64.h"
#include "tests/catalog/media/rig.h"

using namespace std::chrono_literals;
using namespace tests;
using catalog::FilePart;
using nlohmann::json;

namespace {

std::string painted(const std::string& bytes, int images = 1) {
  json data = json::array();
  for (int i = 0; i < images; ++i) {
    data.push_back({{"b64_json", catalog::base64_encoded(bytes)}, {"media_type", "image/png"}});
  }
  return json{{"data", data}, {"usage", {{"cost", 0.04}, {"input_tokens", 7}}}}.dump();
}

Upstream::Handler painter(const std::string& bytes = small_png, int images = 1) {
  return gateway_answering(200, "application/json", "\n \n" + painted(bytes, images),
                           "X-Generation-Id: gen-img-1\r\nX-Provider-Name: Brush\r\n");
}

}  // namespace

TEST_CASE("a model that only paints is asked for images, and the picture is a file") {
  MediaRig rig(painter());
  const Answer answer = rig.ask("p/paint", [](Prompt& prompt) {
    prompt.options = R"({"n":1,"size":"1024x1024","format":"png"})";
    prompt.provider = R"({"only":["brush"]})";
  });
  REQUIRE(answer.files.size() == 1);
  CHECK(answer.files[0].name == "image-1.png");
  CHECK(answer.files[0].media_type == "image/png");
  CHECK(answer.files[0].bytes == small_png);
  CHECK(answer.text == "image-1.png: image/png, 2 x 3, 24 bytes");
  CHECK(answer.served_by == "p/paint via Brush");
  CHECK(answer.cost_usd == 0.04);
  CHECK(answer.request_id == "gen-img-1");
  REQUIRE(rig.sent().size() == 1);
  CHECK(rig.sent()[0].target == "/api/v1/images");
  CHECK(rig.sent()[0].header("authorization") == std::string("Bearer ") + gateway_key);
  CHECK(json::parse(rig.sent()[0].body) == json{{"model", "p/paint"},
                                                {"prompt", "a red fox"},
                                                {"n", 1},
                                                {"size", "1024x1024"},
                                                {"output_format", "png"},
                                                {"provider", {{"only", {"brush"}}}}});
  CHECK(rig.spent().spent == catalog::dollars(0.04));
  CHECK(rig.spent().aside + rig.spent().unknown == catalog::Money{});
}

TEST_CASE("a file is named by its bytes, not by what is said of it") {
  MediaRig rig(painter("\xFF\xD8\xFF\xE0 a jpeg", 2));
  const Answer answer = rig.ask("p/paint");
  REQUIRE(answer.files.size() == 2);
  CHECK(answer.files[1].name == "image-2.jpg");
  CHECK(answer.files[1].media_type == "image/jpeg");
}

TEST_CASE("images go along as references, other files do not") {
  MediaRig rig(painter());
  rig.ask("p/paint", [](Prompt& prompt) {
    prompt.files = {FilePart{"a.png", "image/png", "AAA", ""},
                    FilePart{"b.png", "image/png", "B", ""}};
  });
  const json body = json::parse(rig.sent()[0].body);
  REQUIRE(body["input_references"].size() == 2);
  CHECK(body["input_references"][0] ==
        json{{"type", "image_url"}, {"image_url", {{"url", "data:image/png;base64,QUFB"}}}});
  const Refused refused = refusal_of([&] {
    rig.ask("p/paint", [](Prompt& p) { p.files = {FilePart{"a.txt", "text/plain", "x", ""}}; });
  });
  CHECK(
      text_contains(refused.what_happened, "\"a.txt\" is text/plain, which p/paint does not take"));
  CHECK(rig.sent().size() == 1);
}

TEST_CASE("what an image endpoint does not know is refused, and nothing is sent") {
  MediaRig rig(painter());
  const auto refused = [&](const std::function<void(Prompt&)>& change) {
    return refusal_of([&] { rig.ask("p/paint", change); });
  };
  const Refused loud = refused([](Prompt& p) { p.options = R"({"loudness":3})"; });
  CHECK(loud.what_happened == "p/paint takes no option \"loudness\"");
  CHECK(loud.advice.starts_with("Its options are n, size,"));
  CHECK(refused([](Prompt& p) { p.options = R"({"n":"two"})"; }).what_happened ==
        "options.n: expected a whole number");
  CHECK(refused([](Prompt& p) { p.options = R"({"size":"a\nb"})"; }).what_happened ==
        "options.size: expected a short text");
  CHECK(refused([](Prompt& p) { p.system = "be red"; }).what_happened ==
        "p/paint makes images and takes no system");
  CHECK(refused([](Prompt& p) { p.session_id = "c"; }).advice == "Leave conversation out.");
  CHECK(refused([](Prompt& p) { p.output_schema = "{}"; }).kind == Kind::unsupported);
  CHECK(refused([](Prompt& p) { p.text = " "; }).kind == Kind::invalid_arguments);
  CHECK(rig.sent().empty());
}

TEST_CASE("an image has no price in the catalogue, and is not bought unasked") {
  MediaRig rig(painter());
  catalog::Purse purse(rig.books, {"", "p/paint", {}, {}});
  Prompt prompt;
  prompt.text = "a red fox";
  prompt.purse = &purse;
  const Refused refused = refusal_of([&] { rig.rig.gateway->invoke("p/paint", prompt, {}, {}); });
  CHECK(refused.kind == Kind::over_budget);
  CHECK(text_contains(refused.advice, "max_cost_usd"));
  CHECK(rig.sent().empty());
}

TEST_CASE("a reply of /images that is no image is an error, sent once") {
  check_media_faults("p/paint");
  for (const char* body : {R"({"data":[]})", R"({"data":[{"b64_json":"a"}]})", R"({"data":7})"}) {
    CAPTURE(std::string(body));
    MediaRig rig(gateway_answering(200, "application/json", body));
    CHECK(failure_of([&] { rig.ask("p/paint"); }).kind == Kind::empty);
    CHECK(rig.spent().unknown == catalog::dollars(1));  // as much as was allowed
  }
}

TEST_CASE("an address in place of an image is shown, never fetched") {
  Upstream elsewhere([](const UpstreamRequest&, Wire& wire) { wire.reply(200, "image/png", "x"); });
  MediaRig rig(gateway_answering(
      200, "application/json",
      R"({"data":[{"url":"https://pictures.test/1.png"},{"url":")" + elsewhere.url() + R"("}]})"));
  const Answer answer = rig.ask("p/paint");
  REQUIRE(answer.files.size() == 1);
  CHECK(answer.files[0].url == "https://pictures.test/1.png");
  CHECK(answer.files[0].bytes.empty());
  CHECK(elsewhere.connections() == 0);
}

TEST_CASE("a cancelled image closes its connection, and may have been billed") {
  std::atomic<bool> closed{false};
  MediaRig rig([&](const UpstreamRequest&, Wire& wire) {
    closed = wire.closed_within(5s);
    wire.hang_up();
  });
  std::stop_source stop;
  std::jthread later([&] {
    for (int i = 0; i < 500 && rig.sent().empty(); ++i) std::this_thread::sleep_for(10ms);
    stop.request_stop();
  });
  CHECK_THROWS_AS(rig.ask("p/paint", {}, stop.get_token()), catalog::Cancelled);
  later.join();
  for (int i = 0; i < 500 && !closed; ++i) std::this_thread::sleep_for(10ms);
  CHECK(closed);
  CHECK(rig.spent().unknown == catalog::dollars(1));
}

TEST_CASE("what certainly made nothing is asked again, as chat is") {
  std::atomic<int> asked{0};
  MediaRig rig(
      [&](const UpstreamRequest&, Wire& wire) {
        if (++asked == 1) {
          wire.reply(429, "application/json", R"({"error":{"code":429,"message":"slow down"}})");
        } else {
          wire.reply(200, "application/json", painted(small_png));
        }
      },
      [](GatewaySettings& settings) { settings.retry_pace.most = 2; });
  CHECK(rig.ask("p/paint").files.size() == 1);
  CHECK(asked == 2);
  CHECK(rig.spent().spent == catalog::dollars(0.04));
}

TEST_CASE("a model that puts out neither text nor media is refused") {
  MediaRig rig(painter());
  const Refused refused = refusal_of([&] { rig.ask("p/embed"); });
  CHECK(refused.kind == Kind::unsupported);
  CHECK(refused.what_happened == "p/embed puts out embeddings, which is of no use here");
}

TEST_CASE("an error beside a cost was paid for, and is not asked again") {
  MediaRig rig(gateway_answering(200, "application/json",
                                 R"({"error":{"code":502,"message":"no"},"usage":{"cost":0.5}})"),
               [](GatewaySettings& settings) { settings.retry_pace.most = 2; });
  CHECK(failure_of([&] { rig.ask("p/paint"); }).billed == catalog::Billed::yes);
  CHECK(rig.sent().size() == 1);
  CHECK(rig.spent().spent == catalog::dollars(0.5));
}
