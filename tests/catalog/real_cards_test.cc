// Cards as they were published, each read as its line in the table beside them says. Names and
// shapes are theirs; hosts are made up, and long texts are cut.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "catalog/agents/card.h"
#include "tests/recording.h"

using namespace catalog;
using nlohmann::json;

namespace {

// id | name | what is called | skills | security, "!" where every call needs it
std::string reading(const std::string& id, const AgentCard& card) {
  const ChosenInterface chosen = choose_interface(card);
  const std::string called =
      chosen.interface ? fmt::format("{} {} {}", chosen.interface->url,
                                     chosen.interface->protocol_binding, name(chosen.version))
                       : "nothing";
  return fmt::format("{} | {} | {} | {} | {}{}", id, card.name, called, card.skills.size(),
                     card.security_required ? "!" : "", fmt::join(card.security, ", "));
}

}  // namespace

TEST_CASE("published cards are read as they are meant") {
  std::map<std::string, std::string> expected;
  std::istringstream table(tests::golden_text("a2a/real-cards.txt"));
  for (std::string line; std::getline(table, line);)
    expected[line.substr(0, line.find(' '))] = line;
  const json cards = json::parse(tests::golden_text("a2a/real-cards.json"));
  CHECK(cards.size() == expected.size());
  for (const json& one : cards) {
    const std::string id = one.at("id");
    const auto url = parse_url(one.at("card_url").get<std::string>());
    REQUIRE(url.has_value());
    CHECK(looks_like_card(one.at("card")));
    std::string read = reading(id, decode_card(one.at("card"), *url));
    while (read.ends_with(' ')) read.pop_back();
    CHECK(read == expected[id]);
  }
}
