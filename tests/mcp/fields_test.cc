#include "mcp/fields.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

using namespace mcp;

namespace {

constexpr std::array<std::string_view, 2> colours = {"red", "green"};

struct Nested {
  std::optional<std::int64_t> n;

  static constexpr auto fields() { return field_list(field("n", &Nested::n, "")); }
};

struct Sample {
  std::string id;
  std::optional<std::int64_t> limit;
  std::optional<double> heat;
  bool free = false;
  std::vector<std::string> tags;
  std::optional<std::string> colour;
  std::optional<std::string> name;
  Nested nested;

  static constexpr auto fields() {
    using S = Sample;
    return field_list(field("id", &S::id, "Its id"),
                      field("limit", &S::limit, "Rows", {.minimum = 1, .maximum = 100}),
                      field("heat", &S::heat, "", {.minimum = 0.5}), field("free", &S::free, ""),
                      field("tags", &S::tags, "", {.max_length = 2}),
                      field("colour", &S::colour, "", {.one_of = colours}),
                      field("name", &S::name, "", {.max_length = 3}));
  }
};

struct Output {
  std::string text;
  std::optional<double> cost;
  Nested usage;
  Rows rows;

  static constexpr auto fields() {
    using O = Output;
    return field_list(field("text", &O::text, ""), field("cost", &O::cost, "$"),
                      field("usage", &O::usage, ""), field("rows", &O::rows, ""));
  }
};

std::string complaint(const std::string& arguments) {
  try {
    decode<Sample>(Json::parse(arguments));
  } catch (const InvalidArguments& refused) {
    return refused.message;
  }
  return "";
}

}  // namespace

TEST_CASE("a field list yields an object schema") {
  CHECK(dump(input_schema<Sample>()) ==
        R"({"type":"object","properties":{"id":{"type":"string","description":"Its id"},)"
        R"("limit":{"type":"integer","minimum":1,"maximum":100,"description":"Rows"},)"
        R"("heat":{"type":"number","minimum":0.5,"description":""},)"
        R"("free":{"type":"boolean","description":""},)"
        R"("tags":{"type":"array","items":{"type":"string"},"maxItems":2,"description":""},)"
        R"("colour":{"type":"string","enum":["red","green"],"description":""},)"
        R"("name":{"type":"string","maxLength":3,"description":""}},)"
        R"("required":["id"]})");
}

TEST_CASE("every keyword of the schema is enforced, and every problem told at once") {
  struct Case {
    const char* arguments;
    const char* complaint;
  };
  constexpr Case cases[] = {
      {R"({"id":"x"})", ""},
      {R"({"id":"x","limit":100.0,"heat":0.5,"free":true,"tags":["a"],"colour":"red"})", ""},
      {R"({"id":"x","limit":null,"name":"äöü"})", ""},
      {R"({})", "arguments.id: required"},
      {R"({"id":null})", "arguments.id: required"},
      {R"({"id":"x","limit":"100"})",
       "arguments.limit: expected an integer from 1 to 100, got \"100\""},
      {R"({"id":"x","limit":0})", "arguments.limit: expected an integer from 1 to 100, got 0"},
      {R"({"id":"x","limit":1.5})", "arguments.limit: expected an integer from 1 to 100, got 1.5"},
      {R"({"id":"x","limit":1e308})",
       "arguments.limit: expected an integer from 1 to 100, got 1e+308"},
      {R"({"id":"x","heat":0.1})", "arguments.heat: expected a number of at least 0.5, got 0.1"},
      {R"({"id":"x","tags":"a"})", "arguments.tags: expected an array of strings, got \"a\""},
      {R"({"id":"x","tags":["a","b","c"]})",
       "arguments.tags: expected at most 2 strings, got an array"},
      {R"({"id":"x","colour":"blue"})",
       "arguments.colour: expected one of red, green, got \"blue\""},
      {R"({"id":"x","name":"four"})",
       "arguments.name: expected at most 3 characters, got \"four\""},
      {R"({"id":"x","limits":1})", "arguments.limits: no such argument; did you mean limit?"},
      {R"({"id":1,"free":"yes"})",
       "arguments.id: expected a string, got 1\narguments.free: expected true or false, got "
       "\"yes\""},
  };
  for (const Case& each : cases) {
    CAPTURE(each.arguments);
    CHECK(complaint(each.arguments) == each.complaint);
  }
}

TEST_CASE("of very many problems the first ten are told, and how many more there are") {
  std::string arguments = R"({"id":"x")";
  for (int i = 0; i < 5000; ++i) arguments += ",\"no" + std::to_string(i) + "\":0";
  const std::string told = complaint(arguments + "}");
  CHECK(std::count(told.begin(), told.end(), '\n') == 10);
  CHECK(told.substr(told.size() - 13) == "and 4990 more");
}

TEST_CASE("a result is encoded in the order of its list, without what is absent") {
  Output output;
  output.text = "hi";
  output.usage.n = 3;
  output.rows.push_back({1, "a", nullptr});
  CHECK(dump(encode(output)) == R"({"text":"hi","usage":{"n":3},"rows":[[1,"a",null]]})");
  CHECK(dump(output_schema<Output>()) ==
        R"({"type":"object","properties":{"cost":{"type":"number","description":"$"},)"
        R"("rows":{"type":"array"}}})");
}
