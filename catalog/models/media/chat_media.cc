#include "catalog/models/media/chat_media.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "catalog/models/media/media_file.h"
#include "catalog/models/media/media_options.h"

namespace catalog {
namespace {

constexpr std::array<MediaOption, 3> image_options = {{
    {"aspect_ratio", "aspect_ratio"},
    {"size", "image_size"},
    {"quality", "quality"},
}};

constexpr std::array<MediaOption, 2> sound_options = {{{"voice", "voice"}, {"format", "format"}}};

bool puts_out(const Model& model, std::string_view modality) {
  const auto& out = model.output_modalities;
  return std::find(out.begin(), out.end(), modality) != out.end();
}

std::string option_or(const Prompt& prompt, const char* name, const char* usual) {
  const std::string given = text_option(prompt.options, name);
  return nlohmann::json(given.empty() ? usual : given).dump();
}

// How a sound begins that says itself what it is; plain samples may look like anything.
bool has_head(std::string_view bytes) {
  constexpr std::array<std::string_view, 4> heads = {"RIFF", "ID3", "OggS", "fLaC"};
  return std::any_of(heads.begin(), heads.end(),
                     [&](std::string_view head) { return bytes.starts_with(head); });
}

}  // namespace

bool answers_with_media(const Model& model) {
  if (model.output_modalities.size() < 2 || model.price.variable) return false;
  if (model.id.starts_with("openrouter/")) return false;
  return puts_out(model, "text") && (puts_out(model, "image") || puts_out(model, "audio"));
}

void require_chat_options(std::string_view id, const Prompt& prompt, const Model* known) {
  if (prompt.options.empty()) return;
  std::span<const MediaOption> options;
  if (known && answers_with_media(*known)) {
    options = puts_out(*known, "image") ? std::span<const MediaOption>(image_options)
                                        : std::span<const MediaOption>(sound_options);
  }
  checked_options(prompt.options, options, id);
}

// Sound comes in a stream only as samples, and every model that speaks has this voice.
std::string chat_modalities(const Prompt& prompt, const Model* known) {
  if (known == nullptr || !answers_with_media(*known)) return {};
  if (puts_out(*known, "audio") && !puts_out(*known, "image")) {
    return fmt::format(R"(,"modalities":["text","audio"],"audio":{{"voice":{},"format":{}}})",
                       option_or(prompt, "voice", "alloy"), option_or(prompt, "format", "pcm16"));
  }
  std::string text = R"(,"modalities":["image","text"])";
  const std::string options = checked_options(prompt.options, image_options, known->id);
  if (!options.empty()) text += fmt::format(R"(,"image_config":{{{}}})", options.substr(1));
  return text;
}

std::vector<FilePart> chat_files(const ChatReply& reply) {
  std::vector<FilePart> files;
  for (const std::string& url : reply.images) {
    auto file = file_of_url(fmt::format("image-{}", files.size() + 1), url);
    if (file) files.push_back(*std::move(file));
  }
  if (reply.sound.empty()) return files;
  files.push_back(has_head(reply.sound) ? made_file("sound", "audio/mpeg", reply.sound)
                                        : made_file("sound", "audio/wav", as_wav(reply.sound, {})));
  return files;
}

}  // namespace catalog
