// Recordings written down.
#include "tests/catalog/media/rig.h"

using namespace tests;
using catalog::FilePart;
using nlohmann::json;

namespace {

const FilePart talk{"talk.mp3", "audio/mpeg", "ID3", ""};

void with_talk(Prompt& prompt) { prompt.files = {talk}; }

}  // namespace

TEST_CASE("a recording goes as base64 with its format, and comes back as text with its cost") {
  MediaRig rig(
      gateway_answering(200, "application/json",
                        R"({"text":"Hello \u202ethere.","usage":{"seconds":3,"cost":0.0003}})",
                        "X-Generation-Id: gen-stt-1\r\n"));
  const Answer answer = rig.ask("p/write", [](Prompt& prompt) {
    with_talk(prompt);
    prompt.temperature = 0;
    prompt.options = R"({"language":"en"})";
  });
  CHECK(answer.text == "Hello there.");
  CHECK(answer.files.empty());
  CHECK(answer.cost_usd == 0.0003);
  REQUIRE(answer.notes.size() == 1);
  CHECK(answer.notes[0] == "The prompt was not sent: this model only takes the audio.");
  CHECK(rig.sent()[0].target == "/api/v1/audio/transcriptions");
  CHECK(json::parse(rig.sent()[0].body) ==
        json{{"model", "p/write"},
             {"language", "en"},
             {"temperature", 0.0},
             {"input_audio", {{"format", "mp3"}, {"data", "SUQz"}}}});
  CHECK(rig.spent().spent == catalog::dollars(0.0003));
}

TEST_CASE("exactly one recording is written down") {
  MediaRig rig(gateway_answering(200, "application/json", R"({"text":"x"})"));
  const auto refused = [&](std::vector<FilePart> files) {
    return refusal_of(
        [&] { rig.ask("p/write", [&](Prompt& prompt) { prompt.files = std::move(files); }); });
  };
  CHECK(refused({}).what_happened == "p/write writes down one recording, and was given none");
  CHECK(refused({talk, talk}).what_happened ==
        "p/write writes down one recording, and was given 2 files");
  CHECK(text_contains(refused({FilePart{"a.txt", "text/plain", "x", ""}}).what_happened,
                      "\"a.txt\", which is text/plain"));
  CHECK(rig.sent().empty());
}

TEST_CASE("silence is an answer, a reply without text is not") {
  MediaRig silent(gateway_answering(200, "application/json", R"({"text":""})"));
  CHECK(silent.ask("p/write", with_talk).notes.front() == "Nothing that is speech was heard.");
  MediaRig none(gateway_answering(200, "application/json", R"({"usage":{"cost":0.1}})"));
  const UpstreamError error = failure_of([&] { none.ask("p/write", with_talk); });
  CHECK(error.kind == Kind::empty);
  CHECK(error.billed == catalog::Billed::yes);
  CHECK(none.spent().spent == catalog::dollars(0.1));
  check_media_faults("p/write", with_talk);
}
