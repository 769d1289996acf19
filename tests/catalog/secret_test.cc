#include "catalog/secret.h"

#include <doctest/doctest.h>

#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

namespace {

using catalog::Redactor;
using catalog::Secret;

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

Redactor with(std::initializer_list<std::string> secrets) {
  Redactor redactor;
  for (const std::string& secret : secrets) redactor.add(Secret(secret));
  return redactor;
}

}  // namespace

TEST_CASE("a key is replaced wherever it stands in a text") {
  const Redactor redactor = with({key});
  CHECK(redactor.redacted(key) == "[redacted]");
  CHECK(redactor.redacted("Bearer " + key + ": refused") == "Bearer [redacted]: refused");
  CHECK(redactor.redacted(key + key + " " + key) == "[redacted][redacted] [redacted]");
  CHECK(redactor.redacted("nothing here") == "nothing here");
  CHECK(redactor.redacted("") == "");
}

TEST_CASE("every known key is replaced") {
  const Redactor redactor = with({key, "another-secret-value"});
  CHECK(redactor.redacted("another-secret-value and " + key) == "[redacted] and [redacted]");
}

TEST_CASE("a text is touched exactly when a key stands in it") {
  const Redactor redactor = with({key});
  CHECK(redactor.touches("x" + key + "y"));
  CHECK_FALSE(redactor.touches(key.substr(1)));
  CHECK_FALSE(redactor.touches(""));
  CHECK_FALSE(Redactor().touches(key));
}

TEST_CASE("short secrets are left in texts: local gateways take \"x\" as a key") {
  const Redactor redactor = with({"x", "fifteen-letters", ""});
  CHECK(redactor.redacted("x marks fifteen-letters") == "x marks fifteen-letters");
  CHECK_FALSE(redactor.touches("x"));
  CHECK(with({"sixteen--letters"}).redacted("sixteen--letters") == "[redacted]");
}

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
