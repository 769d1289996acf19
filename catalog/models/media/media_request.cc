#include "catalog/models/media/media_request.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "catalog/files/file_kind.h"
#include "catalog/models/chat_files.h"

namespace catalog {

std::string json_quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string begun_request(const MediaCall& call, std::string_view text_member) {
  std::string body = fmt::format(R"({{"model":{})", json_quoted(call.id));
  if (!text_member.empty()) {
    body += fmt::format(R"(,"{}":{})", text_member, json_quoted(call.prompt.text));
  }
  body += call.options;
  if (!call.prompt.provider.empty()) body += fmt::format(R"(,"provider":{})", call.prompt.provider);
  return body;
}

void append_image(std::string& body, const FilePart& file, std::string_view more) {
  body += R"({"type":"image_url","image_url":{"url":)";
  append_data(body, file, false);
  body += '}';
  body.append(more).append("}");
}

void require_images(const MediaCall& call, std::size_t most) {
  const auto& files = call.prompt.files;
  for (const FilePart& file : files) {
    if (kind_of(file.media_type) == FileKind::image) continue;
    throw Refused(
        Kind::unsupported,
        fmt::format("\"{}\" is {}, which {} does not take", file.name, file.media_type, call.id),
        "Send images, or put a text into `prompt`.");
  }
  if (files.size() <= most) return;
  throw Refused(
      Kind::invalid_arguments,
      fmt::format("{} files were given, and {} takes at most {} here", files.size(), call.id, most),
      "Send fewer files.");
}

void require_text(const MediaCall& call) {
  if (call.prompt.text.find_first_not_of(" \t\r\n") != std::string::npos) return;
  throw Refused(Kind::invalid_arguments, "the prompt is empty", "Say in `prompt` what is wanted.");
}

}  // namespace catalog
