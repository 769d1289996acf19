// The text of a recording (OpenRouter API, "Transcriptions": POST /audio/transcriptions).
#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "catalog/clean_text.h"
#include "catalog/files/file_kind.h"
#include "catalog/models/chat_files.h"
#include "catalog/models/media/media.h"
#include "catalog/models/media/media_reply.h"
#include "catalog/models/media/media_request.h"

namespace catalog {
namespace {

constexpr std::array<MediaOption, 1> options = {{{"language", "language"}}};

void check(const MediaCall& call) {
  const auto& files = call.prompt.files;
  const bool one = files.size() == 1 && kind_of(files.front().media_type) == FileKind::audio;
  if (one) return;
  throw Refused(
      Kind::invalid_arguments,
      fmt::format("{} writes down one recording, and was given {}", call.id,
                  files.empty()       ? "none"
                  : files.size() == 1 ? fmt::format("\"{}\", which is {}", files.front().name,
                                                    files.front().media_type)
                                      : fmt::format("{} files", files.size())),
      "Name exactly one audio file in `files`.");
}

// By the second or by the token, and the list of models does not tell which.
Quote quote(const MediaCall&, std::string_view) { return {}; }

std::string body(const MediaCall& call) {
  std::string text = begun_request(call, "");
  if (call.prompt.temperature) {
    text += fmt::format(R"(,"temperature":{})", nlohmann::json(*call.prompt.temperature).dump());
  }
  const FilePart& file = call.prompt.files.front();
  text += fmt::format(R"(,"input_audio":{{"format":"{}","data":)", audio_format(file.media_type));
  append_data(text, file, true);
  return text + "}}";
}

Answer answer(const MediaCall& call, Response reply) {
  Answer made;
  bool written = false;
  read_media_reply(call, reply, made, [&](std::string_view key, JsonCursor& json) {
    if (key == "text") written = json.append_string(made.text);
  });
  if (!written) throw nothing_made(call, made);
  made.text = clean_text(made.text);
  if (made.text.empty()) made.notes.emplace_back("Nothing that is speech was heard.");
  const bool said = call.prompt.text.find_first_not_of(" \t\r\n") != std::string::npos;
  if (said) made.notes.emplace_back("The prompt was not sent: this model only takes the audio.");
  return made;
}

}  // namespace

const MediaEndpoint transcription_endpoint = {"transcription",
                                              "/audio/transcriptions",
                                              "writes down what is said",
                                              options,
                                              true,
                                              check,
                                              quote,
                                              body,
                                              answer};

}  // namespace catalog
