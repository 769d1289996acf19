#include "catalog/models/chat_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "catalog/base64.h"
#include "catalog/errors.h"
#include "catalog/files/file_kind.h"

namespace catalog {
namespace {

std::string quoted(std::string text) {
  return nlohmann::json(std::move(text))
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool takes(const Model& model, std::string_view modality) {
  const auto& inputs = model.input_modalities;
  return std::find(inputs.begin(), inputs.end(), modality) != inputs.end();
}

void append_numbered(std::string& out, const FilePart& file) {
  out += fmt::format("\n\nFile {}, each line behind its number:\n", file.name);
  std::string_view rest = file.bytes;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = rest.find('\n');
    fmt::format_to(std::back_inserter(out), "{}\t", number);
    out.append(rest.substr(0, end)).append("\n");
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
}

// The whole text, and after it the names of the parts that follow, which have none of their own.
std::string text_of(const Prompt& prompt) {
  std::string text;
  text.reserve(text_bytes(prompt) * 5 / 4);
  text = prompt.text;
  std::string attached;
  for (const FilePart& file : prompt.files) {
    if (kind_of(file.media_type) == FileKind::text) {
      append_numbered(text, file);
    } else {
      attached += attached.empty() ? "\n\nAttached, in this order: " : ", ";
      attached += file.name;
    }
  }
  text += attached;
  return text;
}

void append_part(std::string& body, const FilePart& file) {
  switch (kind_of(file.media_type)) {
    case FileKind::text:
      return;
    case FileKind::image:
      body += R"(,{"type":"image_url","image_url":{"url":)";
      append_data(body, file, false);
      break;
    case FileKind::pdf:
      body +=
          fmt::format(R"(,{{"type":"file","file":{{"filename":{},"file_data":)", quoted(file.name));
      append_data(body, file, false);
      break;
    case FileKind::audio:
      body += fmt::format(R"(,{{"type":"input_audio","input_audio":{{"format":"{}","data":)",
                          audio_format(file.media_type));
      append_data(body, file, true);
      break;
  }
  body += "}}";
}

bool only_text(const Prompt& prompt) {
  return std::all_of(prompt.files.begin(), prompt.files.end(), [](const FilePart& file) {
    return kind_of(file.media_type) == FileKind::text;
  });
}

}  // namespace

std::string_view audio_format(std::string_view media_type) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> formats = {{
      {"audio/mpeg", "mp3"},
      {"audio/wav", "wav"},
      {"audio/mp4", "m4a"},
      {"audio/ogg", "ogg"},
      {"audio/flac", "flac"},
      {"audio/aac", "aac"},
      {"audio/aiff", "aiff"},
  }};
  for (const auto& format : formats) {
    if (format.first == media_type) return format.second;
  }
  return "wav";
}

void append_data(std::string& body, const FilePart& file, bool bare) {
  body += '"';
  if (!bare) body += fmt::format("data:{};base64,", file.media_type);
  append_base64(body, file.bytes);
  body += '"';
}

void append_content(std::string& body, const Prompt& prompt) {
  if (only_text(prompt)) {
    body += quoted(text_of(prompt));
    return;
  }
  std::size_t bytes = 0;
  for (const FilePart& file : prompt.files) bytes += file.bytes.size() * 4 / 3 + 256;
  body.reserve(body.size() + bytes + prompt.text.size() + 1024);
  body += fmt::format(R"([{{"type":"text","text":{}}})", quoted(text_of(prompt)));
  for (const FilePart& file : prompt.files) append_part(body, file);
  body += ']';
}

void append_pdf_reader(std::string& body, const Prompt& prompt, const Model* known) {
  if (known == nullptr || takes(*known, modality(FileKind::pdf))) return;
  for (const FilePart& file : prompt.files) {
    if (kind_of(file.media_type) != FileKind::pdf) continue;
    body += R"(,"plugins":[{"id":"file-parser","pdf":{"engine":"cloudflare-ai"}}])";
    return;
  }
}

std::string message_text(const Prompt& prompt) {
  return prompt.files.empty() ? prompt.text : text_of(prompt);
}

std::size_t text_bytes(const Prompt& prompt) {
  std::size_t bytes = prompt.text.size() + prompt.system.value_or("").size();
  bytes += prompt.output_schema.size();
  for (const PastTurn& said : prompt.history) {
    bytes += said.text.size() + said.reasoning_details.size();
  }
  for (const FilePart& file : prompt.files) {
    if (kind_of(file.media_type) == FileKind::text) bytes += file.bytes.size();
  }
  return bytes;
}

}  // namespace catalog
