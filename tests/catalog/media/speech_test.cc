// Speech: the sound is the reply, and whatever is no sound is an error.
#include <thread>

#include "catalog/models/media/media_file.h"
#include "tests/catalog/media/rig.h"

using namespace std::chrono_literals;
using namespace tests;
using catalog::Money;
using nlohmann::json;

namespace {

const std::string samples("\xFF\xFB\x01\x00\x02\x00\x03\x00", 8);  // begins as MP3 might

Upstream::Handler speaker(const std::string& type, const std::string& bytes) {
  return gateway_answering(200, type, bytes, "X-Generation-Id: gen-tts-1\r\n");
}

std::uint32_t little_endian(const std::string& bytes, std::size_t at, int count) {
  std::uint32_t value = 0;
  for (int i = count - 1; i >= 0; --i) {
    value = value << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
  }
  return value;
}

}  // namespace

TEST_CASE("plain samples become a WAV file of the rate that the reply states") {
  MediaRig rig(speaker("audio/pcm;rate=44100;channels=2", samples));
  const Answer answer = rig.ask(
      "p/speak", [](Prompt& prompt) { prompt.options = R"({"voice":"nova","speed":1.5})"; });
  REQUIRE(answer.files.size() == 1);
  CHECK(answer.files[0].name == "speech.wav");
  CHECK(answer.files[0].media_type == "audio/wav");
  const std::string& wav = answer.files[0].bytes;
  REQUIRE(wav.size() == 44 + samples.size());
  CHECK(wav.substr(0, 4) == "RIFF");
  CHECK(little_endian(wav, 4, 4) == 36 + samples.size());
  CHECK(wav.substr(8, 8) == "WAVEfmt ");
  CHECK(little_endian(wav, 20, 2) == 1);       // PCM
  CHECK(little_endian(wav, 22, 2) == 2);       // channels
  CHECK(little_endian(wav, 24, 4) == 44100);   // rate
  CHECK(little_endian(wav, 28, 4) == 176400);  // bytes a second
  CHECK(little_endian(wav, 32, 2) == 4);       // of a frame
  CHECK(little_endian(wav, 34, 2) == 16);      // bits
  CHECK(little_endian(wav, 40, 4) == samples.size());
  CHECK(wav.substr(44) == samples);
  CHECK(json::parse(rig.sent()[0].body) == json{{"model", "p/speak"},
                                                {"input", "a red fox"},
                                                {"voice", "nova"},
                                                {"speed", 1.5},
                                                {"response_format", "pcm"}});
  CHECK(rig.sent()[0].target == "/api/v1/audio/speech");
}

TEST_CASE("the rate of samples is what the type says, within reason") {
  using catalog::pcm_format;
  CHECK(pcm_format("audio/pcm").rate == 24000);
  CHECK(pcm_format("audio/pcm; rate=16000").rate == 16000);
  CHECK(pcm_format("audio/pcm;rate=0;channels=99").rate == 24000);
  CHECK(pcm_format("audio/pcm;rate=999999999999;channels=99").channels == 1);
}

TEST_CASE("MP3 is what it is where it was asked for") {
  MediaRig rig(speaker("audio/mpeg", "ID3 some sound"));
  const Answer answer =
      rig.ask("p/speak", [](Prompt& prompt) { prompt.options = R"({"format":"mp3"})"; });
  REQUIRE(answer.files.size() == 1);
  CHECK(answer.files[0].name == "speech.mp3");
  CHECK(answer.files[0].bytes == "ID3 some sound");
  CHECK(json::parse(rig.sent()[0].body)["response_format"] == "mp3");
  const Refused refused = refusal_of(
      [&] { rig.ask("p/speak", [](Prompt& prompt) { prompt.options = R"({"format":"midi"})"; }); });
  CHECK(refused.what_happened == "options.format: expected wav or mp3");
}

TEST_CASE("speech says nothing of its cost: it is asked for by the generation") {
  MediaRig rig(speaker("audio/pcm", samples));
  const Answer answer = rig.ask("p/speak");
  CHECK(answer.cost_usd == doctest::Approx(9 * 0.00001));
  CHECK(answer.cost_source == catalog::CostSource::estimated);
  CHECK(answer.request_id == "gen-tts-1");
  for (int i = 0; i < 500 && rig.spent().spent == Money{}; ++i) std::this_thread::sleep_for(10ms);
  CHECK(rig.spent().spent == catalog::dollars(0.00007));
  CHECK(rig.spent().unknown == Money{});
}

TEST_CASE("speech is priced by the character, so a long text is refused before it is sent") {
  MediaRig rig(speaker("audio/pcm", samples));
  const Refused refused = refusal_of(
      [&] { rig.ask("p/speak", [](Prompt& prompt) { prompt.text = std::string(200'000, 'a'); }); });
  CHECK(refused.kind == Kind::over_budget);
  CHECK(text_contains(refused.what_happened, "may cost up to $2, above"));
  CHECK(rig.sent().empty());
}

TEST_CASE("a reply of /audio/speech that is no sound is an error, sent once") {
  check_media_faults("p/speak");
  MediaRig rig(speaker("application/octet-stream", "certainly no sound"));
  CHECK(failure_of([&] { rig.ask("p/speak"); }).kind == Kind::malformed);
  MediaRig cut([](const UpstreamRequest&, Wire& wire) {
    wire.begin_chunks(200, "audio/pcm");
    wire.chunk(samples);
    wire.hang_up();
  });
  CHECK(failure_of([&] { cut.ask("p/speak"); }).kind == Kind::truncated);
}
