#include "catalog/secret.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <ostream>
#include <random>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "tests/build.h"

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

namespace {

// How often the text lies in the memory of this process that can be written to. It is given in
// disguise, so that the question is not an answer.
int times_in_memory(const std::string& disguised, char mask) {
  std::ifstream maps("/proc/self/maps");
  const int memory = ::open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  int times = 0;
  for (std::string line; std::getline(maps, line);) {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx", &begin, &end) != 2) continue;
    const std::size_t size = end - begin;
    if (line.find(" rw-p") == std::string::npos || size > (256U << 20)) continue;
    // A shared mapping is none of those that are searched: what was read is not found once more.
    void* const place =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(place != MAP_FAILED);
    char* const bytes = static_cast<char*>(place);
    const ssize_t got = ::pread(memory, bytes, size, static_cast<off_t>(begin));
    std::for_each(bytes, bytes + size,
                  [mask](char& byte) { byte = static_cast<char>(byte ^ mask); });
    const std::string_view text(bytes, got > 0 ? static_cast<std::size_t>(got) : 0);
    for (auto at = text.find(disguised); at != std::string_view::npos;
         at = text.find(disguised, at + 1)) {
      ++times;
    }
    ::munmap(place, size);
  }
  ::close(memory);
  return times;
}

}  // namespace

// What curl, OpenSSL and the heap of a program that was asked for the key copied is not ours to
// wipe; the README says so.
TEST_CASE("M11: of a key that is not used any more nothing is left in memory") {
  if (tests::build::sanitized) {
    MESSAGE("skipped: the memory of a program with sanitizers is too large to be read");
    return;
  }
  constexpr char mask = 0x5A;
  std::random_device random;
  std::string disguised;
  for (int i = 0; i < 64; ++i) disguised += static_cast<char>('a' + random() % 26);
  std::string plain;
  plain.reserve(disguised.size());
  for (const char c : disguised) plain += static_cast<char>(c ^ mask);
  {
    const Secret secret(std::move(plain));
    const Secret copy = secret;
    CHECK(times_in_memory(disguised, mask) == 1);
  }
  CHECK(times_in_memory(disguised, mask) == 0);
}
