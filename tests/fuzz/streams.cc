// Any bytes as the reply of a gateway or an agent, in any pieces: the first byte says how large.
// What is read does not depend on where the pieces end.
#include <numeric>

#include "catalog/agents/a2a_message.h"
#include "catalog/agents/bounded_json.h"
#include "catalog/agents/task_progress.h"
#include "catalog/errors.h"
#include "catalog/event_stream.h"
#include "catalog/models/chat_reader.h"
#include "catalog/models/json_cursor.h"
#include "tests/fuzz/bytes.h"

using namespace catalog;

namespace {

constexpr std::size_t longest_event = 256;

// Feeds copies, so that reading past the end of one is noticed.
template <class Feed>
void in_pieces(std::string_view bytes, std::size_t piece, Feed feed) {
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    if (!feed(std::string(bytes.substr(0, piece)))) return;
  }
}

std::vector<std::string> events_of(const std::string& text, std::size_t piece) {
  std::vector<std::string> events;
  EventStream stream(
      [&](std::string_view data) {
        events.emplace_back(data);
        fuzz::must(data.size() <= longest_event);
        return data != "[DONE]";
      },
      longest_event);
  try {
    in_pieces(text, piece, [&](const std::string& bytes) {
      stream.feed(bytes);
      return !stream.stopped();
    });
    stream.finish();
  } catch (const UpstreamError& error) {
    fuzz::must(error.kind == Kind::malformed);
    return {};  // how much was read before depends on the pieces
  }
  return events;
}

ChatReply chat_of(const std::string& text, std::size_t piece) {
  std::string heard;
  const Listener listener{[&](std::string_view more) { heard += more; }, [](std::string_view) {}};
  ChatReader reader(listener);
  reader.head(ResponseHead{200, "text/event-stream", {}});
  in_pieces(text, piece,
            [&](const std::string& bytes) { return reader.feed(bytes) != Heard::enough; });
  reader.finish();
  fuzz::must(heard == reader.reply().text);
  return reader.reply();
}

void follow_agent(const std::string& text) {
  const Listener listener{[](std::string_view) {}, [](std::string_view) {}};
  TaskProgress progress(listener);
  for (const std::string& event : events_of(text, text.size())) {
    progress.take(decode_reply(event).event);
  }
  try {
    progress.answer("agent:fuzz");
  } catch (const UpstreamError& error) {
    fuzz::must(!error.what_happened.empty());
  }
}

void walk(JsonCursor& cursor, int depth) {
  std::string text;
  switch (cursor.next()) {
    case '{':
      return cursor.members([&](std::string_view name) {
        if (depth > 0 && name != "skip") walk(cursor, depth - 1);
      });
    case '[':
      return cursor.elements([&](std::size_t index) {
        if (depth > 0 && index % 3 != 2) walk(cursor, depth - 1);
      });
    case '"':
      cursor.append_string(text);
      fuzz::must(nlohmann::json::accept(dumped(text)));
      return;
    default:
      cursor.number();
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Bytes bytes(data, size);
  const std::size_t piece = 1 + bytes.choice(64);
  const std::string text = bytes.rest();
  if (text.empty()) return 0;
  const auto whole = events_of(text, text.size());
  const auto split = events_of(text, piece);
  fuzz::must(whole.empty() || split.empty() || whole == split);
  const ChatReply at_once = chat_of(text, text.size());
  const ChatReply by_pieces = chat_of(text, piece);
  fuzz::must(at_once.text == by_pieces.text && at_once.error == by_pieces.error &&
             at_once.finish_reason == by_pieces.finish_reason && at_once.done == by_pieces.done);
  follow_agent(text);
  JsonCursor cursor(text);
  walk(cursor, 8);
  return 0;
}
