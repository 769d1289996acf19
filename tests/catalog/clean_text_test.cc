#include "catalog/clean_text.h"

#include <doctest/doctest.h>

#include <array>

#include "catalog/models/chat_events.h"

namespace {

struct Case {
  const char* what;
  std::string_view dirty;
  std::string_view clean;
  bool broken = false;  // UTF-8 whose halves would join once the piece between them is gone
};

using namespace std::string_view_literals;

constexpr std::array<Case, 18> cases = {{
    {"nothing to do", "plain text", "plain text"},
    {"tab and line breaks stay", "a\tb\r\nc", "a\tb\r\nc"},
    {"letters of other scripts stay", "Grüße, \xD8\xA7\xD9\x84, \xE2\x82\xAC, \xF0\x9F\x98\x80",
     "Grüße, \xD8\xA7\xD9\x84, \xE2\x82\xAC, \xF0\x9F\x98\x80"},
    {"a terminal's escapes", "\x1B]0;title\x07red \x1B[31m",
     "]0;title"
     "red [31m"},
    {"NUL and delete", "a\0b\x7F"sv, "ab"},
    {"C1 controls",
     "a\xC2\x9B"
     "31mb",
     "a31mb"},
    {"a sign next to them stays", "\xC2\xA9", "\xC2\xA9"},
    {"overrides",
     "a\xE2\x80\xAE"
     "evil\xE2\x80\xAC",
     "aevil"},
    {"isolates", "\xE2\x81\xA6x\xE2\x81\xA9", "x"},
    {"marks", "\xE2\x80\x8Ex\xD8\x9C", "x"},
    {"tag characters", "hi\xF3\xA0\x81\x88\xF3\xA0\x81\xA9!", "hi!"},
    {"variation selectors stay", "\xF3\xA0\x84\x80", "\xF3\xA0\x84\x80"},
    {"cut off at the end", "a\xE2\x80", "a\xE2\x80"},
    {"a letter behind a broken character stays", "a\xF3\xA0\x81z", "a\xF3\xA0\x81z"},
    {"a control within a character", "\xE2\x1B\x80\xAE", "\xE2", true},
    {"a control in the middle of one",
     "a\xE2\x80\x07\xAE"
     "b",
     "a\xE2\x80"
     "b",
     true},
    {"one within another",
     "a\xE2\x80\xE2\x80\xAE\xAE"
     "b",
     "a\xE2\x80"
     "b",
     true},
    {"two controls within one",
     "a\xC2\x01\x02\x9B"
     "b",
     "a\xC2"
     "b",
     true},
}};

std::string streamed(std::string_view text, std::size_t split) {
  std::string grown(text.substr(0, split));
  catalog::clean_tail(grown, 0);
  const std::size_t before = grown.size();
  grown += text.substr(split);
  catalog::clean_tail(grown, before);
  return grown;
}

}  // namespace

TEST_CASE("N21: what a terminal obeys or what hides text is taken out, and nothing else") {
  for (const Case& each : cases) {
    CAPTURE(each.what);
    CHECK(catalog::clean_text(each.dirty) == each.clean);
  }
}

TEST_CASE("a text that arrives in two pieces is cleaned alike, wherever it is split") {
  for (const Case& each : cases) {
    CAPTURE(each.what);
    for (std::size_t split = 0; split <= each.dirty.size(); ++split) {
      CAPTURE(split);
      const std::string clean = streamed(each.dirty, split);
      // Of a character that is broken more or less may be left.
      if (!each.broken) CHECK(clean == each.clean);
      CHECK(catalog::clean_text(clean) == clean);
    }
  }
}

TEST_CASE("what a model streams is clean for the listener and in the answer") {
  catalog::ChatReply reply;
  std::string heard;
  catalog::Listener listener;
  listener.on_text = [&](std::string_view piece) { heard += piece; };
  for (const char* content : {R"(a\u001b[31m)", R"(b\u202Ec)", R"(\udb40\udc41d)", R"(\u200e)"}) {
    const std::string chunk =
        std::string(R"({"choices":[{"delta":{"content":")") + content + R"("}}]})";
    catalog::read_chat_chunk(chunk, reply, listener);
  }
  CHECK(reply.text == "a[31mbcd");
  CHECK(heard == reply.text);
}
