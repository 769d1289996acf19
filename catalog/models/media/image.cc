// Images, from models that only paint (OpenRouter API, "Images": POST /images).
#include <fmt/format.h>

#include <array>

#include "catalog/base64.h"
#include "catalog/models/media/media.h"
#include "catalog/models/media/media_file.h"
#include "catalog/models/media/media_reply.h"
#include "catalog/models/media/media_request.h"

namespace catalog {
namespace {

using Type = MediaOption::Type;

constexpr std::size_t most_references = 16;
constexpr std::size_t most_images = 10;

constexpr std::array<MediaOption, 9> options = {{
    {"n", "n", Type::count},
    {"size", "size"},
    {"resolution", "resolution"},
    {"aspect_ratio", "aspect_ratio"},
    {"quality", "quality"},
    {"format", "output_format"},
    {"background", "background"},
    {"compression", "output_compression", Type::count},
    {"seed", "seed", Type::count},
}};

void check(const MediaCall& call) {
  require_text(call);
  require_images(call, most_references);
}

// Priced by the image, which the list of models does not tell.
Quote quote(const MediaCall&, std::string_view) { return {}; }

std::string body(const MediaCall& call) {
  std::string text = begun_request(call, "prompt");
  std::string_view before = R"(,"input_references":[)";
  for (const FilePart& file : call.prompt.files) {
    text += before;
    append_image(text, file);
    before = ",";
  }
  if (!call.prompt.files.empty()) text += ']';
  return text + '}';
}

// One of `data`: the bytes, or an address of them.
std::optional<FilePart> read_image(JsonCursor& json, std::string_view stem) {
  std::string encoded;
  std::string type = "image/png";
  std::string url;
  json.members([&](std::string_view key) {
    if (key == "b64_json") {
      json.append_string(encoded);
    } else if (key == "media_type") {
      type.clear();
      json.append_string(type);
    } else if (key == "url") {
      json.append_string(url);
    }
  });
  if (encoded.empty()) return file_of_url(stem, url);
  auto bytes = base64_decoded(encoded);
  if (!bytes || bytes->empty()) return std::nullopt;
  return made_file(stem, type, *std::move(bytes));
}

Answer answer(const MediaCall& call, Response reply) {
  Answer made;
  read_media_reply(call, reply, made, [&](std::string_view key, JsonCursor& json) {
    if (key != "data") return;
    json.elements([&](std::size_t) {
      if (made.files.size() == most_images) return;
      auto file = read_image(json, fmt::format("image-{}", made.files.size() + 1));
      if (file) made.files.push_back(*std::move(file));
    });
  });
  if (made.files.empty()) throw nothing_made(call, made);
  made.text = summary_of(made.files);
  return made;
}

}  // namespace

const MediaEndpoint image_endpoint = {"image", "/images", "makes images", options, false,
                                      check,   quote,     body,           answer};

}  // namespace catalog
