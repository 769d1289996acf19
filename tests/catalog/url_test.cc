#include "catalog/url.h"

#include <doctest/doctest.h>

#include <string>

namespace {

using catalog::parse_url;
using catalog::resolve_url;

struct Good {
  const char* text;
  const char* normalised;
  const char* origin;
};

constexpr Good good[] = {
    {"http://example.com", "http://example.com/", "http://example.com:80"},
    {"HTTPS://ExAmple.COM/A/b?Q=1#part", "https://example.com/A/b?Q=1", "https://example.com:443"},
    {"https://example.com:443/x", "https://example.com/x", "https://example.com:443"},
    {"https://example.com:8443/x", "https://example.com:8443/x", "https://example.com:8443"},
    {"http://example.com:/x", "http://example.com/x", "http://example.com:80"},
    {"http://example.com?x=1", "http://example.com/?x=1", "http://example.com:80"},
    {"http://example.com/a/../b/./c", "http://example.com/b/c", "http://example.com:80"},
    {"http://example.com/m%C3%BC?\xC3\xBC", "http://example.com/m%C3%BC?%C3%BC",
     "http://example.com:80"},
    {"http://exa_mple-1.com./", "http://exa_mple-1.com./", "http://exa_mple-1.com.:80"},
    {"http://%65xample.com/", "http://example.com/", "http://example.com:80"},
    // Every spelling of an address is told as the address it is.
    {"http://127.0.0.1/", "http://127.0.0.1/", "http://127.0.0.1:80"},
    {"http://0x7f000001/", "http://127.0.0.1/", "http://127.0.0.1:80"},
    {"http://2130706433/", "http://127.0.0.1/", "http://127.0.0.1:80"},
    {"http://127.1/", "http://127.0.0.1/", "http://127.0.0.1:80"},
    {"http://0300.0250.1/", "http://192.168.0.1/", "http://192.168.0.1:80"},
    {"http://[::1]:8080/", "http://[::1]:8080/", "http://[::1]:8080"},
    {"http://[0:0:0:0:0:0:0:1]/", "http://[::1]/", "http://[::1]:80"},
    {"http://[2001:DB8::A]/", "http://[2001:db8::a]/", "http://[2001:db8::a]:80"},
};

constexpr const char* bad[] = {
    "",
    "example.com",
    "//example.com/x",
    "/x",
    "http:",
    "http://",
    "http:///example.com",
    "http:/example.com",
    "http:example.com",
    "http:\\\\example.com",
    "http://example.com\\@evil.com/",
    "ftp://example.com/",
    "gopher://example.com/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "http://user@example.com/",
    "http://user:password@example.com/",
    "http://127.0.0.1@evil.com/",
    "http://example.com:0/",
    "http://example.com:65536/",
    "http://example.com:99999999999/",
    "http://example.com:-1/",
    "http://example.com:x/",
    "http://exa mple.com/",
    "http://example.com/a b",
    " http://example.com/",
    "http://example.com/\n",
    "http://example.com/\r\nX: y",
    "http://a..b/",
    "http://.a/",
    "http://a;b/",
    "http://[::1/",
    "http://[::1]x/",
    "http://[fe80::1%25eth0]/",
    "http://256.1.1.1/",
    "http://1.2.3.4.5/",
    "http://ex%00ample.com/",
    "http://ex%2Fample.com/",
    "http://m\xC3\xBCnchen.example/",
};

struct Reference {
  const char* reference;
  const char* resolved;  // nullptr: nothing
};

// Seen from https://a.com:8443/b/c/d;p?q
constexpr Reference references[] = {
    {"x", "https://a.com:8443/b/c/x"},
    {"./x", "https://a.com:8443/b/c/x"},
    {"x/", "https://a.com:8443/b/c/x/"},
    {"/x", "https://a.com:8443/x"},
    {"../x", "https://a.com:8443/b/x"},
    {"../../../../x", "https://a.com:8443/x"},
    {"x?y=1#z", "https://a.com:8443/b/c/x?y=1"},
    {"?y", "https://a.com:8443/b/c/d;p?y"},
    {"//h.com/x", "https://h.com/x"},
    {"", "https://a.com:8443/b/c/d;p?q"},
    {"#part", "https://a.com:8443/b/c/d;p?q"},
    {"http://b.com/c", "http://b.com/c"},
    {"HTTP://B.com", "http://b.com/"},
    {"x:y", nullptr},
    {"mailto:a@b.com", nullptr},
    {"javascript:alert(1)", nullptr},
    {"file:///etc/passwd", nullptr},
    {"localhost:8080/x", nullptr},
    {"http:///evil.com", nullptr},
    {"///evil.com", nullptr},
    {"http://user@evil.com/", nullptr},
    {"//user@evil.com/", nullptr},
    {"/\\evil.com", nullptr},
    {"\\\\evil.com", nullptr},
    {" x", nullptr},
    {"x\ny", nullptr},
};

}  // namespace

TEST_CASE("URLs are normalised, and their origin always names the port") {
  for (const Good& row : good) {
    CAPTURE(std::string(row.text));
    const auto url = parse_url(row.text);
    REQUIRE(url);
    CHECK(url->text == row.normalised);
    CHECK(url->origin() == row.origin);
    const auto again = parse_url(url->text);
    REQUIRE(again);
    CHECK(again->text == url->text);
  }
}

TEST_CASE("the parts of a URL") {
  const auto url = parse_url("https://[2001:db8::1]:8443/v1/cards?x=1");
  REQUIRE(url);
  CHECK(url->scheme == "https");
  CHECK(url->host == "2001:db8::1");
  CHECK(url->port == 8443);
  CHECK(url->path == "/v1/cards");
}

TEST_CASE("what is not plainly an absolute http URL is nothing") {
  for (const char* text : bad) {
    CAPTURE(std::string(text));
    CHECK_FALSE(parse_url(text));
  }
  CHECK_FALSE(parse_url(std::string_view("http://a.com/\0x", 15)));
  CHECK_FALSE(parse_url("http://a.com/" + std::string(10'000, 'x')));
}

TEST_CASE("references are resolved, unless they lead out of http") {
  const auto base = parse_url("https://a.com:8443/b/c/d;p?q#r");
  REQUIRE(base);
  for (const Reference& row : references) {
    CAPTURE(std::string(row.reference));
    const auto url = resolve_url(*base, row.reference);
    CHECK(url.has_value() == (row.resolved != nullptr));
    if (url && row.resolved != nullptr) CHECK(url->text == row.resolved);
  }
}

TEST_CASE("loopback is a short list of names") {
  for (const char* host : {"127.0.0.1", "::1", "localhost", "gateway.localhost"}) {
    CAPTURE(std::string(host));
    CHECK(catalog::is_loopback(host));
  }
  for (const char* host : {"127.0.0.2", "0.0.0.0", "::", "localhost.evil.com", "notlocalhost",
                           "127.0.0.1.nip.io", "localhost.", "", "192.168.0.1"}) {
    CAPTURE(std::string(host));
    CHECK_FALSE(catalog::is_loopback(host));
  }
}

TEST_CASE("percent encoding leaves only unreserved characters") {
  CHECK(catalog::percent_encoded("aZ09-._~") == "aZ09-._~");
  CHECK(catalog::percent_encoded("../x?y#z &+%") == "..%2Fx%3Fy%23z%20%26%2B%25");
  CHECK(catalog::percent_encoded("\xC3\xBC\r\n") == "%C3%BC%0D%0A");
  CHECK(catalog::percent_encoded(std::string_view("\0", 1)) == "%00");
  CHECK(catalog::percent_encoded("") == "");
}
