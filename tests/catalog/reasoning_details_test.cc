#include "catalog/models/reasoning_details.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using catalog::joined_reasoning;

TEST_CASE("pieces of one entry are joined, and its members stay as they came") {
  CHECK(joined_reasoning(
            {R"([{"type":"reasoning.text","text":"I ","index":0,"format":"f","signature":null}])",
             "[]", R"([{"type":"reasoning.text","text":"think","index":0,"format":"f"}])",
             R"([{"type":"reasoning.text","index":0,"signature":"s1"}])",
             R"([{"type":"reasoning.encrypted","data":"AA","index":1}])",
             R"([{"type":"reasoning.encrypted","data":"BB","index":1}])"}) ==
        R"([{"type":"reasoning.text","text":"I think","index":0,"format":"f","signature":"s1"},)"
        R"({"type":"reasoning.encrypted","data":"AABB","index":1}])");
}

TEST_CASE("entries without an index, or of another type, are not joined") {
  const char* const two = R"([{"type":"a","text":"x"},{"type":"a","text":"y"}])";
  CHECK(joined_reasoning({two}) == two);
  CHECK(joined_reasoning(
            {R"([{"type":"a","index":0,"text":"x"}])", R"([{"type":"b","index":0,"text":"y"}])"}) ==
        R"([{"type":"a","index":0,"text":"x"},{"type":"b","index":0,"text":"y"}])");
}

TEST_CASE("nothing, what is odd, and what is too much to keep") {
  CHECK(joined_reasoning({}) == "");
  CHECK(joined_reasoning({"[]", "", "null", "{", "[1,\"x\",null]"}) == "");
  CHECK(joined_reasoning({"[{\"data\":\"" + std::string(2'000'000, 'x') + "\"}]"}) == "");
}

TEST_CASE("details that are deep or many are not kept, and cost no time") {
  const auto repeated = [](std::string_view text, std::size_t times) {
    std::string out;
    while (times-- > 0) out += text;
    return out;
  };
  CHECK(joined_reasoning({"[{\"x\":" + repeated("[", 200'000) + repeated("]", 200'000) + "}]"}) ==
        "");
  CHECK(joined_reasoning({"[{\"type\":\"a\"}" + repeated(",{\"type\":\"a\"}", 30'000) + "]"}) ==
        "");
  std::string members = "[{\"index\":0";
  for (int i = 0; i < 3000; ++i) members += ",\"m" + std::to_string(i) + "\":0";
  CHECK(joined_reasoning({"[{\"index\":0}]", members + "}]"}) == "");
  std::vector<std::string> streamed(5000,
                                    R"([{"type":"reasoning.text","text":"word ","index":0}])");
  CHECK(joined_reasoning(streamed).size() > 25'000);
}
