// Models of a chat that answer with images or sound beside text.
#include "catalog/base64.h"
#include "tests/catalog/media/rig.h"

using namespace tests;
using nlohmann::json;

namespace {

std::string delta(const json& part, const json& finish = nullptr) {
  return chat_event(json{{"id", "gen-1"},
                         {"model", "p/see"},
                         {"choices", {{{"delta", part}, {"finish_reason", finish}}}},
                         {"usage", finish.is_null() ? json(nullptr) : json{{"cost", 0}}}}
                        .dump());
}

json image(const std::string& url) {
  return {{"images", {{{"type", "image_url"}, {"image_url", {{"url", url}}}}}}};
}

const std::string png_url = "data:image/png;base64," + catalog::base64_encoded(small_png);

}  // namespace

TEST_CASE("an image in a stream of chat is a file beside the text") {
  MediaRig rig(gateway_streaming(delta({{"content", "Here it is."}}) + delta(image(png_url)) +
                                 delta(json::object(), "stop") + chat_done));
  const Answer answer = rig.ask("p/see:free", [](Prompt& prompt) {
    prompt.options = R"({"aspect_ratio":"16:9","size":"2K"})";
  });
  CHECK(answer.text == "Here it is.");
  REQUIRE(answer.files.size() == 1);
  CHECK(answer.files[0].bytes == small_png);
  REQUIRE(answer.notes.size() == 1);
  CHECK(answer.notes[0] == "image-1.png: image/png, 2 x 3, 24 bytes");
  CHECK(rig.sent()[0].target == "/api/v1/chat/completions");
  const json body = json::parse(rig.sent()[0].body);
  CHECK(body["modalities"] == json{"image", "text"});
  CHECK(body["image_config"] == json{{"aspect_ratio", "16:9"}, {"image_size", "2K"}});
}

TEST_CASE("an image without a word is an answer, also in a reply that is no stream") {
  MediaRig streamed(
      gateway_streaming(delta(image(png_url)) + delta(json::object(), "stop") + chat_done));
  CHECK(streamed.ask("p/see:free").text == "image-1.png: image/png, 2 x 3, 24 bytes");
  json message = image(png_url);
  message["content"] = nullptr;
  const json whole = {{"choices", {{{"message", message}, {"finish_reason", "stop"}}}}};
  MediaRig plain(gateway_answering(200, "application/json", whole.dump()));
  CHECK(plain.ask("p/see:free").files.size() == 1);
}

TEST_CASE("an image that is none is no answer") {
  for (const char* url :
       {"data:image/png;base64,!", "data:image/png,plain", "http://a.test/b", ""}) {
    CAPTURE(std::string(url));
    MediaRig rig(gateway_streaming(delta(image(url)) + delta(json::object(), "stop") + chat_done));
    CHECK(failure_of([&] { rig.ask("p/see:free"); }).kind == Kind::empty);
  }
}

TEST_CASE("sound comes in pieces, each encoded by itself, with what it says") {
  const auto piece = [](const std::string& bytes, const char* said) {
    return delta({{"audio", {{"data", catalog::base64_encoded(bytes)}, {"transcript", said}}}});
  };
  MediaRig rig(gateway_streaming(piece("ab", "La ") + piece("cdef", "la.") +
                                 delta(json::object(), "stop") + chat_done));
  const Answer answer =
      rig.ask("p/sing:free", [](Prompt& prompt) { prompt.options = R"({"voice":"verse"})"; });
  CHECK(answer.text == "La la.");
  REQUIRE(answer.files.size() == 1);
  CHECK(answer.files[0].name == "sound.wav");
  CHECK(answer.files[0].bytes.substr(44) == "abcdef");
  const json body = json::parse(rig.sent()[0].body);
  CHECK(body["modalities"] == json{"text", "audio"});
  CHECK(body["audio"] == json{{"voice", "verse"}, {"format", "pcm16"}});
}

TEST_CASE("sound that says itself what it is stays that") {
  MediaRig rig(
      gateway_streaming(delta({{"audio", {{"data", catalog::base64_encoded("ID3 music")}}}}) +
                        delta(json::object(), "stop") + chat_done));
  const Answer answer = rig.ask("p/sing:free");
  REQUIRE(answer.files.size() == 1);
  CHECK(answer.files[0].name == "sound.mp3");
  CHECK(answer.files[0].bytes == "ID3 music");
}

TEST_CASE("options of a model that only writes are refused") {
  MediaRig rig(gateway_streaming(chat_said("x") + chat_finished("stop") + chat_done));
  const Refused refused = refusal_of(
      [&] { rig.ask("a/unknown", [](Prompt& prompt) { prompt.options = R"({"size":"1K"})"; }); });
  CHECK(refused.what_happened == "a/unknown takes no options, \"size\" was given");
  CHECK(rig.sent().empty());
}

TEST_CASE("an error behind an image is not asked again: the image may have been billed") {
  const std::string error = chat_event(R"({"error":{"code":502,"message":"no"},"choices":[]})");
  MediaRig rig(gateway_streaming(delta(image(png_url)) + error),
               [](GatewaySettings& settings) { settings.retry_pace.most = 2; });
  CHECK(failure_of([&] { rig.ask("p/see:free"); }).billed == catalog::Billed::unknown);
  CHECK(rig.sent().size() == 1);
}

TEST_CASE("an image may be larger than any other event") {
  const std::string bytes = small_png + std::string(20'000'000, 'x');
  MediaRig rig(
      gateway_streaming(delta(image("data:image/png;base64," + catalog::base64_encoded(bytes))) +
                        delta(json::object(), "stop") + chat_done));
  const Answer answer = rig.ask("p/see:free");
  REQUIRE(answer.files.size() == 1);
  CHECK(answer.files[0].bytes.size() == bytes.size());
}
