#include "catalog/event_stream.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "catalog/errors.h"

namespace {

using catalog::EventStream;
using Events = std::vector<std::string>;

Events events_of(const std::vector<std::string>& pieces) {
  Events events;
  EventStream stream([&](std::string_view data) {
    events.emplace_back(data);
    return true;
  });
  for (const std::string& piece : pieces) stream.feed(piece);
  stream.finish();
  return events;
}

struct Row {
  const char* what;
  std::string bytes;
  Events events;
};

const Row rows[] = {
    {"one event", "data: one\n\n", {"one"}},
    {"several", "data: one\n\ndata: two\n\n", {"one", "two"}},
    {"CRLF", "data: one\r\n\r\ndata: two\r\n\r\n", {"one", "two"}},
    {"CR", "data: one\r\rdata: two\r\r", {"one", "two"}},
    {"all three kinds of line end", "data: a\n\r\ndata: b\r\rdata: c\r\n\n", {"a", "b", "c"}},
    {"no space", "data:one\n\n", {"one"}},
    {"only the first space goes", "data:  one\n\n", {" one"}},
    {"lines are joined", "data: one\ndata: two\ndata: three\n\n", {"one\ntwo\nthree"}},
    {"an empty line of data counts", "data: one\ndata:\ndata: two\n\n", {"one\n\ntwo"}},
    {"the field name alone", "data\n\n", {""}},
    {"two of them", "data\ndata\n\n", {"\n"}},
    {"comments", ": PROCESSING\n\n:\n\ndata: one\n\n: more\n", {"one"}},
    {"a comment inside an event", "data: one\n: still here\ndata: two\n\n", {"one\ntwo"}},
    {"other fields", "event: x\nid: 1\nretry: 5\ndata: one\n\nevent: y\n\n", {"one"}},
    {"names that only begin alike", "database: 1\ndatum: 2\nDATA: 3\n\n", {}},
    {"byte order mark",
     "\xEF\xBB\xBF"
     "data: one\n\n",
     {"one"}},
    {"only at the start",
     "data: one\n\n\xEF\xBB\xBF"
     "data: two\n\n",
     {"one"}},
    {"no blank line at the end", "data: one\n\ndata: two\n", {"one", "two"}},
    {"no line end at the end", "data: one\n\ndata: two\ndata: three", {"one", "two\nthree"}},
    {"nothing", "", {}},
    {"blank lines", "\n\n\r\n\r\r", {}},
    {"text beyond ASCII",
     "data: gr\xC3\xBC\xC3\x9F \xF0\x9F\x8C\x8D\n\n",
     {"gr\xC3\xBC\xC3\x9F \xF0\x9F\x8C\x8D"}},
};

}  // namespace

TEST_CASE("events are the same wherever the bytes are split") {
  for (const Row& row : rows) {
    CAPTURE(std::string(row.what));
    CHECK(events_of({row.bytes}) == row.events);
    for (std::size_t at = 0; at <= row.bytes.size(); ++at) {
      CAPTURE(at);
      CHECK(events_of({row.bytes.substr(0, at), row.bytes.substr(at)}) == row.events);
    }
    std::vector<std::string> single_bytes;
    for (const char byte : row.bytes) single_bytes.emplace_back(1, byte);
    CHECK(events_of(single_bytes) == row.events);
  }
}

TEST_CASE("keep-alives and events are counted apart") {
  EventStream stream([](std::string_view) { return true; });
  stream.feed(": OPENROUTER PROCESSING\n\n: OPENROUTER PROC");
  CHECK(stream.comments() == 1);
  CHECK(stream.events() == 0);
  stream.feed("ESSING\n\ndata: {}\n\n");
  CHECK(stream.comments() == 2);
  CHECK(stream.events() == 1);
}

TEST_CASE("after the consumer has said stop, nothing is delivered") {
  Events events;
  EventStream stream([&](std::string_view data) {
    events.emplace_back(data);
    return data != "[DONE]";
  });
  stream.feed("data: one\n\ndata: [DONE]\n\ndata: two\n\n");
  CHECK(stream.stopped());
  stream.feed("data: three\n\n");
  stream.finish();
  CHECK(events == Events{"one", "[DONE]"});
}

TEST_CASE("an event that never ends is refused at the limit") {
  const std::vector<std::string> endless = {
      "data: " + std::string(200, 'x'),          // one line, in one piece
      "data: 0123456789\n",                      // lines of one event
      "data\n",                                  // empty lines of one event
      std::string(40, 'x'),                      // a line without a name
      "data: " + std::string(200, 'x') + "\n\n"  // whole, too large
  };
  for (const std::string& piece : endless) {
    CAPTURE(piece);
    std::size_t delivered = 0;
    EventStream stream(
        [&](std::string_view) {
          ++delivered;
          return true;
        },
        100);
    const auto feed_much = [&] {
      for (int i = 0; i < 200; ++i) stream.feed(piece);
    };
    try {
      feed_much();
      FAIL("no limit");
    } catch (const catalog::UpstreamError& error) {
      CHECK(error.kind == catalog::Kind::malformed);
    }
    stream.feed("data: later\n\n");
    stream.finish();
    CHECK(delivered == 0);
  }
}

TEST_CASE("an event as large as the limit passes") {
  const std::string data(94, 'x');
  Events events;
  EventStream stream(
      [&](std::string_view piece) {
        events.emplace_back(piece);
        return true;
      },
      100);
  stream.feed("data: " + data);
  stream.feed("\n\n");
  CHECK(events == Events{data});
}

TEST_CASE("a line that stands whole in the bytes is not copied") {
  const std::string bytes = "data: one\n\n";
  const char* seen = nullptr;
  EventStream stream([&](std::string_view data) {
    seen = data.data();
    return true;
  });
  stream.feed(bytes);
  CHECK(seen == bytes.data() + 6);
}

TEST_CASE("many tiny lines in one large piece take time in proportion") {
  std::string bytes;
  for (int i = 0; i < 400'000; ++i) bytes += "data:x\r\r";
  EventStream stream([](std::string_view) { return true; });
  stream.feed(bytes);  // with a search to the end per line this would take minutes
  CHECK(stream.events() == 400'000);
}
