// What a call may cost, who is asked, what is said when it may not be made, and what becomes of the
// money that was put aside.
#include "catalog/spend/purse.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/catalog/purse_rig.h"
#include "tests/process.h"

using namespace std::chrono_literals;
using catalog::Answer;
using catalog::Billed;
using catalog::Books;
using catalog::Budgets;
using catalog::dollars;
using catalog::Kind;
using catalog::Money;
using catalog::Payer;
using catalog::Purchase;
using catalog::Purse;
using catalog::Quote;
using catalog::Refused;
using catalog::ReportQuery;
using catalog::ReportRow;
using catalog::UpstreamError;
using tests::answer;
using tests::has;
using tests::quote;
using Rig = tests::PurseRig;

TEST_CASE("without a budget: a dollar a call unasked, three a minute, ten a day") {
  Rig rig;
  const auto dear = rig.buy(quote(1.5), 0.1);
  REQUIRE(dear);
  CHECK(has(dear->what_happened, "may cost up to $1.5, above what may be spent unasked of $1"));
  CHECK(has(dear->advice, "max_tokens 666 would fit"));
  CHECK(has(dear->advice, "max_cost_usd 1.5"));
  CHECK_FALSE(rig.buy(quote(1.5), 1.5, rig.purse(2)));
  CHECK_FALSE(rig.buy(quote(1), 1));
  const auto loop = rig.buy(quote(1), 1);
  REQUIRE(loop);
  CHECK(has(loop->what_happened, "$0.5 is left of the minute's budget of $3"));
  CHECK(has(loop->advice, "wait a minute"));
  for (int i = 0; i < 7; ++i) {
    rig.now += 70'000;
    CHECK_FALSE(rig.buy(quote(1), 1));
  }
  rig.now += 70'000;
  const auto day = rig.buy(quote(1), 1);
  REQUIRE(day);
  CHECK(has(day->what_happened, "$0.5 is left of the day's budget of $10"));
  CHECK(has(day->advice, "budgets.day_usd"));
  CHECK_FALSE(rig.buy(quote(0.4), 0.4));
  rig.now += 24 * 3'600'000;
  CHECK_FALSE(rig.buy(quote(1), 1));
}

TEST_CASE("L01: what the caller allows is a limit, and the configuration's own is a harder one") {
  Budgets budgets;
  budgets.call = dollars(0.5);
  Rig rig(budgets);
  const auto above = rig.buy(quote(0.4), 0.1, rig.purse(0.2));
  REQUIRE(above);
  CHECK(has(above->what_happened, "above max_cost_usd of $0.2"));
  CHECK(has(above->advice, "max_tokens 500 would fit"));
  const auto hard = rig.buy(quote(0.6), 0.1, rig.purse(5));
  REQUIRE(hard);
  CHECK(has(hard->advice, "budgets.call_usd"));
  CHECK_FALSE(rig.buy(quote(0.5), 0.1));
}

TEST_CASE("a price that is not known is asked about, refused or allowed, never zero") {
  const Quote unknown;
  Rig rig;
  const auto refused = rig.buy(unknown, 0.1);
  REQUIRE(refused);
  CHECK(has(refused->what_happened, "what a/b costs is not known"));
  CHECK(has(refused->advice, "max_cost_usd"));
  Quote misspelt;
  misspelt.missing = true;
  misspelt.hint = "Did you mean a/c?";
  const auto slip = rig.buy(misspelt, 0.1);
  REQUIRE(slip);
  CHECK(has(slip->advice, "Did you mean a/c?"));
  CHECK(has(slip->what_happened, "a/b is not in the catalogue"));
  misspelt.unpriced = "d/e";
  CHECK(has(rig.buy(misspelt, 0.1)->what_happened, "d/e is not in the catalogue"));
  Quote varying;
  varying.unpriced = "r/router";
  CHECK(has(rig.buy(varying, 0.1)->what_happened, "what r/router costs is not known"));
  {
    Purse given = rig.purse(0.3);
    Purchase one(&given, "gateway", unknown);
    CHECK(rig.all().aside == dollars(0.3));
    one.settle(answer(0.02));
  }
  CHECK(rig.all().spent == dollars(0.02));
  std::string asked;
  CHECK_FALSE(rig.buy(unknown, 0.1, rig.purse({}, [&](const std::string& question) {
    asked = question;
    return true;
  })));
  CHECK(asked == "Call a/b? What a/b costs is not known.");

  Budgets budgets;
  budgets.unknown_price = catalog::UnknownPrice::refuse;
  Rig strict(budgets);
  CHECK(strict.buy(unknown, 0.1, strict.purse({}, [](const std::string&) { return true; })));
  budgets.unknown_price = catalog::UnknownPrice::allow;
  budgets.day = dollars(0.05);
  Rig open(budgets);
  CHECK_FALSE(open.buy(unknown, 0.06));
  CHECK(open.buy(unknown, 0.1));  // what it cost was counted
}

TEST_CASE("where nothing is allowed, nothing of an unknown price is bought, and what is free is") {
  const Quote unknown;
  Rig rig;
  const auto nothing = rig.buy(unknown, 0.1, rig.purse(0));
  REQUIRE(nothing);
  CHECK(has(nothing->what_happened, "what a/b costs is not known, and nothing is allowed"));
  CHECK_FALSE(rig.buy(quote(0), 0, rig.purse(0)));
  Purse once = rig.purse(0.3);
  {
    Purchase first(&once, "gateway", unknown);
    first.sent();
    first.settle(answer(0.3));
  }
  const auto refused = [&](const Quote& what) {
    try {
      Purchase second(&once, "gateway", what);
    } catch (const Refused& refusal) {
      return refusal.what_happened;
    }
    return std::string();
  };
  CHECK(has(refused(unknown), "nothing is left of max_cost_usd"));
  CHECK(refused(quote(0)).empty());
  CHECK(rig.all().spent == dollars(0.3));
  Budgets budgets;
  budgets.call = Money{};
  Rig shut(budgets);
  CHECK(shut.buy(unknown, 0.1, shut.purse(1)));
}

TEST_CASE("a purse knows whether the call has bought anything") {
  Rig rig;
  Purse purse = rig.purse();
  { Purchase never_sent(&purse, "gateway", quote(0.1)); }
  CHECK_FALSE(purse.bought());
  {
    Purchase refused(&purse, "gateway", quote(0.1));
    refused.sent();
    CHECK(purse.bought());
    refused.came_to_nothing();  // a 429: it is sent again later
    CHECK_FALSE(purse.bought());
    refused.sent();
    refused.failed(UpstreamError(Kind::rate_limited, "429"));
  }
  CHECK_FALSE(purse.bought());
  CHECK(rig.all().calls == 0);
  {
    Purchase cancelled(&purse, "gateway", quote(0.1));
    cancelled.sent();
  }
  CHECK(purse.bought());
}

TEST_CASE("a dear call is made when the person agrees, and not otherwise") {
  Rig rig;
  CHECK_FALSE(rig.buy(quote(2), 2, rig.purse({}, [](const std::string&) { return true; })));
  const auto declined = rig.buy(quote(2), 2, rig.purse({}, [](const std::string& question) {
    CHECK(question == "Call a/b? This call may cost up to $2.");
    return false;
  }));
  REQUIRE(declined);
  CHECK(has(declined->what_happened, "the user declined"));
  CHECK(rig.all().spent == dollars(2));
}

TEST_CASE(
    "L11: free calls pass whatever is left, write nothing that waits, and count all the same") {
  Budgets budgets;
  budgets.day = Money{};
  Rig rig(budgets);
  CHECK(rig.buy(quote(0.01), 0.01));
  CHECK_FALSE(rig.buy(quote(0), 0));
  CHECK(rig.all().calls == 1);
  CHECK_FALSE(rig.buy(quote(0), 0.02));  // billed all the same
  CHECK(rig.all().spent == dollars(0.02));
}

TEST_CASE("budgets of one target, and of one gateway") {
  Budgets budgets;
  budgets.per_day = {{"a/b", dollars(0.3)}, {"gateway", dollars(10)}};
  Rig rig(budgets);
  CHECK_FALSE(rig.buy(quote(0.2), 0.2));
  const auto refused = rig.buy(quote(0.2), 0.2);
  REQUIRE(refused);
  CHECK(has(refused->advice, "budgets.per_day_usd.a/b"));
}

TEST_CASE("somebody is told at 50, 80 and 100 percent, once each") {
  Budgets budgets;
  budgets.day = dollars(1);
  budgets.minute.reset();
  Rig rig(budgets);
  std::vector<std::string> told;
  for (int i = 0; i < 10; ++i) {
    CHECK_FALSE(rig.buy(quote(0.1), 0.1));
    told.insert(told.end(), rig.alerts.begin(), rig.alerts.end());
  }
  REQUIRE(told.size() == 3);
  CHECK(told[0] == "50 % of the day's budget is gone: $0.5 of $1");
  CHECK(told[1] == "80 % of the day's budget is gone: $0.8 of $1");
  CHECK(told[2] == "100 % of the day's budget is gone: $1 of $1");
}

TEST_CASE("L19: the gateway's cost counts, and what it is above the list is told once") {
  Rig rig;
  Purse purse = rig.purse();
  const auto buy = [&](double cost, double listed) {
    Answer billed = answer(cost);
    billed.listed_usd = listed;
    Purchase one(&purse, "gateway", quote(0.1));
    one.sent();
    one.settle(billed);
  };
  buy(0.0104, 0.01);
  CHECK(purse.alerts().empty());
  buy(0.005, 0.01);  // what is cached costs less
  CHECK(purse.alerts().empty());
  for (int i = 0; i < 3; ++i) buy(0.03, 0.01);
  REQUIRE(purse.alerts().size() == 1);
  CHECK(purse.alerts()[0] ==
        "gateway billed $0.03 for a/b, where the catalogue's price comes to $0.01");
  CHECK(rig.all().spent == dollars(0.0104 + 0.005 + 0.09));
  CHECK(rig.books.above_listed("gateway", 0) == dollars(0.06));
}

TEST_CASE("what nobody says of a purchase is told by how far it came") {
  Rig rig;
  Purse purse = rig.purse();
  { Purchase refused_below(&purse, "gateway", quote(0.1)); }
  CHECK(rig.all().calls == 0);
  {
    Purchase cancelled(&purse, "gateway", quote(0.1));
    cancelled.sent();
  }
  CHECK(rig.all().unknown == dollars(0.1));
  {
    Purchase failed(&purse, "gateway", quote(0.2));
    failed.sent();
    failed.failed(UpstreamError(Kind::rate_limited, "429"));
  }
  CHECK(rig.all().unknown == dollars(0.1));
  UpstreamError spent(Kind::empty, "nothing but thoughts");
  spent.billed = Billed::yes;
  {
    Purchase failed(&purse, "gateway", quote(0.2));
    failed.sent();
    failed.reported(0.15);
    failed.failed(spent);
  }
  CHECK(rig.all().spent == dollars(0.15));
  {
    Quote by_the_call = quote(0.05);
    by_the_call.max_tokens.reset();
    Purchase agent(&purse, "gateway", by_the_call);
    agent.sent();
    agent.failed(spent);
  }
  CHECK(rig.all().estimated == dollars(0.05));
}

TEST_CASE("J05: a ledger that cannot be written refuses paid calls, and only those") {
  tests::Folder folder;
  const std::string file = folder.path() + "/no-folder";
  std::ofstream(file) << "a file where the folder should be";
  Rig rig({}, file + "/patchbay");
  Purse purse = rig.purse();
  CHECK_THROWS_AS(Purchase(&purse, "gateway", quote(0.1)), UpstreamError);
  CHECK_FALSE(rig.buy(quote(0), 0));
  std::filesystem::remove(file);  // it is tried again by the next call
  CHECK_FALSE(rig.buy(quote(0.1), 0.1));
}

TEST_CASE(
    "J03: a disk that fills up before the settlement: nothing is bought until the cost is "
    "written") {
  tests::Folder folder;
  Rig rig({}, folder.path());
  Purse purse = rig.purse();
  Purchase one(&purse, "gateway", quote(0.1));
  one.sent();
  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  rlimit usual{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &usual) == 0);
  const rlimit tight{1024, usual.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
  one.settle(answer(0.04));
  CHECK_THROWS_AS(Purchase(&purse, "gateway", quote(0.1)), UpstreamError);
  ::setrlimit(RLIMIT_FSIZE, &usual);
  std::signal(SIGXFSZ, before);
  CHECK(rig.all().spent == dollars(0.04));
  CHECK(rig.all().calls == 1);
}

TEST_CASE("L03: what the settlement frees is there at once, and on disk within a moment") {
  tests::Folder folder;
  Budgets budgets;
  budgets.day = dollars(1);
  Rig rig(budgets, folder.path());
  for (int i = 0; i < 5; ++i) CHECK_FALSE(rig.buy(quote(0.9), 0.01));
  Rig other(budgets, folder.path());
  ReportRow seen;
  for (int i = 0; i < 100 && seen.calls < 5; ++i) {
    std::this_thread::sleep_for(10ms);
    seen = other.all();
    if (seen.aside > Money{}) seen.calls = 0;
  }
  CHECK(seen.spent == dollars(0.05));
}

TEST_CASE(
    "the only call of a short run, that nothing was put aside for, is in the ledger after it") {
  tests::Folder folder;
  Quote unlisted;
  unlisted.unlisted = true;  // an agent's that names no price
  CHECK_FALSE(Rig({}, folder.path()).buy(unlisted, 0.02));
  CHECK(Rig({}, folder.path()).all().spent == dollars(0.02));
}

TEST_CASE("L23: what a call cost is asked for when it ended without saying so") {
  Rig rig;
  std::atomic<int> asked{0};
  rig.books.ask_with([&](const std::string& gateway, const std::string& generation,
                         std::stop_token) -> std::optional<Money> {
    CHECK(gateway == "gateway");
    CHECK(generation == "gen-7");
    return ++asked < 2 ? std::nullopt : std::optional(dollars(0.03));
  });
  {
    Purse purse = rig.purse();
    Purchase cancelled(&purse, "gateway", quote(0.1));
    cancelled.sent();
    cancelled.generation("gen-7");
  }
  for (int i = 0; i < 500 && rig.all().spent == Money{}; ++i) std::this_thread::sleep_for(10ms);
  CHECK(rig.all().spent == dollars(0.03));
  CHECK(rig.all().unknown == Money{});
}

TEST_CASE("what a caller allows is for all purchases of the call together") {
  Rig rig;
  Purse purse = rig.purse(1.0);
  {
    Purchase first(&purse, "gateway", quote(0.9));
    first.sent();
    first.settle(answer(0.3));
  }
  {
    Purchase second(&purse, "gateway", quote(0.6));
    second.sent();
    second.failed(UpstreamError(Kind::truncated, "it broke off"));  // not billed
  }
  {
    Purchase third(&purse, "gateway", quote(0.6));
    third.sent();  // and nothing is heard of it
  }
  Purse next_round = rig.purse(1.0);
  next_round.has_used(purse.used());
  CHECK_THROWS_AS(Purchase(&next_round, "gateway", quote(0.2)), Refused);
  try {
    Purchase fourth(&purse, "gateway", quote(0.2));
    FAIL("bought");
  } catch (const Refused& refused) {
    CHECK(refused.kind == Kind::over_budget);
    CHECK(refused.what_happened.find("left of max_cost_usd") != std::string::npos);
  }
}
