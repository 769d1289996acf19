// Cards as they were published, each read as its line in the table beside them says (names and
// shapes are theirs; hosts are made up, and long texts are cut); and the cards that agents of the
// SDKs serve, fetched over a socket.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "catalog/agents/card.h"
#include "catalog/agents/card_fetch.h"
#include "catalog/errors.h"
#include "tests/recording.h"
#include "tests/upstream.h"

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

TEST_CASE("what agents of the SDKs serve where their card may lie") {
  struct Case {
    const char* recorded;
    const char* read;  // interfaces, and the version to be spoken; or the kind of the error
  };
  const Case cases[] = {
      {"adk-card", "2 0.3"},
      {"c03-card", "4 1.0"},
      {"c03-card-hdr-03", "4 1.0"},  // what a client of 0.3 is shown speaks of both
      {"c03-card-hdr-10", "4 1.0"},
      {"c03-card-hdr-none", "4 1.0"},
      {"c03-card-old", "not_found"},
      {"r025-card", "not_found"},
      {"r03-card", "2 0.3"},
      {"r03-card-old", "not_found"},
      {"v1-card", "2 1.0"},
      {"v1-card-conditional-304", "malformed"},  // nobody asked for that
      {"v1-card-legacy-path-404", "not_found"},
  };
  for (const Case& one : cases) {
    CAPTURE(std::string(one.recorded));
    const auto recorded = tests::recording(fmt::format("a2a/recorded/{}.json", one.recorded));
    const tests::Upstream upstream(
        [&](const tests::UpstreamRequest&, tests::Wire& wire) { tests::replay(recorded, wire); });
    Transfers transfers;
    std::string read;
    try {
      const AgentCard card =
          fetch_card(upstream.url() + "/card.json", nullptr, transfers, {}, false).card;
      read = fmt::format("{} {}", card.interfaces.size(), name(choose_interface(card).version));
    } catch (const UpstreamError& error) {
      read = name(error.kind);
    }
    CHECK(read == one.read);
  }
}
