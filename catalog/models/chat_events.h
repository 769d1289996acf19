// What a chat completion said, read from its stream while it arrives, or from a plain JSON reply.
// `openrouter.cc` makes one per call and feeds it on the call's own thread; nothing here blocks.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/answer.h"
#include "catalog/event_stream.h"
#include "catalog/models/chunk_pattern.h"
#include "catalog/models/json_cursor.h"
#include "catalog/transfers.h"

namespace catalog {

// The state of a completion so far. Shapes: OpenRouter API, "Streaming" and "Create a chat
// completion"; fields another OpenAI-shaped server leaves out stay empty.
struct ChatReply {
  std::string id;
  std::string model;     // the concrete one that answered
  std::string provider;  // OpenRouter only
  std::string text;
  std::string finish_reason;
  std::vector<std::string> sources;  // addresses a web search found, at most 20
  Usage usage;
  std::optional<double>
      cost_usd;                  // as reported; with an own provider key, that provider's part too
  std::string error;             // the whole event that carried an error; empty: none did
  bool thought = false;          // reasoning was seen
  bool keeps_reasoning = false;  // asked for by whoever reads this
  std::vector<std::string> reasoning_details;  // then: as they came, JSON arrays
  std::size_t most_media = 0;                  // bytes of media that are kept
  std::vector<std::string> images;             // then: their addresses, mostly data URLs
  std::string sound;                           // then: the bytes, in whatever encoding
  std::string transcript;                      // what the sound says
  bool any_choice = false;                     // at least one choice was seen
  bool done = false;                           // "[DONE]" was seen
  bool unreadable = false;                     // an event, or the reply, was not JSON

  // How much is kept of what is no text.
  std::size_t kept() const {
    return reasoning_details.size() + images.size() + sound.size() + transcript.size();
  }
  // A finish reason and no error: nothing that may still come is needed for an answer.
  bool complete() const { return error.empty() && !unreadable && !finish_reason.empty(); }
};

// Reads one chunk of a stream (`choices[].delta`) or a whole reply (`choices[].message`) into
// `reply`, and tells the listener of new text and of thinking. Never throws but what the listener
// throws.
void read_chat_chunk(std::string_view json, ChatReply& reply, const Listener& listener);

// A stream of chunks, out of bytes in any pieces.
class ChatEvents {
 public:
  // Both are borrowed and outlive this.
  ChatEvents(ChatReply& reply, const Listener& listener);
  ChatEvents(const ChatEvents&) = delete;
  ChatEvents& operator=(const ChatEvents&) = delete;

  // An event may hold so many bytes of media, encoded.
  void expect_media(std::size_t most_bytes);
  // `enough` after "[DONE]", an error, or an event that is not JSON; `noise` for comments, of which
  // the listener hears as "waiting". Throws UpstreamError{malformed} when an event is absurdly
  // large.
  Heard feed(std::string_view bytes);
  // The stream is over. An event cut off in the middle is dropped, and so is not `unreadable`.
  void finish();

 private:
  bool event(std::string_view data);
  bool unlike_the_last(std::string_view data);
  template <class Bytes>
  void read(Bytes&& bytes);

  ChatReply& reply_;
  const Listener& listener_;
  ChunkPattern pattern_;
  bool thinking_ = false;
  EventStream stream_;
};

}  // namespace catalog
