#include "catalog/agents/card_pins.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "catalog/agents/directory.h"
#include "catalog/errors.h"
#include "catalog/transfers.h"
#include "tests/upstream.h"

using namespace catalog;
using nlohmann::json;
using tests::Upstream;
using tests::UpstreamRequest;
using tests::Wire;

namespace {

AgentCard usual_card() {
  AgentCard card;
  card.name = "Helper";
  card.provider = "Us";
  card.description = "helps";
  card.interfaces = {{"https://a.example/rpc", "JSONRPC", "1.0", ""}};
  card.security = {"http bearer"};
  return card;
}

}  // namespace

TEST_CASE("a card is pinned on its first use, and what changes is told with both values") {
  const PinStore pins = memory_pins();
  const AgentCard first = usual_card();
  CHECK(card_changes(pins, "local/helper", first).empty());
  AgentCard now = first;
  now.description = "helps even more";  // nothing that matters
  now.skills.push_back({"s", "S", ""});
  CHECK(card_changes(pins, "local/helper", now).empty());

  now.interfaces[0].url = "https://elsewhere.example/rpc";
  now.security = {"apiKey header X-Key"};
  now.security_required = true;
  for (int look = 0; look < 2; ++look) {  // the first pin stands
    const auto changes = card_changes(pins, "local/helper", now);
    REQUIRE(changes.size() == 2);
    CHECK(changes[0] ==
          "interfaces was \"JSONRPC 1.0 https://a.example/rpc\", "
          "is \"JSONRPC 1.0 https://elsewhere.example/rpc\"");
    CHECK(changes[1] == "security was \"http bearer\", is \"apiKey header X-Key (required)\"");
  }
  CHECK(card_changes(pins, "local/other", now).empty());  // each agent has its own
  CHECK(card_changes(pins, "local/helper", first).empty());
}

TEST_CASE("each member that matters is seen to change") {
  struct Case {
    const char* member;
    void (*change)(AgentCard& card);
  };
  const Case cases[] = {
      {"name", [](AgentCard& card) { card.name = "Other"; }},
      {"provider", [](AgentCard& card) { card.provider.clear(); }},
      {"interfaces", [](AgentCard& card) { card.interfaces[0].tenant = "t"; }},
      {"interfaces", [](AgentCard& card) { card.interfaces.push_back(card.interfaces[0]); }},
      {"security", [](AgentCard& card) { card.security_required = true; }},
      {"required extensions", [](AgentCard& card) { card.required_extensions = {"urn:x"}; }},
  };
  for (const Case& one : cases) {
    CAPTURE(one.member);
    const PinStore pins = memory_pins();
    card_changes(pins, "a", usual_card());
    AgentCard now = usual_card();
    one.change(now);
    const auto changes = card_changes(pins, "a", now);
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].rfind(std::string(one.member) + " was ", 0) == 0);
  }
}

TEST_CASE("pins outlive the program where the store does") {
  std::string kept;  // as a state store would hold it
  PinStore store;
  store.recall = [&kept](const std::string&) {
    return kept.empty() ? std::nullopt : std::optional(kept);
  };
  store.keep = [&kept](const std::string&, const std::string& pin) { kept = pin; };
  json card = {{"name", "Helper"}, {"protocolVersion", "0.3.0"}, {"url", "/rpc"}};
  const Upstream host([&card](const UpstreamRequest&, Wire& wire) {
    wire.reply(200, "application/json", card.dump());
  });
  Transfers transfers;
  const auto changes = [&] {  // a new directory each time: a new process
    const auto directory =
        make_cards("local", {{"helper", host.url() + "/card.json", {}}}, transfers, store);
    return directory->agent("helper", {}).card_changes;
  };
  CHECK(changes().empty());
  CHECK(changes().empty());
  card["url"] = "https://elsewhere.example/rpc";
  REQUIRE(changes().size() == 1);
  CHECK(changes()[0].find("https://elsewhere.example/rpc") != std::string::npos);
  kept = "not json";
  CHECK(changes().empty());  // pinned anew
}
