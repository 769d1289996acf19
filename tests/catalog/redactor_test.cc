#include "catalog/redactor.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <string>
#include <vector>

#include "catalog/base64.h"
#include "catalog/url.h"

namespace {

using catalog::RedactedStream;
using catalog::Redactor;
using catalog::Secret;

const std::string key = "sk-test-0123456789abcdef";
const std::string odd_key = R"(k/y+with "every\sign"=%)";

struct Knowing : Redactor {
  Knowing(std::initializer_list<std::string> secrets) {
    for (const std::string& secret : secrets) add(Secret(secret));
  }
};

std::string spelled(const std::string& text, const char* each) {
  std::string out;
  for (const char c : text) {
    char bytes[16];
    std::snprintf(bytes, sizeof bytes, each, static_cast<unsigned char>(c));
    out += bytes;
  }
  return out;
}

std::string url_alphabet(std::string text) {
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

// As a text may hold `secret`, each with the longest part of it that may be left.
std::vector<std::string> dresses(const std::string& secret) {
  return {secret,
          spelled(secret, "%02x"),
          spelled(secret, "%02X"),
          spelled(secret, "%%%02X"),
          spelled(secret, "%%%02x"),
          spelled(secret, "%%25%02x"),
          spelled(secret, "\\u%04x"),
          spelled(secret, "\\u%04X"),
          spelled(secret, "\\\\u%04x"),
          spelled(secret, "\\x%02x"),
          catalog::percent_encoded(secret),
          catalog::percent_encoded(catalog::percent_encoded(secret)),
          replaced(secret, "s", "\\u0073"),
          replaced(secret, "1", "%31"),
          catalog::base64_encoded(secret),
          catalog::base64_encoded("Bearer " + secret),
          catalog::base64_encoded("a:" + secret + ":b"),
          catalog::base64_encoded("abc" + secret + "c"),
          url_alphabet(catalog::base64_encoded("x" + secret)),
          url_alphabet(catalog::base64_encoded("xy" + secret))};
}

// What of `text` stands unchanged at its two ends in `redacted`, beside the replacement.
std::string left(const std::string& redacted) { return replaced(redacted, "[redacted]", "|"); }

}  // namespace

TEST_CASE("a key is replaced wherever it stands in a text") {
  const Knowing redactor{key};
  CHECK(redactor.redacted(key) == "[redacted]");
  CHECK(redactor.redacted("Bearer " + key + ": refused") == "Bearer [redacted]: refused");
  CHECK(redactor.redacted(key + key + " " + key) == "[redacted][redacted] [redacted]");
  CHECK(redactor.redacted("nothing here") == "nothing here");
  CHECK(redactor.redacted("") == "");
}

TEST_CASE("every known key is replaced, a longer one whole") {
  const Knowing redactor{key, "another-secret-value", key + "-and-more"};
  CHECK(redactor.redacted("another-secret-value and " + key) == "[redacted] and [redacted]");
  CHECK(redactor.redacted(key + "-and-more.") == "[redacted].");
}

TEST_CASE("a text is touched exactly when a key stands in it") {
  const Knowing redactor{key};
  CHECK(redactor.touches("x" + key + "y"));
  CHECK_FALSE(redactor.touches(key.substr(1)));
  CHECK_FALSE(redactor.touches(key.substr(0, key.size() - 1)));
  CHECK_FALSE(redactor.touches(""));
  CHECK_FALSE(Redactor().touches(key));
}

TEST_CASE("short secrets are left in texts: local gateways take \"x\" as a key") {
  const Knowing redactor{"x", "fifteen-letters", ""};
  CHECK(redactor.redacted("x marks fifteen-letters") == "x marks fifteen-letters");
  CHECK_FALSE(redactor.touches("x"));
  CHECK(Knowing{"sixteen--letters"}.redacted("sixteen--letters") == "[redacted]");
}

TEST_CASE("a key is found in every dress, at every offset, and nothing but its ends is left") {
  for (const std::string& secret : {key, odd_key, std::string("sixteen--letters")}) {
    const Knowing redactor{secret};
    for (const std::string& dress : dresses(secret)) {
      for (std::size_t offset = 0; offset < 40; ++offset) {
        const std::string before(offset, '.');
        const std::string text = redactor.redacted(before + dress + " after");
        CAPTURE(dress);
        CAPTURE(text);
        CHECK(text.find("[redacted]") != std::string::npos);
        // Base64 keeps what was encoded beside the key, in up to twelve characters on a side.
        CHECK(left(text).size() <= offset + 1 + 6 + 24);
        CHECK(redactor.touches(before + dress));
      }
    }
  }
}

TEST_CASE("what only looks like an escape or a key is left as it is") {
  const Knowing redactor{key};
  std::vector<std::string> texts;
  texts.emplace_back(R"(100% of \n \" %zz %2 \u00 \u12g4 \)");
  texts.push_back(spelled("sk", "%%%02x"));
  texts.push_back(spelled(key.substr(0, 20), "\\u%04x"));
  texts.emplace_back(100'000, '\\');
  texts.back() += "u0073";
  texts.emplace_back(100'000, '%');
  texts.push_back(replaced(std::string(30'000, '.'), ".", "%25"));
  for (const std::string& text : texts) {
    CHECK(redactor.redacted(text) == text);
  }
}

TEST_CASE("a key split over two pieces, wherever, never leaves; everything else does, in order") {
  const Knowing redactor{key};
  for (const std::string& dress : dresses(key)) {
    const std::string text = "is it " + dress + "? s sk \\";
    const std::string whole = redactor.redacted(text);
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      RedactedStream stream(redactor);
      std::string out(stream.feed(text.substr(0, cut)));
      out += stream.feed(text.substr(cut));
      out += stream.rest();
      CAPTURE(cut);
      CHECK(out == whole);
    }
    RedactedStream stream(redactor);
    std::string out;
    for (const char letter : text) out += stream.feed(std::string(1, letter));
    out += stream.rest();
    CHECK(out == whole);
  }
}

TEST_CASE("text that cannot be a key goes on at once, from where it is") {
  const Knowing redactor{key};
  RedactedStream stream(redactor);
  const std::string piece = "data: {\"content\":\"hello\"}\n\n";
  CHECK(stream.feed(piece).data() == piece.data());
  CHECK(stream.feed("a s").size() == 2);  // may be the first letter of the key
  CHECK(stream.feed("olid").size() == 5);
  CHECK(stream.rest().empty());
}

TEST_CASE("a key that is read later is redacted from then on") {
  Redactor redactor;
  const Secret secret(
      catalog::SecretSource{{}, [](const std::stop_token&) { return std::string(key); }});
  redactor.add(secret);
  CHECK_FALSE(redactor.touches(key));
  secret.ask({});
  CHECK(redactor.redacted(key) == "[redacted]");
}
