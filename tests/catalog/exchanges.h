// Short ways to make an exchange with the fake upstream and to look at how it failed.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "catalog/errors.h"
#include "catalog/transfers.h"

namespace tests {

using namespace std::chrono_literals;

inline catalog::Exchange get(std::string url) {
  catalog::Exchange exchange;
  exchange.url = std::move(url);
  return exchange;
}

inline catalog::Exchange post(std::string url, std::string body) {
  catalog::Exchange exchange = get(std::move(url));
  exchange.method = "POST";
  exchange.headers = {"Content-Type: application/json"};
  exchange.body = std::move(body);
  return exchange;
}

// What `perform` threw; nothing when it was something else, or no failure at all.
template <typename Error>
std::optional<Error> failure(catalog::Transfers& transfers, const catalog::Exchange& exchange,
                             std::stop_token stop = {}) {
  try {
    transfers.perform(exchange, stop);
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

inline bool contains(std::string_view text, std::string_view piece) {
  return text.find(piece) != std::string_view::npos;
}

class Stopwatch {
 public:
  std::chrono::milliseconds elapsed() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 start_);
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace tests
