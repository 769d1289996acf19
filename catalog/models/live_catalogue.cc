#include "catalog/models/live_catalogue.h"

#include <utility>

#include "catalog/models/chat_errors.h"
#include "catalog/models/snapshot.h"

namespace catalog {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

// A first list never hangs.
constexpr Clocks lookup_clocks{seconds(5), seconds(10), seconds(10), seconds(10)};
constexpr seconds no_retry_for{15};
constexpr std::size_t largest_catalogue = std::size_t{16} << 20;

Exchange lookup_of(const GatewaySettings& settings, std::string_view path, std::size_t max_bytes) {
  Exchange exchange;
  exchange.url = settings.base_url;
  exchange.url += path;
  exchange.headers.emplace_back("Accept: application/json");
  exchange.credential = settings.key();
  exchange.clocks = lookup_clocks;
  exchange.compressed = true;
  exchange.max_bytes = max_bytes;
  return exchange;
}

}  // namespace

Response look_up(const GatewaySettings& settings, Transfers& transfers, std::string_view path,
                 std::size_t max_bytes, const std::stop_token& stop) {
  Exchange exchange = lookup_of(settings, path, max_bytes);
  try {
    return transfers.perform(exchange, stop);
  } catch (const Refused& refused) {
    if (refused.kind != Kind::unauthorized) throw;
  }
  exchange.credential = nullptr;
  return transfers.perform(exchange, stop);
}

void Turn::take(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (!free_.wait(lock, stop, [this] { return !taken_; })) throw Cancelled();
  taken_ = true;
}

void Turn::give_back() {
  {
    std::lock_guard lock(mutex_);
    taken_ = false;
  }
  free_.notify_one();
}

// OpenRouter lists only what writes text unless it is asked for all; a server that takes the
// question amiss is asked plainly.
Response LiveCatalogue::ask(const std::stop_token& stop) {
  if (settings_.dialect == Dialect::openrouter) {
    Response response =
        look_up(settings_, transfers_, "/models?output_modalities=all", largest_catalogue, stop);
    const int status = response.head.status;
    if (status != 400 && status != 404 && status != 422) return response;
  }
  return look_up(settings_, transfers_, "/models", largest_catalogue, stop);
}

// Throws UpstreamError.
LiveCatalogue::List LiveCatalogue::fetch(const std::stop_token& stop) {
  const Response response = ask(stop);
  if (response.head.status != 200) {
    const ErrorContext context{settings_.name, settings_.key_source, "the list of models"};
    throw reply_error(context, response.head, response.body);
  }
  List list = cache_.store(response.body, system_clock::now());
  if (list) return list;
  UpstreamError error(Kind::malformed, settings_.name + " answered without a list of models");
  error.advice = "The user must check the gateway's base_url.";
  error.status = response.head.status;
  throw error;
}

// Called with the turn held, or on behalf of a call, which never waits for the network.
LiveCatalogue::List LiveCatalogue::older() {
  List list = cache_.any(system_clock::now());
  return list || !settings_.bundled ? list : cache_.hold(bundled_models());
}

LiveCatalogue::List LiveCatalogue::models(const std::stop_token& stop) {
  if (List list = cache_.in_memory(system_clock::now())) return list;
  const HeldTurn held(turn_, stop);
  const auto now = system_clock::now();
  if (List list = cache_.in_memory(now)) return list;
  if (List list = cache_.on_disk(now)) return list;
  if (!failure_ || steady_clock::now() - failed_at_ > no_retry_for) {
    try {
      failure_.reset();
      return fetch(stop);
    } catch (const UpstreamError& error) {
      failure_ = error;
      failed_at_ = steady_clock::now();
    }
  }
  if (List list = older()) return list;
  throw *failure_;
}

LiveCatalogue::List LiveCatalogue::known() {
  if (List list = cache_.held()) return list;
  std::call_once(looked_, [this] { older(); });
  return cache_.held();
}

}  // namespace catalog
