#include "catalog/models/retry_after.h"

#include <doctest/doctest.h>

#include <string>

using namespace std::chrono_literals;

TEST_CASE("Retry-After in its two forms, and what is neither") {
  // Sun, 06 Nov 1994 08:49:37 GMT
  const auto now = std::chrono::system_clock::from_time_t(784111777);
  struct Case {
    std::string text;
    std::optional<std::chrono::seconds> wait;
  };
  const Case cases[] = {
      {"2", 2s},
      {"0", 0s},
      {"1.5", 2s},
      {"86400", 86400s},
      {"86401", std::nullopt},
      {"1e9", std::nullopt},
      {"-5", std::nullopt},
      {"abc", std::nullopt},
      {"", std::nullopt},
      {".", std::nullopt},
      {"1.2.3", std::nullopt},
      {"2, 3", std::nullopt},
      {"Sun, 06 Nov 1994 08:49:37 GMT", 0s},
      {"Sun, 06 Nov 1994 08:49:42 GMT", 5s},
      {"Sun, 06 Nov 1994 08:49:00 GMT", 0s},
      {"Mon, 07 Nov 1994 08:49:37 GMT", 86400s},
      {"Fri, 31 Dec 9999 23:59:59 GMT", std::nullopt},
      {"Sun, 31 Feb 1994 08:49:37 GMT", std::nullopt},
      {"Sun, 06 Non 1994 08:49:37 GMT", std::nullopt},
      {"Sun, 06 Nov 1994 25:49:37 GMT", std::nullopt},
      {"Sun, 06 Nov 1994 08:49:37 CET", std::nullopt},
      {"Sun, 06 Nov 1994 08:49:37 GMT, and more", std::nullopt},
      {std::string(1000, '1'), std::nullopt},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK((catalog::parse_retry_after(c.text, now) == c.wait));
  }
}
