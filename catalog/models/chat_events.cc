#include "catalog/models/chat_events.h"

#include <algorithm>

#include "catalog/base64.h"
#include "catalog/clean_text.h"
#include "catalog/errors.h"

namespace catalog {
namespace {

// One chunk while it is read.
struct Chunk {
  ChatReply& reply;
  bool failed = false;
  std::string_view piece{};  // its only piece of text, as it stands there with its quotes
  std::size_t pieces = 0;
  bool thinking = false;
};

// Reads the string at the cursor in place of what `out` holds; keeps that when there is none.
void read_string(JsonCursor& json, std::string& out) {
  if (json.next() != '"') return json.skip();
  out.clear();
  json.append_string(out);
}

void read_detail(JsonCursor& json, std::string_view wanted, std::optional<std::int64_t>& out) {
  json.members([&](std::string_view key) {
    if (key == wanted) out = json.count();
  });
}

// OpenRouter API, "Usage accounting". With an own provider key (`is_byok`) `cost` is only the
// gateway's fee, and the provider's charge comes on top.
void read_usage(JsonCursor& json, ChatReply& reply) {
  if (json.next() != '{') return json.skip();
  std::optional<double> upstream;
  bool own_key = false;
  json.members([&](std::string_view key) {
    if (key == "prompt_tokens") {
      reply.usage.prompt_tokens = json.count();
    } else if (key == "completion_tokens") {
      reply.usage.completion_tokens = json.count();
    } else if (key == "cost") {
      reply.cost_usd = json.amount();
    } else if (key == "is_byok") {
      own_key = json.boolean();
    } else if (key == "prompt_tokens_details") {
      read_detail(json, "cached_tokens", reply.usage.cached_tokens);
    } else if (key == "completion_tokens_details") {
      read_detail(json, "reasoning_tokens", reply.usage.reasoning_tokens);
    } else if (key == "cost_details") {
      json.members([&](std::string_view detail) {
        if (detail == "upstream_inference_cost") upstream = json.amount();
      });
    }
  });
  if (own_key && upstream && reply.cost_usd) *reply.cost_usd += *upstream;
}

// `content` is a string, null, or (in whole replies of some servers) a list of parts.
void read_content(JsonCursor& json, Chunk& chunk) {
  std::string& text = chunk.reply.text;
  if (json.next() != 'n') ++chunk.pieces;
  if (json.next() == '"') {
    chunk.piece = json.raw();
    JsonCursor(chunk.piece).append_string(text);
    return;
  }
  json.elements([&](std::size_t) {
    json.members([&](std::string_view key) {
      if (key == "text") json.append_string(text);
    });
  });
}

// An address that may be shown: a page's, without anything that breaks a line.
bool is_address(std::string_view text) {
  constexpr std::size_t longest = 500;
  const bool web = text.starts_with("https://") || text.starts_with("http://");
  return web && text.size() <= longest && std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
         });
}

// `annotations` (OpenRouter API, "Web search"): of each citation its address, once.
void read_annotations(JsonCursor& json, std::vector<std::string>& sources) {
  constexpr std::size_t most = 20;
  json.elements([&](std::size_t) {
    json.members([&](std::string_view kind) {
      if (kind != "url_citation") return;
      json.members([&](std::string_view key) {
        if (key != "url") return;
        std::string url;
        read_string(json, url);
        const bool known = std::find(sources.begin(), sources.end(), url) != sources.end();
        if (!known && sources.size() < most && is_address(url)) sources.push_back(std::move(url));
      });
    });
  });
}

// What the reply holds of media so far, in bytes.
std::size_t media_bytes(const ChatReply& reply) {
  std::size_t bytes = reply.sound.size();
  for (const std::string& image : reply.images) bytes += image.size();
  return bytes;
}

// `images` (OpenRouter API, "Image generation"): `[{type, image_url: {url}}]`.
void read_images(JsonCursor& json, ChatReply& reply) {
  constexpr std::size_t most = 10;
  json.elements([&](std::size_t) {
    json.members([&](std::string_view kind) {
      if (kind != "image_url") return;
      json.members([&](std::string_view key) {
        if (key != "url" || reply.images.size() == most) return;
        std::string url;
        read_string(json, url);
        if (media_bytes(reply) + url.size() <= reply.most_media / 3 * 4) {
          reply.images.push_back(std::move(url));
        }
      });
    });
  });
}

// `audio` ("Audio output"): in a stream piece by piece, each encoded by itself.
void read_sound(JsonCursor& json, ChatReply& reply) {
  json.members([&](std::string_view key) {
    if (key == "transcript") {
      json.append_string(reply.transcript);
    } else if (key == "data") {
      std::string encoded;
      read_string(json, encoded);
      const auto bytes = base64_decoded(encoded);
      if (bytes && reply.sound.size() + bytes->size() <= reply.most_media) reply.sound += *bytes;
    }
  });
}

void read_reasoning_details(JsonCursor& json, Chunk& chunk) {
  if (chunk.reply.keeps_reasoning) {
    const std::string_view details = json.raw();
    chunk.reply.reasoning_details.emplace_back(details);
    chunk.thinking |= details.size() > 2;  // "[]"
  } else {
    json.elements([&](std::size_t) { chunk.thinking = true; });
  }
}

// A `delta` or a `message`. Encrypted reasoning has only details, so those count as thinking too. A
// refusal is what the model answered, hence text.
void read_message(JsonCursor& json, Chunk& chunk) {
  ChatReply& reply = chunk.reply;
  json.members([&](std::string_view key) {
    if (key == "content" || key == "refusal") {
      read_content(json, chunk);
    } else if (key == "reasoning" || key == "reasoning_content") {
      std::string thought;
      chunk.thinking |= json.append_string(thought) && !thought.empty();
    } else if (key == "reasoning_details") {
      read_reasoning_details(json, chunk);
    } else if (key == "annotations") {
      read_annotations(json, reply.sources);
    } else if (reply.most_media > 0 && key == "images") {
      read_images(json, reply);
    } else if (reply.most_media > 0 && key == "audio") {
      read_sound(json, reply);
    }
  });
  reply.thought |= chunk.thinking;
}

// An error that is there: not null, not false, not "".
bool read_error(JsonCursor& json) {
  std::string message;
  if (json.next() == '"') return json.append_string(message) && !message.empty();
  const bool present = json.next() == '{';
  json.skip();
  return present;
}

void read_choice(JsonCursor& json, Chunk& chunk) {
  json.members([&](std::string_view key) {
    if (key == "delta" || key == "message") {
      read_message(json, chunk);
    } else if (key == "finish_reason") {
      read_string(json, chunk.reply.finish_reason);
    } else if (key == "error") {
      chunk.failed |= read_error(json);
    }
  });
  chunk.reply.any_choice = true;
  chunk.failed |= chunk.reply.finish_reason == "error";
}

void read_chunk(std::string_view text, Chunk& chunk) {
  ChatReply& reply = chunk.reply;
  JsonCursor json(text);
  const bool object = json.next() == '{';
  json.members([&](std::string_view key) {
    if (key == "choices") {
      json.elements([&](std::size_t index) {
        if (index == 0) read_choice(json, chunk);  // only one is ever asked for
      });
    } else if (key == "id") {
      read_string(json, reply.id);
    } else if (key == "model") {
      read_string(json, reply.model);
    } else if (key == "provider") {
      read_string(json, reply.provider);
    } else if (key == "usage") {
      read_usage(json, reply);
    } else if (key == "error") {
      chunk.failed |= read_error(json);
    }
  });
  if (!object || !json.ok() || !json.at_end()) reply.unreadable = true;
  if (chunk.failed && !reply.unreadable) reply.error = text;
}

// Cleans the text from `told` on and tells of it, or of thinking where there is none.
void tell(ChatReply& reply, std::size_t told, bool thinking, const Listener& listener) {
  if (reply.text.size() > told) told = clean_tail(reply.text, told);
  if (reply.text.size() > told) {
    listener.text(std::string_view(reply.text).substr(told));
  } else if (thinking) {
    listener.alive("thinking");
  }
}

}  // namespace

void read_chat_chunk(std::string_view text, ChatReply& reply, const Listener& listener) {
  const std::size_t told = reply.text.size();
  Chunk chunk{reply};
  read_chunk(text, chunk);
  tell(reply, told, chunk.thinking, listener);
}

ChatEvents::ChatEvents(ChatReply& reply, const Listener& listener)
    : reply_(reply),
      listener_(listener),
      stream_([this](std::string_view data) { return event(data); }) {}

bool ChatEvents::event(std::string_view data) {
  if (data.starts_with("[DONE]")) {
    reply_.done = true;
    return false;
  }
  return pattern_.append_piece(data, reply_.text) || unlike_the_last(data);
}

bool ChatEvents::unlike_the_last(std::string_view data) {
  const std::size_t kept_before = reply_.kept();
  Chunk chunk{reply_};
  read_chunk(data, chunk);
  thinking_ |= chunk.thinking;
  const bool only_text = chunk.pieces == 1 && !chunk.thinking && reply_.kept() == kept_before;
  pattern_.learn(data, only_text ? chunk.piece : std::string_view());
  return reply_.error.empty() && !reply_.unreadable;
}

void ChatEvents::expect_media(std::size_t most_bytes) {
  constexpr std::size_t around_it = std::size_t{16} << 20;
  stream_.allow_events_of(most_bytes / 3 * 4 + around_it);
}

// The listener hears once of everything that came together.
template <class Bytes>
void ChatEvents::read(Bytes&& bytes) {
  const std::size_t told = reply_.text.size();
  thinking_ = false;
  try {
    bytes();
  } catch (const UpstreamError&) {
    tell(reply_, told, thinking_, listener_);
    throw;
  }
  tell(reply_, told, thinking_, listener_);
}

Heard ChatEvents::feed(std::string_view bytes) {
  const std::size_t events = stream_.events();
  const std::size_t comments = stream_.comments();
  read([&] { stream_.feed(bytes); });
  if (stream_.stopped()) return Heard::enough;
  if (stream_.events() > events) return Heard::event;
  if (stream_.comments() > comments) listener_.alive("waiting");
  return Heard::noise;
}

void ChatEvents::finish() {
  const bool readable = !reply_.unreadable;
  read([&] { stream_.finish(); });
  if (readable) reply_.unreadable = false;
}

}  // namespace catalog
