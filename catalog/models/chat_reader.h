// Reads the reply to a chat completion whatever it turns out to be: the stream that was asked for,
// a plain JSON reply, an error document, or a page of some proxy. What it is, the first bytes
// decide, because content types are wrong too often. One per call, fed on the call's own thread.
#pragma once

#include <string>
#include <string_view>

#include "catalog/models/chat_events.h"

namespace catalog {

class ChatReader {
 public:
  explicit ChatReader(const Listener& listener);
  ChatReader(const ChatReader&) = delete;
  ChatReader& operator=(const ChatReader&) = delete;

  // The pieces of the model's own reasoning are kept in the reply.
  void keep_reasoning() { reply_.keeps_reasoning = true; }
  // Images and sound are kept in the reply, up to so many bytes.
  void keep_media(std::size_t most_bytes) {
    reply_.most_media = most_bytes;
    events_.expect_media(most_bytes);
  }
  void head(const ResponseHead& response_head) { head_ = response_head; }
  Heard feed(std::string_view bytes);
  // The body is over.
  void finish();

  enum class Form {
    nothing,   // no byte but white space
    stream,    // server-sent events
    document,  // one JSON text, after any amount of white space sent to keep the connection alive
    other,     // an error status, or not a chat reply at all: `body()` holds the beginning of it
  };
  Form form() const { return form_; }
  const ResponseHead& head() const { return head_; }
  const ChatReply& reply() const { return reply_; }
  const std::string& body() const { return body_; }

 private:
  Form form_of(char first) const;
  Heard collect(std::string_view bytes);

  const Listener& listener_;
  ResponseHead head_;
  ChatReply reply_;
  ChatEvents events_;
  Form form_ = Form::nothing;
  std::string body_;
};

}  // namespace catalog
