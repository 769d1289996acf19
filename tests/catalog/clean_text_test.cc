#include "catalog/agents/clean_text.h"

#include <doctest/doctest.h>

using catalog::clean_text;

TEST_CASE("what cannot be seen, or turns text around, is taken out") {
  struct Row {
    const char* text;
    const char* clean;
  };
  constexpr Row rows[] = {
      {"plain\ttext\r\n", "plain\ttext\r\n"},
      {"a\x07\x1B[31mb\x7F", "a[31mb"},
      {"a\xE2\x80\xAE"
       "b\xE2\x81\xA6"
       "c\xF3\xA0\x81\x81"
       "d",
       "abcd"},
      {"\xC2\x9B"
       "caf\xC3\xA9 \xE2\x80\x99",
       "caf\xC3\xA9 \xE2\x80\x99"},
      // Broken UTF-8 whose halves would join once the piece between them is gone.
      {"a\xE2\x80\x07\xAE"
       "b",
       "a\xE2\x80"
       "b"},
      {"a\xE2\x80\xE2\x80\xAE\xAE"
       "b",
       "a\xE2\x80"
       "b"},
      // And broken UTF-8 that does not swallow the letter after it.
      {"a\xF3\xA0\x81z", "a\xF3\xA0\x81z"},
      {"a\xC2\x01\x02\x9B"
       "b",
       "a\xC2"
       "b"},
  };
  for (const Row& row : rows) {
    const std::string clean = clean_text(row.text);
    CAPTURE(clean);
    CHECK(clean == row.clean);
    CHECK(clean_text(clean) == clean);
  }
}
