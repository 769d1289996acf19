// Videos: begun once, looked at until they are made, fetched from where the key belongs.
#include <thread>

#include "tests/catalog/media/rig.h"

using namespace std::chrono_literals;
using namespace tests;
using catalog::AgentTask;
using catalog::FilePart;
using catalog::Patience;
using nlohmann::json;

namespace {

const std::string film =
    std::string("\0\0\0\x10", 4) + "ftypisom" + std::string(4, '\0') + "pictures";

// A gateway with one job, which says of itself what it is told to, one state after the other.
struct Studio {
  std::vector<std::string> states;  // the last one again and again
  std::string polling_url = "https://elsewhere.test/jobs/1";
  Upstream::Handler content = gateway_answering(200, "video/mp4", film);
  std::shared_ptr<std::atomic<std::size_t>> looks = std::make_shared<std::atomic<std::size_t>>(0);

  void operator()(const UpstreamRequest& request, Wire& wire) const {
    if (request.method == "POST") {
      const json begun = {{"id", "job/1"}, {"polling_url", polling_url}, {"status", "pending"}};
      wire.reply(202, "application/json", begun.dump(), "X-Generation-Id: gen-vid-1\r\n");
    } else if (request.target == "/api/v1/videos/job%2F1") {
      const std::string& state = states[std::min(states.size() - 1, (*looks)++)];
      if (state.starts_with('{')) return void(wire.reply(200, "application/json", state));
      wire.reply(std::stoi(state), "application/json", R"({"error":{"message":"not now"}})");
    } else if (request.target.starts_with("/api/v1/videos/job%2F1/content?index=")) {
      content(request, wire);
    } else {
      wire.reply(404, "application/json", R"({"error":{"code":404,"message":"Not Found"}})");
    }
  }
};

const std::string pending = R"({"id":"job/1","status":"pending"})";
const std::string working = R"({"id":"job/1","status":"in_progress"})";
const std::string made =
    R"({"id":"job/1","status":"completed","unsigned_urls":["https://elsewhere.test/1.mp4"],"usage":{"cost":0.4}})";

std::string ended(const std::string& status) {
  return R"({"id":"job/1","status":")" + status + R"(","error":"the provider would not"})";
}

}  // namespace

TEST_CASE("a video is begun once, waited for and fetched with the key from the gateway alone") {
  MediaRig rig(Studio{{pending, "503", working, "429", made}});
  const Answer answer = rig.ask("p/film", [](Prompt& prompt) {
    prompt.options = R"({"duration":4,"audio":false,"aspect_ratio":"16:9"})";
    prompt.files = {FilePart{"a.png", "image/png", "AAA", ""}};
  });
  REQUIRE(answer.files.size() == 1);
  CHECK(answer.files[0].name == "video.mp4");
  CHECK(answer.files[0].bytes == film);
  CHECK(answer.text == "video.mp4: video/mp4, 24 bytes");
  CHECK(answer.status == catalog::Status::completed);
  CHECK_FALSE(answer.task);
  CHECK(answer.cost_usd == 0.4);
  CHECK(answer.request_id == "gen-vid-1");
  REQUIRE(rig.sent().size() == 1);
  const json body = json::parse(rig.sent()[0].body);
  CHECK(body["duration"] == 4);
  CHECK(body["generate_audio"] == false);
  CHECK(body["frame_images"][0]["frame_type"] == "first_frame");
  CHECK(body["frame_images"][0]["image_url"]["url"] == "data:image/png;base64,QUFB");
  for (const UpstreamRequest& each : rig.sent("GET")) {
    CHECK(each.header("authorization") == std::string("Bearer ") + gateway_key);
  }
  CHECK(rig.sent("GET").size() == 6);  // five looks, one film
  CHECK(rig.spent().spent == catalog::dollars(0.4));
  CHECK(rig.spent().aside + rig.spent().unknown == catalog::Money{});
}

TEST_CASE("a video is priced by its dearest second before it is begun") {
  const auto refused = [](const std::string& record, const std::string& options) {
    MediaRig rig([record](const UpstreamRequest& request, Wire& wire) {
      CHECK(request.target == "/api/v1/videos/models");
      wire.reply(200, "application/json", R"({"data":[{"id":"x/y"},)" + record + "]}");
    });
    const Refused refusal =
        refusal_of([&] { rig.ask("p/film", [&](Prompt& prompt) { prompt.options = options; }); });
    CHECK(rig.sent().empty());
    return refusal.what_happened;
  };
  const std::string record =
      R"({"id":"p/film","supported_durations":[4,8],"pricing_skus":{"duration_seconds":"0.10","duration_seconds_4k":"0.30"}})";
  CHECK(text_contains(refused(record, ""), "up to $2.4, above max_cost_usd of $1"));
  CHECK(text_contains(refused(record, R"({"duration":5})"), "up to $1.5,"));
  Studio studio{{made}};
  MediaRig rig([&](const UpstreamRequest& request, Wire& wire) {
    if (request.target != "/api/v1/videos/models") return studio(request, wire);
    wire.reply(200, "application/json", R"({"data":[)" + record + "]}");
  });
  CHECK(rig.ask("p/film", [](Prompt& p) { p.options = R"({"duration":3})"; }).files.size() == 1);
  CHECK(rig.spent().spent == catalog::dollars(0.4));
}

TEST_CASE("the addresses of a job are not obeyed: nobody else sees a request") {
  Upstream elsewhere([](const UpstreamRequest&, Wire& wire) { wire.reply(200, "video/mp4", "x"); });
  Studio studio{{R"({"id":"job/1","status":"completed","unsigned_urls":[")" + elsewhere.url() +
                 R"(/1.mp4"]})"}};
  studio.polling_url = elsewhere.url() + "/api/v1/videos/job";
  MediaRig rig(studio);
  CHECK(rig.ask("p/film").files.size() == 1);
  // Not even without the key, where the address is not a public one over https.
  studio.looks = std::make_shared<std::atomic<std::size_t>>(0);
  studio.content =
      gateway_answering(302, "text/plain", "", "Location: " + elsewhere.url() + "/1.mp4\r\n");
  MediaRig redirected(studio);
  const UpstreamError error = failure_of([&] { redirected.ask("p/film"); });
  CHECK(text_contains(error.what_happened, "an address that is not safe"));
  CHECK(error.billed == catalog::Billed::yes);
  CHECK(elsewhere.connections() == 0);
  studio.looks = std::make_shared<std::atomic<std::size_t>>(0);
  studio.content = gateway_answering(302, "text/plain", "", "Location: https://127.0.0.1:1/a\r\n");
  MediaRig inwards(studio);
  CHECK(failure_of([&] { inwards.ask("p/film"); }).kind == Kind::forbidden);
}

TEST_CASE("the gateway may keep a film at another path of its own") {
  Studio studio{{made}};
  studio.content = [](const UpstreamRequest& request, Wire& wire) {
    if (request.target.ends_with("index=9")) return void(wire.reply(200, "video/mp4", film));
    wire.reply(302, "text/plain", "", "Location: /api/v1/videos/job%2F1/content?index=9\r\n");
  };
  MediaRig rig(studio);
  CHECK(rig.ask("p/film").files.front().bytes == film);
}

TEST_CASE("a job that fails, is cancelled or expires says why, and is not begun again") {
  for (const char* status : {"failed", "cancelled", "expired"}) {
    CAPTURE(std::string(status));
    MediaRig rig(Studio{{working, ended(status)}});
    const UpstreamError error = failure_of([&] { rig.ask("p/film"); });
    CHECK(error.kind == Kind::unavailable);
    CHECK(text_contains(error.what_happened, status));
    CHECK(error.provider_message == "the provider would not");
    CHECK(error.request_id == "job/1");
    CHECK(error.billed == catalog::Billed::unknown);
    CHECK(rig.sent().size() == 1);
  }
}

TEST_CASE("a failed job that cost something is in the ledger with that") {
  MediaRig rig(Studio{{R"({"status":"failed","usage":{"cost":0.1}})"}});
  CHECK(failure_of([&] { rig.ask("p/film"); }).billed == catalog::Billed::yes);
  CHECK(rig.spent().spent == catalog::dollars(0.1));
}

TEST_CASE("a job that is gone, or of which nothing can be read, is an error that names it") {
  for (const char* state : {"404", "401", R"({"id":"job/1"})"}) {
    CAPTURE(std::string(state));
    MediaRig rig(Studio{{state}});
    const UpstreamError error = failure_of([&] { rig.ask("p/film"); });
    CHECK(error.request_id == "job/1");
    CHECK(rig.sent().size() == 1);
    CHECK(rig.sent("GET").size() == 1);
  }
  MediaRig dead(Studio{{"503"}});
  // One that only cannot be asked for a while is not given up: it was paid for.
  const Answer later = dead.ask("p/film");
  CHECK(later.status == catalog::Status::working);
  CHECK(text_contains(later.text, "answered 503 for p/film; the job goes on"));
  REQUIRE(later.task);
  CHECK(later.task->task_id == "job/1");
  CHECK(dead.sent("GET").size() > 3);
  CHECK(dead.sent().size() == 1);
}

TEST_CASE("a film that is no film is an error, and it was billed") {
  for (const auto& content : {gateway_answering(200, "text/html", "<html>"),
                              gateway_answering(403, "application/json", R"({"error":{}})"),
                              gateway_answering(200, "video/mp4", std::string(200'000, 'x'))}) {
    Studio studio{{made}};
    studio.content = content;
    MediaRig rig(studio, [](GatewaySettings& s) { s.media_bytes = 100'000; });
    const UpstreamError error = failure_of([&] { rig.ask("p/film"); });
    CHECK(error.billed == catalog::Billed::yes);
    CHECK(text_contains(error.advice, "/videos/job%2F1/content"));
    CHECK(rig.spent().spent == catalog::dollars(0.4));
  }
}

TEST_CASE("what a film cost that is made but cannot be fetched for now is in the ledger") {
  Studio studio{{made}};
  studio.content = gateway_answering(503, "application/json", R"({"error":{}})");
  MediaRig rig(studio);
  CHECK(rig.ask("p/film").status == catalog::Status::working);
  CHECK(rig.spent().spent == catalog::dollars(0.4));
  CHECK(rig.spent().unknown == catalog::Money{});
}

TEST_CASE("a reply of /videos that is no job is an error, sent once") {
  check_media_faults("p/film");
  for (const char* body : {R"({"status":"pending"})", R"({"id":"..","status":"pending"})"}) {
    MediaRig rig(gateway_answering(202, "application/json", body));
    CHECK(failure_of([&] { rig.ask("p/film"); }).kind == Kind::empty);
  }
}

TEST_CASE("a job can be left and followed later, from its kept form") {
  Studio studio{{working, working, made}};
  MediaRig rig(studio, [](GatewaySettings& s) { s.retry_pace.scale = 1; });
  rig.rig.gateway->models({});
  std::optional<AgentTask> kept;
  catalog::Listener listener;
  listener.on_task = [&](const AgentTask& task) { kept = catalog::agent_task(to_text(task)); };
  std::stop_source stop;
  listener.on_alive = [&](std::string_view what) {
    if (text_contains(std::string(what), "in_progress")) stop.request_stop();
  };
  Prompt prompt;
  prompt.text = "a red fox";
  CHECK_THROWS_AS(rig.rig.gateway->invoke("p/film", prompt, listener, stop.get_token()),
                  catalog::Cancelled);
  REQUIRE(kept);
  CHECK(kept->is_job());
  CHECK(kept->directory == "openrouter");
  Patience impatient;
  impatient.until = std::chrono::steady_clock::now();
  const Answer not_yet = rig.rig.gateway->follow(*kept, impatient, {}, {});
  CHECK(not_yet.status == catalog::Status::working);
  REQUIRE(not_yet.task);
  CHECK(not_yet.task->task_id == "job/1");
  CHECK(rig.rig.gateway->follow(*kept, {}, {}, {}).files.size() == 1);
  CHECK(rig.sent().size() == 1);
}
