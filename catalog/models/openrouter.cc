#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <optional>

#include "catalog/models/catalogue_cache.h"
#include "catalog/models/chat_errors.h"
#include "catalog/models/chat_files.h"
#include "catalog/models/chat_outcome.h"
#include "catalog/models/chat_reader.h"
#include "catalog/models/chat_request.h"
#include "catalog/models/gateway.h"
#include "catalog/models/model_query.h"
#include "catalog/models/snapshot.h"
#include "catalog/transfers.h"
#include "catalog/url.h"

namespace catalog {
namespace {

using List = std::shared_ptr<const ModelList>;
using std::chrono::seconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

// A first list never hangs, and a dead network is not asked again by every call.
constexpr Clocks lookup_clocks{seconds(5), seconds(10), seconds(10), seconds(10)};
constexpr seconds no_retry_for{15};
constexpr std::size_t largest_catalogue = std::size_t{16} << 20;
constexpr std::size_t largest_endpoints = std::size_t{2} << 20;

// Lets one thread at a time look for the catalogue; the others wait for what it finds.
class Turn {
 public:
  // Waits until nobody else has it. Throws Cancelled.
  void take(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    if (!free_.wait(lock, stop, [this] { return !taken_; })) throw Cancelled();
    taken_ = true;
  }
  void give_back() {
    {
      std::lock_guard lock(mutex_);
      taken_ = false;
    }
    free_.notify_one();
  }

 private:
  std::mutex mutex_;  // guards taken_
  std::condition_variable_any free_;
  bool taken_ = false;
};

class HeldTurn {
 public:
  HeldTurn(Turn& turn, const std::stop_token& stop) : turn_(turn) { turn_.take(stop); }
  ~HeldTurn() { turn_.give_back(); }
  HeldTurn(const HeldTurn&) = delete;
  HeldTurn& operator=(const HeldTurn&) = delete;

 private:
  Turn& turn_;
};

std::string without_trailing_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

[[noreturn]] void refuse_id(std::string_view id) {
  throw Refused(Kind::invalid_arguments, fmt::format("\"{}\" is not a model id", id.substr(0, 100)),
                "Find the right id with list_models.");
}

// One segment of a path; ":" of a variant and "~" of an alias are legal there and stay.
std::string path_segment(std::string_view text) {
  if (text.find_first_not_of('.') == std::string_view::npos) return {};  // empty, "." or ".."
  std::string encoded = percent_encoded(text);
  for (auto at = encoded.find("%3A"); at != std::string::npos; at = encoded.find("%3A", at)) {
    encoded.replace(at, 3, 1, ':');
  }
  return encoded;
}

// "author/slug"; whatever else is in the id is encoded, further slashes too.
std::string id_path(std::string_view id) {
  const std::size_t slash = id.find('/');
  const std::string first = path_segment(id.substr(0, slash));
  if (first.empty() || id.size() > 200) refuse_id(id);
  if (slash == std::string_view::npos) return first;
  const std::string second = path_segment(id.substr(slash + 1));
  if (second.empty()) refuse_id(id);
  return first + '/' + second;
}

class OpenRouter : public Gateway {
 public:
  OpenRouter(GatewaySettings settings, Transfers& transfers)
      : settings_(std::move(settings)),
        base_url_(without_trailing_slash(settings_.base_url)),
        transfers_(transfers),
        cache_(settings_.cache_file, base_url_) {}

  const std::string& name() const override { return settings_.name; }
  List models(std::stop_token stop) override;
  std::vector<Endpoint> endpoints(std::string_view id, std::stop_token stop) override;
  Answer invoke(std::string_view id, const Prompt& prompt, const Listener& listener,
                std::stop_token stop) override;

 private:
  Exchange lookup(std::string path, std::size_t max_bytes) const;
  Response look_up(Exchange exchange, const std::stop_token& stop);
  Exchange purchase(std::string body, Clocks clocks, ChatReader& reader) const;
  List fetch_models(const std::stop_token& stop);
  List older_models();
  List known_models();
  void require_key() const;
  void add_nearest(std::string_view id, UpstreamError& error);
  ErrorContext context(std::string subject) const {
    return {settings_.name, settings_.key_source, std::move(subject)};
  }
  const Credential* credential() const {
    return settings_.credential.secret.empty() ? nullptr : &settings_.credential;
  }

  const GatewaySettings settings_;
  const std::string base_url_;
  Transfers& transfers_;
  CatalogueCache cache_;
  std::once_flag looked_;  // for a catalogue, on behalf of calls

  Turn turn_;  // guards the two below
  steady_clock::time_point failed_at_;
  std::optional<UpstreamError> failure_;
};

Exchange OpenRouter::lookup(std::string path, std::size_t max_bytes) const {
  Exchange exchange;
  exchange.url = base_url_ + std::move(path);
  exchange.headers.emplace_back("Accept: application/json");
  exchange.credential = credential();
  exchange.clocks = lookup_clocks;
  exchange.compressed = true;
  exchange.max_bytes = max_bytes;
  return exchange;
}

// The catalogue can be had without a key, so also with one that cannot be read.
Response OpenRouter::look_up(Exchange exchange, const std::stop_token& stop) {
  try {
    return transfers_.perform(exchange, stop);
  } catch (const Refused& refused) {
    if (refused.kind != Kind::unauthorized) throw;
  }
  exchange.credential = nullptr;
  return transfers_.perform(exchange, stop);
}

// Throws UpstreamError.
List OpenRouter::fetch_models(const std::stop_token& stop) {
  const Response response = look_up(lookup("/models", largest_catalogue), stop);
  if (response.head.status != 200) {
    throw reply_error(context("the list of models"), response.head, response.body);
  }
  List list = cache_.store(response.body, system_clock::now());
  if (list) return list;
  UpstreamError error(Kind::malformed, settings_.name + " answered without a list of models");
  error.advice = "The user must check the gateway's base_url.";
  error.status = response.head.status;
  throw error;
}

// Called with the turn held, or on behalf of a call, which never waits for the network.
List OpenRouter::older_models() {
  List list = cache_.any(system_clock::now());
  return list || !settings_.bundled ? list : cache_.hold(bundled_models());
}

List OpenRouter::models(std::stop_token stop) {
  if (List list = cache_.in_memory(system_clock::now())) return list;
  const HeldTurn held(turn_, stop);
  const auto now = system_clock::now();
  if (List list = cache_.in_memory(now)) return list;
  if (List list = cache_.on_disk(now)) return list;
  if (!failure_ || steady_clock::now() - failed_at_ > no_retry_for) {
    try {
      failure_.reset();
      return fetch_models(stop);
    } catch (const UpstreamError& error) {
      failure_ = error;
      failed_at_ = steady_clock::now();
    }
  }
  if (List list = older_models()) return list;
  throw *failure_;
}

// What is at hand about the models, without the network; may be null.
List OpenRouter::known_models() {
  if (List list = cache_.held()) return list;
  std::call_once(looked_, [this] { older_models(); });
  return cache_.held();
}

void OpenRouter::add_nearest(std::string_view id, UpstreamError& error) {
  const List list = known_models();
  if (error.kind != Kind::not_found || !list) return;
  const std::vector<std::string> ids = nearest_ids(*list, id);
  if (!ids.empty()) error.advice = fmt::format("Did you mean {}?", fmt::join(ids, ", "));
}

std::vector<Endpoint> OpenRouter::endpoints(std::string_view id, std::stop_token stop) {
  const std::string path = fmt::format("/models/{}/endpoints", id_path(base_id(id)));
  const Response response = look_up(lookup(path, largest_endpoints), stop);
  if (response.head.status == 200) {
    if (auto endpoints = decode_endpoints(response.body)) return *std::move(endpoints);
    throw UpstreamError(Kind::malformed, settings_.name + " answered without a list of endpoints");
  }
  UpstreamError error = reply_error(context(std::string(id)), response.head, response.body);
  const List list = known_models();
  // Other servers than OpenRouter list models but not who serves them.
  if (response.head.status == 404 && list && find_model(*list, id)) return {};
  add_nearest(id, error);
  throw error;
}

void OpenRouter::require_key() const {
  if (credential()) return;
  throw Refused(
      Kind::unauthorized, fmt::format("there is no key for {}", settings_.name),
      settings_.name == "openrouter"
          ? "The user must run: patchbay login, or set OPENROUTER_API_KEY where this server is "
            "configured."
          : fmt::format("The user must add a key for {} to the configuration.", settings_.name));
}

Exchange OpenRouter::purchase(std::string body, Clocks clocks, ChatReader& reader) const {
  Exchange exchange;
  exchange.method = "POST";
  exchange.url = base_url_ + "/chat/completions";
  exchange.headers.emplace_back("Content-Type: application/json");
  exchange.headers.emplace_back("Accept: text/event-stream");
  exchange.credential = credential();
  exchange.body = std::move(body);
  exchange.clocks = clocks;
  exchange.on_head = [&reader](const ResponseHead& head) { reader.head(head); };
  exchange.on_body = [&reader](std::string_view bytes) { return reader.feed(bytes); };
  return exchange;
}

Answer OpenRouter::invoke(std::string_view id, const Prompt& prompt, const Listener& listener,
                          std::stop_token stop) {
  require_key();
  const List list = known_models();
  const Model* const known = list ? find_model(*list, id) : nullptr;
  if (known && !prompt.files.empty()) require_modalities(id, prompt, *known, list.get());
  const ChatCall call{context(std::string(id)), prompt, known};
  ChatReader reader(listener);
  try {
    Exchange exchange = purchase(chat_body(id, prompt, known), chat_clocks(prompt, known), reader);
    if (listener.on_alive) exchange.on_wait = [&listener] { listener.alive(""); };
    transfers_.perform(exchange, stop);
  } catch (UpstreamError& error) {
    // Nothing was missing but the end of the connection.
    if (!reader.reply().complete()) {
      add_arrived(error, reader);
      throw;
    }
  }
  try {
    reader.finish();
    return chat_answer(call, reader);
  } catch (UpstreamError& error) {
    add_nearest(id, error);
    throw;
  }
}

}  // namespace

std::unique_ptr<Gateway> make_openrouter(GatewaySettings settings, Transfers& transfers) {
  return std::make_unique<OpenRouter>(std::move(settings), transfers);
}

}  // namespace catalog
