// Changing a JSON text with comments while every other byte stays.
#include "tools/json_text.h"

#include <doctest/doctest.h>

#include <random>
#include <stdexcept>

using mcp::OrderedJson;
using tools::with_member;
using tools::without_member;

namespace {

const OrderedJson value = {{"command", "/p"}, {"args", {"x"}}};

std::string problem_of(const std::string& text) {
  try {
    tools::read_json_text(text);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a member is added in the manner of the text around it") {
  struct Case {
    std::string before;
    std::string after;
  };
  const Case cases[] = {
      {"{\n  \"s\": {\n    \"y\": 1\n  }\n}\n",
       "{\n  \"s\": {\n    \"y\": 1,\n    \"p\": 7\n  }\n}\n"},
      {"{\n\t\"s\": {\n\t\t\"y\": 1\n\t}\n}", "{\n\t\"s\": {\n\t\t\"y\": 1,\n\t\t\"p\": 7\n\t}\n}"},
      {"{\"s\": {\"y\": 1}}", "{\"s\": {\"y\": 1, \"p\": 7}}"},
      {"{\r\n  \"s\": {\r\n    \"y\": 1\r\n  }\r\n}",
       "{\r\n  \"s\": {\r\n    \"y\": 1,\r\n    \"p\": 7\r\n  }\r\n}"},
      {"{\n  \"s\": {\n    \"y\": 1 // why\n  }\n}",
       "{\n  \"s\": {\n    \"y\": 1, // why\n    \"p\": 7\n  }\n}"},
      {"{\n  \"s\": {\n    \"y\": 1, // why\n  },\n}",
       "{\n  \"s\": {\n    \"y\": 1, // why\n    \"p\": 7,\n  },\n}"},
      {"{\n  \"s\": { \"y\": 1 // why\n  }\n}",
       "{\n  \"s\": { \"y\": 1, // why\n    \"p\": 7\n  }\n}"},
      {"{\n  \"s\": {}\n}", "{\n  \"s\": {\n    \"p\": 7\n  }\n}"},
      {"{\n  \"s\": {\n    // none yet\n  }\n}",
       "{\n  \"s\": {\n    // none yet\n    \"p\": 7\n  }\n}"},
      {"{\n  \"a\": 1\n}", "{\n  \"a\": 1,\n  \"s\": {\n    \"p\": 7\n  }\n}"},
      {"{}", "{\n  \"s\": {\n    \"p\": 7\n  }\n}"},
      {"", "{\n  \"s\": {\n    \"p\": 7\n  }\n}\n"},
      {"// settings\n", "// settings\n{\n  \"s\": {\n    \"p\": 7\n  }\n}\n"},
      {"\xEF\xBB\xBF{\n    \"a\": 1\n}",
       "\xEF\xBB\xBF{\n    \"a\": 1,\n    \"s\": {\n        \"p\": 7\n    }\n}"},
      {"{\"s\": {\"p\": [1, 2], \"y\": 1}}", "{\"s\": {\"p\": 7, \"y\": 1}}"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.before);
    CHECK(with_member(one.before, {"s", "p"}, 7) == one.after);
  }
}

TEST_CASE("a member is taken out with its comma and its lines, and nothing else") {
  struct Case {
    std::string before;
    std::string after;
  };
  const Case cases[] = {
      {"{\n  \"a\": 1,\n  \"p\": 7\n}", "{\n  \"a\": 1\n}"},
      {"{\n  \"p\": 7,\n  \"a\": 1\n}", "{\n  \"a\": 1\n}"},
      {"{\n  \"a\": 1, // why\n  \"p\": 7\n}", "{\n  \"a\": 1 // why\n}"},
      {"{\n  \"a\": 1,\n  \"p\": 7,\n}", "{\n  \"a\": 1,\n}"},
      {"{\n  \"a\": 1,\n  \"p\": {\n    \"x\": 2\n  },\n  // of b\n  \"b\": 2\n}",
       "{\n  \"a\": 1,\n  // of b\n  \"b\": 2\n}"},
      {"{\"a\": 1, \"p\": 7}", "{\"a\": 1}"},
      {"{\"p\": 7, \"a\": 1}", "{\"a\": 1}"},
      {"{\n  \"p\": 7\n}", "{}"},
      {"{ // why\n  \"p\": 7\n}", "{ // why\n}"},
      {"{ // why\n  \"p\": 7 }", "{ // why\n   }"},
      {"{\"a\": {\"p\": 1}}", "{\"a\": {\"p\": 1}}"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.before);
    const std::string after = without_member(one.before, {"p"});
    CHECK(after == one.after);
    CHECK(problem_of(after).empty());
  }
}

TEST_CASE("what is not JSON is said with its line and column") {
  struct Case {
    std::string text;
    std::string problem;
  };
  const Case cases[] = {
      {"{\n  \"a\": 1\n  \"b\": 2\n}", "line 3, column 3: expected \",\" or \"}\""},
      {"{\n  \"a\": tru\n}", "line 2, column 8: expected a value"},
      {"{\n  \"é\": \"x\n}", "line 2, column 8: expected an end of this text"},
      {"{\"a\": [1, 2}", "line 1, column 12: expected \",\" or \"]\""},
      {"{a: 1}", "line 1, column 2: expected a name in double quotes"},
      {"{} {}", "line 1, column 4: expected the end of the file"},
      {"{ /* x", "line 1, column 3: expected an end of this comment"},
      {"{\"a\"", "line 1, column 5: expected \":\""},
      {"{\"a\": 01}", "line 1, column 7: expected a value"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.text);
    CHECK(problem_of(one.text).find(one.problem) == 0);
  }
  CHECK(problem_of(std::string(100'000, '[')).find("fewer brackets") != std::string::npos);
  CHECK_THROWS_WITH(with_member("{\n \"s\": []}", {"s", "p"}, 1),
                    "line 2, column 7: expected an object");
}

TEST_CASE("in texts at random a member comes and goes, and the others keep their values") {
  std::mt19937 random(7);
  const auto one_of = [&](std::initializer_list<const char*> words) {
    return std::string(words.begin()[random() % words.size()]);
  };
  for (int round = 0; round < 2000; ++round) {
    std::string text = one_of({"", "// top\n", "\xEF\xBB\xBF"}) + "{";
    const auto count = random() % 4;
    const std::string gap = one_of({" ", "\n  ", "\n\t", "\r\n    "});
    for (std::size_t i = 0; i < count; ++i) {
      text += gap + one_of({"", "/* a, b */ "}) + fmt::format("\"k{}\"", i) + one_of({":", " : "}) +
              one_of({"1", "{}", "[1, {\"p\": 2}]", "\"a,}\\\"\"", "{\"p\": 1}"});
      if (i + 1 < count) text += one_of({",", " ,", ", // x, y\n"});
    }
    text += one_of({"", " ", "\n", " // end\n"}) + "}" + one_of({"", "\n"});
    CAPTURE(text);
    const std::string with = with_member(text, {"s", "p"}, value);
    CAPTURE(with);
    const auto read = [](std::string_view of) {
      if (of.starts_with("\xEF\xBB\xBF")) of.remove_prefix(3);
      return nlohmann::json::parse(of, nullptr, true, true);
    };
    nlohmann::json expected = read(text);
    const nlohmann::json original = expected;
    expected["s"]["p"] = value;
    CHECK(read(with) == expected);
    const std::string without = without_member(with, {"s"});
    CHECK(read(without) == original);
  }
}
