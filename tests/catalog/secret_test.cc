#include "catalog/secret.h"

#include <doctest/doctest.h>

#include <atomic>
#include <ostream>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "catalog/errors.h"

namespace {

using catalog::Cancelled;
using catalog::Kind;
using catalog::Refused;
using catalog::Secret;
using catalog::SecretSource;

const std::string key = "sk-test-0123456789abcdef";

template <typename T, typename = void>
struct Streams : std::false_type {};
template <typename T>
struct Streams<T, std::void_t<decltype(std::declval<std::ostream&>() << std::declval<T>())>>
    : std::true_type {};

static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::is_convertible_v<std::string, Secret>);
static_assert(!Streams<Secret>::value);

}  // namespace

TEST_CASE("a key survives being copied and can be asked for by name only") {
  const Secret secret(key);
  Secret copy = secret;
  {
    const Secret other = copy;
    CHECK(other.reveal() == key);
  }
  CHECK(copy.reveal() == key);
  CHECK_FALSE(copy.empty());
  copy = Secret();
  CHECK(copy.empty());
  CHECK(secret.reveal() == key);
}

TEST_CASE("a key that is read when it is needed is read once, whoever asks") {
  std::atomic<int> reads = 0;
  const Secret secret(SecretSource{{}, [&](const std::stop_token&) {
                                     ++reads;
                                     std::this_thread::sleep_for(std::chrono::milliseconds(20));
                                     return key;
                                   }});
  CHECK_FALSE(secret.empty());
  CHECK(secret.reveal().empty());
  std::string heard;
  secret.when_read([&](std::string_view value) { heard = value; });
  CHECK(reads == 0);
  std::vector<std::jthread> callers;
  std::atomic<int> same = 0;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([copy = secret, &same](std::stop_token stop) {
      copy.ask(stop);
      if (copy.reveal() == key) ++same;
    });
  }
  for (std::jthread& caller : callers) caller.join();
  CHECK(same == 8);
  CHECK(reads == 1);
  CHECK(heard == key);
}

TEST_CASE("a source that fails is not asked again for each of many calls") {
  int reads = 0;
  const Secret secret(SecretSource{{}, [&](const std::stop_token&) -> std::string {
                                     ++reads;
                                     throw Refused(Kind::unauthorized, "the keyring is locked");
                                   }});
  for (int i = 0; i < 5; ++i)
    CHECK_THROWS_WITH_AS(secret.ask({}), "the keyring is locked", Refused);
  CHECK(reads == 1);
  CHECK(secret.reveal().empty());
}

TEST_CASE("who waits for a key that another thread reads can be cancelled") {
  std::atomic<bool> reading = false;
  const Secret secret(SecretSource{{}, [&](const std::stop_token& stop) -> std::string {
                                     reading = true;
                                     while (!stop.stop_requested()) std::this_thread::yield();
                                     throw Cancelled();
                                   }});
  std::jthread reader([&](std::stop_token stop) { CHECK_THROWS_AS(secret.ask(stop), Cancelled); });
  while (!reading) std::this_thread::yield();
  std::stop_source cancelled;
  cancelled.request_stop();
  CHECK_THROWS_AS(secret.ask(cancelled.get_token()), Cancelled);
  reader.request_stop();
  reader.join();
  CHECK_FALSE(secret.empty());
}

TEST_CASE("a source that has nothing is no key, until it has one") {
  bool there = false;
  const Secret secret(
      SecretSource{[&] { return there; }, [](const std::stop_token&) { return key; }});
  CHECK(secret.empty());
  there = true;
  CHECK_FALSE(secret.empty());
  secret.ask({});
  there = false;
  CHECK(secret.reveal() == key);
  CHECK_FALSE(secret.empty());
}
