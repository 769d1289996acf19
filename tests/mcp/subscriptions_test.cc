// How many subscriptions may be open at once.
#include "mcp/subscriptions.h"

#include <doctest/doctest.h>

using namespace mcp;

namespace {

struct Nowhere : Connection {
  void write(std::string) override {}
  void notify(std::string) override {}
  bool notify_if_ready(std::string) override { return true; }
};

}  // namespace

TEST_CASE("one principal's subscriptions are bounded, and take nobody else's place") {
  Subscriptions subscriptions;
  const auto connection = std::make_shared<Nowhere>();
  const auto ann = std::make_shared<Peer>(8, "ann");
  const auto also_ann = std::make_shared<Peer>(8, "ann");
  const auto bob = std::make_shared<Peer>(8, "bob");
  for (std::int64_t id = 0; id < static_cast<std::int64_t>(Subscriptions::most); ++id) {
    REQUIRE(subscriptions.open(Id(id), id % 2 == 0 ? ann : also_ann, connection));
  }
  const Id next(std::int64_t{5000});
  CHECK_FALSE(subscriptions.open(next, ann, connection));
  CHECK_FALSE(subscriptions.open(next, also_ann, connection));
  CHECK(subscriptions.open(next, bob, connection));
  subscriptions.end(*ann, Id(std::int64_t{0}));
  CHECK(subscriptions.open(next, also_ann, connection));
}
