#include "catalog/models/chat_events.h"

#include <algorithm>
#include "catalog/base64.h"
#include "catalog/clean_text.h"

namespace catalog {
namespace {

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
void read_content(JsonCursor& json, std::string& text) {
  if (json.next() != '[') {
    json.append_string(text);
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

// A `delta` or a `message`. Encrypted reasoning has only details, so those count as thinking too. A
// refusal is what the model answered, hence text.
void read_message(JsonCursor& json, ChatReply& reply, const Listener& listener) {
  std::size_t before = reply.text.size();
  bool thinking = false;
  json.members([&](std::string_view key) {
    if (key == "content" || key == "refusal") {
      read_content(json, reply.text);
    } else if (key == "reasoning" || key == "reasoning_content") {
      std::string thought;
      thinking |= json.append_string(thought) && !thought.empty();
    } else if (key == "reasoning_details") {
      if (reply.keeps_reasoning) {
        reply.reasoning_details.emplace_back(json.raw());
        thinking |= reply.reasoning_details.back().size() > 2;  // "[]"
      } else {
        json.elements([&](std::size_t) { thinking = true; });
      }
    } else if (key == "annotations") {
      read_annotations(json, reply.sources);
    } else if (reply.most_media > 0 && key == "images") {
      read_images(json, reply);
    } else if (reply.most_media > 0 && key == "audio") {
      read_sound(json, reply);
    }
  });
  reply.thought |= thinking;
  if (reply.text.size() > before) before = clean_tail(reply.text, before);
  if (reply.text.size() > before) {
    listener.text(std::string_view(reply.text).substr(before));
  } else if (thinking) {
    listener.alive("thinking");
  }
}

// An error that is there: not null, not false, not "".
bool read_error(JsonCursor& json) {
  std::string message;
  if (json.next() == '"') return json.append_string(message) && !message.empty();
  const bool present = json.next() == '{';
  json.skip();
  return present;
}

bool read_choice(JsonCursor& json, ChatReply& reply, const Listener& listener) {
  bool failed = false;
  json.members([&](std::string_view key) {
    if (key == "delta" || key == "message") {
      read_message(json, reply, listener);
    } else if (key == "finish_reason") {
      read_string(json, reply.finish_reason);
    } else if (key == "error") {
      failed |= read_error(json);
    }
  });
  reply.any_choice = true;
  return failed || reply.finish_reason == "error";
}

// Only one choice is ever asked for.
bool read_choices(JsonCursor& json, ChatReply& reply, const Listener& listener) {
  bool failed = false;
  json.elements([&](std::size_t index) {
    if (index == 0) failed = read_choice(json, reply, listener);
  });
  return failed;
}

}  // namespace

void read_chat_chunk(std::string_view text, ChatReply& reply, const Listener& listener) {
  JsonCursor json(text);
  bool failed = false;
  const bool object = json.next() == '{';
  json.members([&](std::string_view key) {
    if (key == "choices") {
      failed |= read_choices(json, reply, listener);
    } else if (key == "id") {
      read_string(json, reply.id);
    } else if (key == "model") {
      read_string(json, reply.model);
    } else if (key == "provider") {
      read_string(json, reply.provider);
    } else if (key == "usage") {
      read_usage(json, reply);
    } else if (key == "error") {
      failed |= read_error(json);
    }
  });
  if (!object || !json.ok() || !json.at_end()) reply.unreadable = true;
  if (failed && !reply.unreadable) reply.error = text;
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
  read_chat_chunk(data, reply_, listener_);
  return reply_.error.empty() && !reply_.unreadable;
}

Heard ChatEvents::feed(std::string_view bytes) {
  const std::size_t events = stream_.events();
  const std::size_t comments = stream_.comments();
  stream_.feed(bytes);
  if (stream_.stopped()) return Heard::enough;
  if (stream_.events() > events) return Heard::event;
  if (stream_.comments() > comments) listener_.alive("waiting");
  return Heard::noise;
}

void ChatEvents::finish() {
  const bool readable = !reply_.unreadable;
  stream_.finish();
  if (readable) reply_.unreadable = false;
}

}  // namespace catalog
