#include "catalog/models/json_cursor.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using catalog::JsonCursor;
using nlohmann::json;

namespace {

// What the cursor makes of `{"v": <text>}`, as a string; "!" when it went wrong.
std::string string_read(const std::string& text) {
  const std::string whole = R"({"before":[{"v":"no"}],"v":)" + text + R"(,"after":1})";
  JsonCursor cursor(whole);
  std::string value;
  cursor.members([&](std::string_view key) {
    if (key == "v") cursor.append_string(value);
  });
  return cursor.ok() && cursor.at_end() ? value : "!";
}

std::optional<double> number_read(const std::string& text) {
  JsonCursor cursor(text);
  const auto value = cursor.number();
  return cursor.ok() ? value : std::optional(-999.0);
}

}  // namespace

TEST_CASE("strings are read as JSON means them") {
  struct Case {
    const char* wire;
    std::string value;
  };
  const Case cases[] = {
      {R"("")", ""},
      {R"("plain")", "plain"},
      {R"( "spaced" )", "spaced"},
      {R"("a\nb\tc\rd\be\ff")", "a\nb\tc\rd\be\ff"},
      {R"("\"\\\/")", "\"\\/"},
      {R"("\u0041\u00e9\u20ac")", "Aé€"},
      {R"("\ud83d\ude00!")", "😀!"},
      {R"("\ud83d")", "\xEF\xBF\xBD"},
      {R"("\ude00x")", "\xEF\xBF\xBDx"},
      {R"("\ud83dx")", "\xEF\xBF\xBDx"},
      {R"("\ud83d\u0041")",
       "\xEF\xBF\xBD"
       "A"},
      {R"("\u12")",
       "\xEF\xBF\xBD"
       "12"},
      {R"("\u0000")", std::string(1, '\0')},
      {R"("{\"not\":[\"structure\"]}")", R"({"not":["structure"]})"},
      {R"("😀 raw")", "😀 raw"},
      {"null", ""},
      {"12", ""},
      {R"(["x"])", ""},
      {R"({"v":"x"})", ""},
  };
  for (const Case& c : cases) {
    const std::string wire = c.wire;
    CAPTURE(wire);
    CHECK(string_read(wire) == c.value);
  }
}

TEST_CASE("every character comes through its escape") {
  for (unsigned code = 1; code < 0x10000; ++code) {
    if (code >= 0xD800 && code < 0xE000) continue;
    char escape[16];
    std::snprintf(escape, sizeof escape, "\"\\u%04x\"", code);
    if (string_read(escape) != json::parse(escape).get<std::string>()) FAIL(code);
  }
}

TEST_CASE("numbers") {
  CHECK(number_read("0.00123") == 0.00123);
  CHECK(number_read("-5e3") == -5000.0);
  CHECK(number_read("187,") == 187.0);
  CHECK_FALSE(number_read("null"));
  CHECK_FALSE(number_read(R"("12")"));
  CHECK_FALSE(number_read("1x"));
  CHECK_FALSE(number_read(std::string(500, '1')));
}

TEST_CASE("what is not read is skipped, escaped keys and all") {
  const std::string text =
      R"({"a":{"x":[1,"]}",{"y":"\""}]},"\u0077anted":[10,[20],{"z":1},30],"b":null,"c":true})";
  JsonCursor cursor(text);
  double sum = 0;
  bool yes = false;
  std::string keys;
  cursor.members([&](std::string_view key) {
    keys += key;
    keys += ' ';
    if (key == "wanted") cursor.elements([&](std::size_t) { sum += cursor.number().value_or(0); });
    if (key == "c") yes = cursor.boolean();
  });
  CHECK(cursor.ok());
  CHECK(cursor.at_end());
  CHECK(keys == "a wanted b c ");
  CHECK(sum == 40);
  CHECK(yes);
}

TEST_CASE("a text cut off anywhere is noticed") {
  const std::string whole = R"({"a":{"x":[1,"two\n",{"y":null}]},"b":[true,false],"c":-1.5e3})";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    const std::string text = whole.substr(0, size);
    JsonCursor cursor(text);
    std::string sink;
    cursor.members([&](std::string_view key) {
      if (key == "a") {
        cursor.members([&](std::string_view) {
          cursor.elements([&](std::size_t) { cursor.append_string(sink); });
        });
      }
    });
    CHECK_FALSE(cursor.ok());
  }
}

TEST_CASE("nonsense and depth do no harm") {
  for (const char* text : {"", " ", "{", "}", "{]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{1:2}",
                           "[", "\"", "\"\\", "{\"a\" 1}", ",", ":", "{\"a\":,}", "{\"\\"}) {
    const std::string shown = text;
    CAPTURE(shown);
    JsonCursor cursor(shown);
    cursor.members([&](std::string_view) {});
    CHECK_FALSE((cursor.ok() && cursor.at_end() && !shown.empty()));
  }
  const std::string deep =
      "{\"a\":" + std::string(1'000'000, '[') + std::string(1'000'000, ']') + "}";
  JsonCursor cursor(deep);
  cursor.members([](std::string_view) {});
  CHECK(cursor.ok());
}
