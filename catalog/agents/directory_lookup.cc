#include "catalog/agents/directory_lookup.h"

#include <fmt/format.h>

#include "catalog/agents/a2a_errors.h"
#include "catalog/agents/bounded_json.h"
#include "catalog/errors.h"

namespace catalog {
namespace {

using std::chrono::milliseconds;

constexpr Clocks clocks{milliseconds{10'000}, milliseconds{15'000}, milliseconds{15'000},
                        milliseconds{30'000}};
constexpr std::size_t max_bytes = std::size_t{16} << 20;

}  // namespace

nlohmann::json ask_directory(const DirectoryQuestion& question, Transfers& transfers,
                             std::stop_token stop) {
  Exchange exchange;
  exchange.url = question.url;
  exchange.headers = {"Accept: application/json"};
  const bool keyed = question.credential != nullptr && !question.credential->secret.empty();
  exchange.credential = keyed ? question.credential : nullptr;
  exchange.max_bytes = max_bytes;
  exchange.clocks = clocks;
  exchange.compressed = true;
  const Response response = transfers.perform(exchange, std::move(stop));
  if (response.head.status != 200) {
    throw http_error(question.directory, response.head, response.body);
  }
  auto document = parse_bounded(response.body);
  if (!document) {
    throw UpstreamError(Kind::malformed, fmt::format("{} answered with something that is not JSON",
                                                     question.directory));
  }
  return std::move(*document);
}

std::string without_trailing_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace catalog
