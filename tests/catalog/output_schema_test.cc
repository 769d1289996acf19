#include "catalog/models/output_schema.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "catalog/errors.h"

using catalog::Kind;
using catalog::OutputSchema;
using catalog::Refused;
using nlohmann::json;

namespace {

const char* const person = R"({"type":"object","additionalProperties":false,
  "required":["name","age"],"properties":{"name":{"type":"string","minLength":1},
  "age":{"type":"integer","minimum":0},"tags":{"type":"array","items":{"$ref":"#/$defs/tag"}}},
  "$defs":{"tag":{"enum":["a","b"]}}})";

std::string complaint(const char* schema, std::string_view answer) {
  return OutputSchema(json::parse(schema)).check(answer).complaint;
}

Refused refusal(const json& schema) {
  try {
    OutputSchema made(schema);
  } catch (const Refused& refused) {
    return refused;
  }
  FAIL("not refused: " << schema.dump().substr(0, 200));
  return Refused(Kind::internal, "");
}

}  // namespace

TEST_CASE("an answer that fits is given as JSON, without what stood around it") {
  const OutputSchema schema(json::parse(person));
  CHECK(json::parse(schema.text()) == json::parse(person));
  for (const char* answer :
       {R"({"name":"Ada","age":36})", "  {\"name\": \"Ada\", \"age\": 36}\n",
        "```json\n{\"name\":\"Ada\",\"age\":36}\n```", "```\n{\"name\":\"Ada\",\"age\":36}```\n"}) {
    CAPTURE(std::string(answer));
    const auto checked = schema.check(answer);
    CHECK(checked.complaint == "");
    CHECK(json::parse(checked.json) == json{{"name", "Ada"}, {"age", 36}});
  }
}

TEST_CASE("an answer that does not fit is complained of by the place") {
  const struct {
    const char* answer;
    const char* says;
  } cases[] = {
      {R"({"name":"Ada","age":-1})", "[age]"},
      {R"({"name":"Ada","age":"36"})", "[age]"},
      {R"({"name":"Ada"})", "age"},
      {R"({"name":"","age":1})", "[name]"},
      {R"({"name":"Ada","age":1,"more":1})", "more"},
      {R"({"name":"Ada","age":1,"tags":["c"]})", "[tags]"},
      {R"({"name":"Ada","ag)", "not JSON"},
      {"Sure! {\"name\":\"Ada\",\"age\":1}", "not JSON"},
      {"```", "not JSON"},
      {"``````", "not JSON"},
      {"", "not JSON"},
  };
  for (const auto& c : cases) {
    CAPTURE(std::string(c.answer));
    const std::string said = complaint(person, c.answer);
    CAPTURE(said);
    CHECK(said.find(c.says) != std::string::npos);
    CHECK(said.size() < 1100);
  }
}

TEST_CASE("keywords are checked, or left alone where checking is not safe") {
  const struct {
    const char* schema;
    const char* good;
    const char* bad;  // "": nothing is
  } cases[] = {
      {R"({"anyOf":[{"type":"string"},{"type":"null"}]})", "null", "1"},
      {R"({"oneOf":[{"type":"integer"},{"minimum":2}]})", "1", "3"},
      {R"({"allOf":[{"minimum":2},{"maximum":3}]})", "2", "4"},
      {R"({"not":{"type":"string"}})", "1", "\"x\""},
      {R"({"const":5})", "5", "6"},
      {R"({"type":"number","exclusiveMinimum":1})", "1.5", "1"},
      {R"({"type":"array","items":{"type":"string"},"minItems":1})", R"(["x"])", "[]"},
      {R"({"if":{"const":1},"then":false})", "2", "1"},
      {R"({"properties":{"pattern":{"type":"string"},"$ref":{"type":"string"}}})",
       R"({"pattern":"x","$ref":"y"})", R"({"pattern":1})"},
      {R"({"type":"string","pattern":"^(a+)+$","format":"date"})",
       R"("aaaaaaaaaaaaaaaaaaaaaaaaaa!")", ""},
      {R"({"patternProperties":{"^x":{}},"additionalProperties":false})", R"({"x1":1})", ""},
      {R"({"$ref":"#/definitions/a","definitions":{"a":{"$ref":"#/definitions/b"},"b":{"const":1}}})",
       "1", "2"},
      {"true", "1", ""},
  };
  for (const auto& c : cases) {
    CAPTURE(std::string(c.schema));
    CHECK(complaint(c.schema, c.good) == "");
    if (*c.bad != '\0') CHECK(complaint(c.schema, c.bad) != "");
  }
}

// Row C17 of the faults.
TEST_CASE("a schema is bounded, self-contained, and nothing it names is fetched") {
  for (const char* ref : {"http://127.0.0.1:1/x.json", "file:///etc/passwd", "other.json",
                          "https://example.com/a#/b", "", "//host/x"}) {
    CAPTURE(std::string(ref));
    const Refused refused = refusal({{"properties", {{"x", {{"$ref", ref}}}}}});
    CHECK(refused.kind == Kind::invalid_arguments);
    CHECK(refused.what_happened.find("never fetched") != std::string::npos);
  }
  CHECK(refusal({{"$ref", 7}}).kind == Kind::invalid_arguments);
  CHECK(refusal({{"$ref", "#/nowhere"}}).kind == Kind::invalid_arguments);
  CHECK(refusal({{"$ref", "#not-a-pointer"}}).kind == Kind::invalid_arguments);
  CHECK(refusal({{"$ref", "#"}}).what_happened.find("contains itself") != std::string::npos);
  CHECK(
      refusal(json::parse(R"({"$ref":"#/$defs/a","$defs":{"a":{"anyOf":[{"$ref":"#/$defs/a"}]}}})"))
          .what_happened.find("contains itself") != std::string::npos);
  json deep = {{"type", "string"}};
  for (int i = 0; i < 1000; ++i) deep = {{"items", deep}};
  CHECK(refusal(deep).kind == Kind::too_long);
  json wide = {{"properties", json::object()}};
  for (int i = 0; i < 10'000; ++i) wide["properties"][std::to_string(i)] = json::object();
  CHECK(refusal(wide).kind == Kind::too_long);
  // Each names the next one twice: small as a text, too large once it is spelled out.
  json bomb = {{"$ref", "#/$defs/0"}};
  for (int i = 0; i < 30; ++i) {
    const json next = {{"$ref", fmt::format("#/$defs/{}", i + 1)}};
    bomb["$defs"][std::to_string(i)] = {{"anyOf", {next, next}}};
  }
  bomb["$defs"]["30"] = json::object();
  CHECK(refusal(bomb).kind == Kind::too_long);
}

TEST_CASE("what is no schema is refused, and what is odd does not crash") {
  for (const char* schema : {R"({"properties":5})", R"({"properties":{"x":5}})", R"({"items":"x"})",
                             R"({"anyOf":{}})", R"({"type":17})", R"({"required":"x"})",
                             R"({"minimum":"x"})", R"({"enum":5})", R"([])", R"("x")"}) {
    CAPTURE(std::string(schema));
    CHECK(refusal(json::parse(schema)).kind == Kind::invalid_arguments);
  }
  const OutputSchema any(json::object());
  CHECK(any.check(std::string(500, '[') + std::string(500, ']')).complaint != "");
  CHECK(any.check("\"" + std::string(2'000'000, 'x') + "\"").complaint != "");
  CHECK(any.check("\"\xff\"").complaint != "");
}

TEST_CASE("a large answer that fits nowhere is told so in one line, whatever is wrong with it") {
  std::string answer = "[0";
  for (int i = 0; i < 300'000; ++i) answer += ",0";
  json names = {{"type", "string"}};
  for (int i = 0; i < 20; ++i) names = {{"anyOf", {names, {{"type", "null"}}}}};
  const std::string told =
      complaint(json{{"type", "array"}, {"items", names}}.dump().c_str(), answer + "]");
  CHECK(told == "It does not fit the schema, and is too large to say where.");
}
