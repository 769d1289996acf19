#include "mcp/json.h"

#include <doctest/doctest.h>

#include <random>

using namespace mcp;

TEST_CASE("what is not JSON, and what is JSON that we do not take") {
  struct Case {
    std::string text;
    JsonProblem problem;
  };
  const std::string deep_array(65, '[');
  const std::vector<Case> cases = {
      {R"({"a":[1,2,{"b":null}],"c":"d"})", JsonProblem::none},
      {"", JsonProblem::not_json},
      {"{", JsonProblem::not_json},
      {"{\"a\":1,}", JsonProblem::not_json},
      {"NaN", JsonProblem::not_json},
      {"0x10", JsonProblem::not_json},
      {"01", JsonProblem::not_json},
      {"{\"a\":1} // comment", JsonProblem::not_json},
      {"'a'", JsonProblem::not_json},
      {std::string("\"\0\"", 3), JsonProblem::not_json},
      {"\"\xC0\xAF\"", JsonProblem::not_json},      // overlong
      {"\"\xED\xA0\x80\"", JsonProblem::not_json},  // a surrogate in UTF-8
      {"\"\xE2\x82\"", JsonProblem::not_json},      // cut short
      {"{\"a\":1,\"a\":2}", JsonProblem::not_acceptable},
      {"{\"x\":{\"a\":1,\"a\":1}}", JsonProblem::not_acceptable},
      {deep_array + std::string(65, ']'), JsonProblem::not_acceptable},
      {std::string(64, '[') + std::string(64, ']'), JsonProblem::none},
      {"[1e400]", JsonProblem::not_acceptable},
  };
  for (const Case& each : cases) {
    CAPTURE(each.text);
    CHECK(parse_bounded(each.text).problem == each.problem);
  }
}

TEST_CASE("too many values end the parse, however they are nested") {
  std::string zeros = "[0";
  for (int i = 0; i < 1'000'000; ++i) zeros += ",0";
  CHECK(parse_bounded(zeros + "]").problem == JsonProblem::not_acceptable);
  std::string nested;
  for (int i = 0; i < 100'000; ++i) nested += "{\"a\":";
  CHECK(parse_bounded(nested).problem == JsonProblem::not_acceptable);
}

TEST_CASE("a parsed value equals what nlohmann reads") {
  const std::string text =
      R"({"a":[1,-2,3.5,true,false,null,"\u00e9\n"],"b":{"c":{},"d":[]},"e":18446744073709551615})";
  CHECK(parse_bounded(text).value == Json::parse(text));
}

TEST_CASE("bytes that are not UTF-8 are written as replacement characters") {
  CHECK(dump(OrderedJson{{"t", "a\xFF"}}) == "{\"t\":\"a\xEF\xBF\xBD\"}");
}

TEST_CASE("what is written equals what nlohmann writes, whatever bytes a string holds") {
  std::mt19937 random(3);
  const std::string odd = "\"\\\n\t\x01\x7f\x80\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xff";
  const auto text = [&] {
    std::string bytes;
    for (std::size_t n = random() % 30; n > 0; --n) {
      bytes +=
          random() % 3 == 0 ? odd[random() % odd.size()] : static_cast<char>('a' + random() % 26);
    }
    return bytes;
  };
  for (int i = 0; i < 20'000; ++i) {
    const OrderedJson value = {
        {text(), text()},
        {"list", {text(), 1.5, nullptr}},
        {"object", {{text(), {{"b", text()}}}, {"empty", OrderedJson::object()}}}};
    const auto replaced = OrderedJson::error_handler_t::replace;
    REQUIRE(dump(value) == value.dump(-1, ' ', false, replaced));
    const std::string plain = text();
    REQUIRE(dump_quoted(plain) == Json(plain).dump(-1, ' ', false, Json::error_handler_t::replace));
  }
}
