#include "tools/kept_answers.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "catalog/errors.h"
#include "catalog/spend/books.h"
#include "mcp/call.h"
#include "tests/process.h"
#include "tools/paid_call.h"

using tools::KeptAnswers;

namespace {

// The connection of a client that hears everything.
struct Heard : mcp::Connection {
  void write(std::string line) override { lines.push_back(std::move(line)); }
  void notify(std::string) override {}
  bool notify_if_ready(std::string) override { return true; }
  std::vector<std::string> lines;
};

std::shared_ptr<mcp::Call> call_of(const std::shared_ptr<Heard>& client) {
  mcp::CallOrigin origin;
  origin.connection = client;
  origin.client = std::make_shared<mcp::Client>();
  return std::make_shared<mcp::Call>(std::move(origin));
}

}  // namespace

TEST_CASE("a parked answer is taken once, however many ask") {
  const tests::Folder folder;
  KeptAnswers kept(folder.path());
  CHECK_FALSE(kept.any());
  kept.park("digest", {"text", {{"status", "completed"}}});
  CHECK(kept.any());
  CHECK_FALSE(kept.take("another"));
  std::atomic<int> taken{0};
  {
    std::vector<std::jthread> askers;
    for (int i = 0; i < 8; ++i) {
      askers.emplace_back([&] { taken += kept.take("digest") ? 1 : 0; });
    }
  }
  CHECK(taken == 1);
  CHECK_FALSE(kept.any());
}

TEST_CASE("a key belongs to one call of one principal") {
  const tests::Folder folder;
  KeptAnswers kept(folder.path());
  const std::string id = KeptAnswers::id_of("ada", "k");
  CHECK(id != KeptAnswers::id_of("", "k"));
  CHECK_FALSE(kept.claim(id, "digest"));
  CHECK_THROWS_AS(kept.claim(id, "digest"), catalog::Refused);  // it still runs
  kept.give_back(id);
  CHECK_FALSE(kept.claim(id, "digest"));
  kept.keep(id, "digest", {"text", nullptr});
  CHECK(kept.claim(id, "digest")->text == "text");
  CHECK_THROWS_AS(kept.claim(id, "other"), catalog::Refused);
  CHECK_THROWS_AS(KeptAnswers("").claim(id, "digest"), catalog::Refused);
}

TEST_CASE("an answer that nobody was there to take is given to the next identical call, free") {
  const tests::Folder folder;
  tools::Settings settings;
  settings.state_folder = folder.path();
  tools::Program program(std::move(settings), true);
  int bought = 0;
  const auto invoke = [&](bool client_goes) {
    const auto client = std::make_shared<Heard>();
    const auto call = call_of(client);
    const tools::Buying buying{
        "invoke", {}, [] { return std::string("the same arguments"); }, [] { return true; }};
    const auto reply = tools::bought_once(program, *call, buying, [&] {
      ++bought;
      tools::AnswerResult result;
      result.status = "completed";
      result.text = "paid for";
      result.cost_usd = 0.5;
      return tools::Reply<tools::AnswerResult>{result, "paid for [$0.5]"};
    });
    if (client_goes) call->cancel();
    call->answer(
        mcp::dump(mcp::OrderedJson{{"result",
                                    {{"content", {{{"type", "text"}, {"text", reply.text}}}},
                                     {"structuredContent", mcp::encode(reply.structured)}}}}));
    return reply.structured;
  };
  CHECK_FALSE(invoke(true).replayed);
  const auto second = invoke(false);
  CHECK(second.replayed == true);
  CHECK(second.text == "paid for");
  CHECK(second.cost_usd == 0);
  CHECK(bought == 1);
  CHECK_FALSE(invoke(false).replayed);  // it was delivered: the next one buys
  CHECK_FALSE(invoke(false).replayed);
  CHECK(bought == 3);
}
