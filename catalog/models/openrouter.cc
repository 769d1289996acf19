#include <fmt/format.h>

#include "catalog/models/attempts.h"
#include "catalog/models/chat_errors.h"
#include "catalog/models/chat_outcome.h"
#include "catalog/models/chat_price.h"
#include "catalog/models/chat_reader.h"
#include "catalog/models/chat_request.h"
#include "catalog/models/fit.h"
#include "catalog/models/gateway.h"
#include "catalog/models/listings.h"
#include "catalog/models/live_catalogue.h"
#include "catalog/models/media/chat_media.h"
#include "catalog/models/media/job.h"
#include "catalog/models/media/media.h"
#include "catalog/models/model_query.h"
#include "catalog/spend/purse.h"
#include "catalog/transfers.h"
#include "catalog/url.h"

namespace catalog {
namespace {

using List = std::shared_ptr<const ModelList>;
using std::chrono::milliseconds;
using std::chrono::system_clock;

constexpr std::size_t largest_endpoints = std::size_t{2} << 20;
constexpr std::size_t largest_account = std::size_t{64} << 10;

GatewaySettings without_trailing_slash(GatewaySettings settings) {
  while (settings.base_url.ends_with('/')) settings.base_url.pop_back();
  return settings;
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
      : settings_(without_trailing_slash(std::move(settings))),
        transfers_(transfers),
        style_(chat_style(settings_)),
        catalogue_(settings_, transfers),
        listings_(settings_, transfers),
        attempts_(settings_.name, settings_.retry_pace) {}

  const std::string& name() const override { return settings_.name; }
  List models(std::stop_token stop) override { return catalogue_.models(stop); }
  List known_models() override { return catalogue_.known(); }
  std::vector<Endpoint> endpoints(std::string_view id, std::stop_token stop) override;
  std::shared_ptr<const ModelIds> listing(Listing which, std::stop_token stop) override {
    return listings_.ids(which, catalogue_, stop);
  }
  Answer invoke(std::string_view id, const Prompt& prompt, const Listener& listener,
                std::stop_token stop) override;
  Answer follow(const AgentTask& job, const Patience& patience, const Listener& listener,
                std::stop_token stop) override;
  std::optional<KeyStatus> key_status(std::stop_token stop) override;
  std::optional<double> cost_of(const std::string& generation, std::stop_token stop) override;

 private:
  List models_for(std::string_view id, const Prompt& prompt, std::stop_token stop);
  ChatPrice price(std::string_view id, const Prompt& prompt, const ModelList* list);
  std::string preferences(const Prompt& prompt, const ChatPrice& price, double headroom) const;
  Exchange purchase(std::string body) const;
  Answer buy(Exchange& exchange, const ChatCall& call, const Listener& listener, Purchase& bought,
             const std::stop_token& stop);
  Answer chat(std::string_view id, const Prompt& prompt, const ModelList* list,
              const Listener& listener, const std::stop_token& stop);
  Answer make(const MediaEndpoint& endpoint, MediaCall call, const Listener& listener,
              const std::stop_token& stop);
  std::string prices_for(const MediaEndpoint& endpoint, const Prompt& prompt,
                         const std::stop_token& stop);
  Answer awaited(const Answer& begun, const MediaCall& call, const Listener& listener,
                 const std::stop_token& stop);
  void require_key() const;
  std::string nearest_to(std::string_view id);
  void add_nearest(std::string_view id, UpstreamError& error);
  void explain_price(std::string_view id, const ModelList* list, Quote& quote);
  ErrorContext context(std::string subject) const {
    return {settings_.name, settings_.key_source, std::move(subject)};
  }

  const GatewaySettings settings_;
  Transfers& transfers_;
  const ChatStyle style_;
  LiveCatalogue catalogue_;
  Listings listings_;
  Attempts attempts_;
};

// As a question; "" where nothing is near.
std::string OpenRouter::nearest_to(std::string_view id) {
  const List list = catalogue_.known();
  if (!list) return {};
  std::vector<std::string> ids = nearest_ids(*list, id);
  for (std::string& each : ids) each.insert(0, settings_.target_prefix);
  return ids.empty() ? std::string() : fmt::format("Did you mean {}?", fmt::join(ids, ", "));
}

void OpenRouter::add_nearest(std::string_view id, UpstreamError& error) {
  if (error.kind != Kind::not_found) return;
  std::string nearest = nearest_to(id);
  if (!nearest.empty()) error.advice = std::move(nearest);
}

std::vector<Endpoint> OpenRouter::endpoints(std::string_view id, std::stop_token stop) {
  const std::string path = fmt::format("/models/{}/endpoints", id_path(base_id(id)));
  if (settings_.dialect == Dialect::openai) return {};  // it has nobody behind it to tell of
  const Response response = look_up(settings_, transfers_, path, largest_endpoints, stop);
  if (response.head.status == 200) {
    if (auto endpoints = decode_endpoints(response.body)) return *std::move(endpoints);
    throw UpstreamError(Kind::malformed, settings_.name + " answered without a list of endpoints");
  }
  UpstreamError error = reply_error(context(std::string(id)), response.head, response.body);
  const List list = catalogue_.known();
  // Other servers than OpenRouter list models but not who serves them.
  if (response.head.status == 404 && list && find_model(*list, id)) return {};
  add_nearest(id, error);
  throw error;
}

void OpenRouter::require_key() const {
  if (settings_.key() || !settings_.needs_key) return;
  std::string advice =
      fmt::format("The user must add a key for {} to the configuration.", settings_.name);
  if (!settings_.key_source.empty()) {
    advice =
        fmt::format("The user must set {} where this server is configured.", settings_.key_source);
  }
  if (settings_.name == "openrouter") {
    advice.assign(
        "The user must run: patchbay login, or set OPENROUTER_API_KEY where this server "
        "is configured.");
  }
  throw Refused(Kind::unauthorized, fmt::format("there is no key for {}", settings_.name), advice);
}

Exchange OpenRouter::purchase(std::string body) const {
  Exchange exchange;
  exchange.method = "POST";
  exchange.url = settings_.base_url + "/chat/completions";
  exchange.headers.emplace_back("Content-Type: application/json");
  exchange.headers.emplace_back("Accept: text/event-stream");
  exchange.credential = settings_.key();
  exchange.body = std::move(body);
  return exchange;
}

// One attempt. Throws UpstreamError, Cancelled.
Answer OpenRouter::buy(Exchange& exchange, const ChatCall& call, const Listener& listener,
                       Purchase& bought, const std::stop_token& stop) {
  ChatReader reader(listener);
  if (call.prompt.keeps_reasoning) reader.keep_reasoning();
  if (call.known && answers_with_media(*call.known)) reader.keep_media(settings_.media_bytes);
  exchange.on_send = [&bought] { bought.sent(); };
  exchange.on_head = [&](const ResponseHead& head) {
    reader.head(head);
    bought.generation(head.header("x-generation-id"));
  };
  exchange.on_body = [&reader](std::string_view bytes) { return reader.feed(bytes); };
  return heard_answer(call, reader, bought, [&] { transfers_.perform(exchange, stop); });
}

// The target, or else the first fallback, that is not in the catalogue; the target when all are.
std::string_view first_unlisted(std::string_view id, const Prompt& prompt, const ModelList& list) {
  if (find_model(list, id) == nullptr) return id;
  for (const std::string& each : prompt.fallbacks) {
    if (find_model(list, each) == nullptr) return each;
  }
  return id;
}

bool has_all(std::string_view id, const Prompt& prompt, const ModelList& list) {
  return find_model(list, first_unlisted(id, prompt, list)) != nullptr;
}

// What is at hand, unless somebody wants to know the price and it is not among that.
List OpenRouter::models_for(std::string_view id, const Prompt& prompt, std::stop_token stop) {
  List list = catalogue_.known();
  if (!prompt.purse || !settings_.key() || (list && has_all(id, prompt, *list))) return list;
  try {
    return models(std::move(stop));
  } catch (const UpstreamError&) {
    return list;
  }
}

// What is in no catalogue was likely misspelt. An old catalogue may lack what is new, and a preset
// is in none.
void OpenRouter::explain_price(std::string_view id, const ModelList* list, Quote& quote) {
  const bool is_listed = list == nullptr || list->models.empty() || base_id(id).empty() ||
                         find_model(*list, id) != nullptr;
  if (is_listed) return;
  const bool recent = list->source == Source::live || list->source == Source::cached;
  quote.hint = nearest_to(id);
  quote.missing = recent || !quote.hint.empty();
  if (quote.hint.empty()) quote.hint.assign("Find the right id with list_models.");
}

// The dearest of those that may answer. Nobody bills who asks for no key.
ChatPrice OpenRouter::price(std::string_view id, const Prompt& prompt, const ModelList* list) {
  std::vector<std::string_view> ids = {id};
  ids.insert(ids.end(), prompt.fallbacks.begin(), prompt.fallbacks.end());
  std::vector<const Model*> models;
  for (const std::string_view each : ids)
    models.push_back(list ? find_model(*list, each) : nullptr);
  ChatPrice price = chat_price(prompt, models, searches_web(id, prompt));
  Quote& quote = price.quote;
  if (settings_.dialect == Dialect::openai) price.tokens.reset();  // it knows of no such wall
  if (!price.tokens) quote.most_headroom = 1;
  if (!settings_.key()) quote.worst_case = Money{};
  if (quote.worst_case || !prompt.purse) return price;
  const std::string_view whose = ids[price.unpriced];
  quote.unpriced = fmt::format("{}{}", settings_.target_prefix, whose);
  explain_price(whose, list, quote);
  return price;
}

std::string OpenRouter::preferences(const Prompt& prompt, const ChatPrice& price,
                                    double headroom) const {
  if (!prompt.purse || !price.tokens || price.quote.free()) return {};
  return with_most(prompt.provider, *price.tokens, headroom);
}

Answer OpenRouter::invoke(std::string_view id, const Prompt& prompt, const Listener& listener,
                          std::stop_token stop) {
  require_key();
  require_style(prompt, settings_);
  const List list = models_for(id, prompt, stop);
  const Model* const known = list ? find_model(*list, id) : nullptr;
  const MediaEndpoint* const media = known ? media_endpoint(*known) : nullptr;
  if (media == nullptr) require_chat_options(id, prompt, known);
  if (known) require_fit(*list, id, *known, prompt, settings_.target_prefix, system_clock::now());
  if (media == nullptr) return chat(id, prompt, list.get(), listener, stop);
  return make(*media, media_call(*media, context(std::string(id)), prompt, *known), listener, stop);
}

Answer OpenRouter::chat(std::string_view id, const Prompt& prompt, const ModelList* list,
                        const Listener& listener, const std::stop_token& stop) {
  const Model* const known = list ? find_model(*list, id) : nullptr;
  const ChatCall call{context(std::string(id)), prompt, known};
  const ChatPrice price = this->price(id, prompt, list);
  Purchase bought(prompt.purse, settings_.name, price.quote);
  Exchange exchange =
      purchase(chat_body(id, prompt, known, style_, preferences(prompt, price, bought.headroom())));
  exchange.clocks = chat_clocks(prompt, known);
  if (listener.on_alive) exchange.on_wait = [&listener] { listener.alive(""); };
  const AttemptedCall attempted{
      settings_.name, call.context.subject, exchange.clocks.total, listener, stop, [&bought] {
        bought.came_to_nothing();
      }};
  try {
    Answer answer = attempts_.run(attempted, [&](milliseconds left) {
      exchange.clocks.total = left;
      return buy(exchange, call, listener, bought, stop);
    });
    bought.settle(answer);
    return answer;
  } catch (UpstreamError& error) {
    add_nearest(list ? first_unlisted(id, prompt, *list) : id, error);
    bought.failed(error);
    throw;
  }
}

// Only where somebody counts.
std::string OpenRouter::prices_for(const MediaEndpoint& endpoint, const Prompt& prompt,
                                   const std::stop_token& stop) try {
  if (endpoint.prices_path.empty() || prompt.purse == nullptr || !settings_.key()) return {};
  Response reply = look_up(settings_, transfers_, endpoint.prices_path, largest_endpoints, stop);
  return reply.head.status == 200 ? std::move(reply.body) : std::string();
} catch (const UpstreamError&) {
  return {};
}

// What is made otherwise than by chat: in one reply, or by a job.
Answer OpenRouter::make(const MediaEndpoint& endpoint, MediaCall call, const Listener& listener,
                        const std::stop_token& stop) {
  Quote most = media_quote(endpoint, call, prices_for(endpoint, call.prompt, stop));
  if (!settings_.key()) most.worst_case = Money{};
  Exchange exchange = media_exchange(endpoint, call, settings_);
  if (listener.on_alive) exchange.on_wait = [&listener] { listener.alive("waiting"); };
  Purchase bought(call.prompt.purse, settings_.name, std::move(most));
  const AttemptedCall attempted{settings_.name, call.id, exchange.clocks.total,
                                listener,       stop,    [&bought] { bought.came_to_nothing(); }};
  call.on_cost = [&bought](double cost_usd) { bought.reported(cost_usd); };
  exchange.on_send = [&bought] { bought.sent(); };
  exchange.on_head = [&bought](const ResponseHead& head) {
    bought.generation(head.header("x-generation-id"));
  };
  try {
    Answer answer = attempts_.run(attempted, [&](milliseconds left) {
      exchange.clocks.total = left;
      return media_answer(endpoint, call, transfers_.perform(exchange, stop));
    });
    exchange.body.clear();
    if (answer.task) answer = awaited(answer, call, listener, stop);
    // What is only estimated here the gateway tells later, by the generation.
    const bool told_later =
        answer.cost_source == CostSource::estimated && !answer.request_id.empty();
    if (!told_later) bought.settle(answer);
    return answer;
  } catch (UpstreamError& error) {
    bought.failed(error);
    throw;
  }
}

Answer OpenRouter::awaited(const Answer& begun, const MediaCall& call, const Listener& listener,
                           const std::stop_token& stop) {
  listener.task(*begun.task);
  Answer answer = follow_video(
      {settings_, transfers_, call.prompt.patience, listener, stop, call.on_cost}, *begun.task);
  if (!begun.request_id.empty()) answer.request_id = begun.request_id;
  return answer;
}

Answer OpenRouter::follow(const AgentTask& job, const Patience& patience, const Listener& listener,
                          std::stop_token stop) {
  require_key();
  return follow_video({settings_, transfers_, patience, listener, std::move(stop)}, job);
}

std::optional<KeyStatus> OpenRouter::key_status(std::stop_token stop) {
  if (!settings_.key() || settings_.dialect == Dialect::openai) return std::nullopt;
  const Response response =
      look_up(settings_, transfers_, "/key", largest_account, std::move(stop));
  return response.head.status == 200 ? decode_key_status(response.body) : std::nullopt;
}

std::optional<double> OpenRouter::cost_of(const std::string& generation, std::stop_token stop) try {
  const std::string path = "/generation?id=" + percent_encoded(generation);
  const Response response = look_up(settings_, transfers_, path, largest_account, std::move(stop));
  return response.head.status == 200 ? decode_generation_cost(response.body) : std::nullopt;
} catch (const UpstreamError&) {
  return std::nullopt;
} catch (const Refused&) {
  return std::nullopt;
} catch (const Cancelled&) {
  return std::nullopt;
}

}  // namespace

std::unique_ptr<Gateway> make_openrouter(GatewaySettings settings, Transfers& transfers) {
  return std::make_unique<OpenRouter>(std::move(settings), transfers);
}

}  // namespace catalog
