#include "catalog/models/fallback_gateway.h"

#include <fmt/format.h>

#include "catalog/errors.h"
#include "catalog/models/chat_request.h"
#include "catalog/models/media/media.h"
#include "catalog/models/model_query.h"

namespace catalog {
namespace {

// Nothing was sent, or an error reply says that nothing was made of it.
bool is_down(const UpstreamError& error) {
  const bool reply = error.status >= 500;
  return error.billed == Billed::no && error.partial_text.empty() &&
         (error.kind == Kind::unavailable || error.kind == Kind::timed_out) &&
         (error.status == 0 || reply) && (error.retryable != false || error.retry_after);
}

// What was asked of the first gateway's routing the second cannot promise.
bool may_go_elsewhere(std::string_view id, const Prompt& prompt) {
  return prompt.provider.empty() && prompt.fallbacks.empty() && !searches_web(id, prompt) &&
         prompt.options.empty();
}

class FallbackGateway : public Gateway {
 public:
  FallbackGateway(std::unique_ptr<Gateway> first, Gateway& second)
      : first_(std::move(first)), second_(second) {}

  const std::string& name() const override { return first_->name(); }
  std::shared_ptr<const ModelList> models(std::stop_token stop) override {
    return first_->models(stop);
  }
  std::shared_ptr<const ModelList> known_models() override { return first_->known_models(); }
  std::vector<Endpoint> endpoints(std::string_view id, std::stop_token stop) override {
    return first_->endpoints(id, stop);
  }
  std::shared_ptr<const ModelIds> listing(Listing which, std::stop_token stop) override {
    return first_->listing(which, stop);
  }
  Answer invoke(std::string_view id, const Prompt& prompt, const Listener& listener,
                std::stop_token stop) override;
  Answer follow(const AgentTask& job, const Patience& patience, const Listener& listener,
                std::stop_token stop) override {
    return first_->follow(job, patience, listener, stop);
  }
  std::optional<KeyStatus> key_status(std::stop_token stop) override {
    return first_->key_status(stop);
  }
  std::optional<double> cost_of(const std::string& generation, std::stop_token stop) override {
    return first_->cost_of(generation, stop);
  }

 private:
  bool makes_media(std::string_view id);
  std::string id_there(std::string_view id, const std::stop_token& stop);
  Answer ask_second(const std::string& id, UpstreamError down, const Prompt& prompt,
                    const Listener& listener, const std::stop_token& stop);

  const std::unique_ptr<Gateway> first_;
  Gateway& second_;
};

// Who speaks only what all OpenAI-compatible servers have in common would be asked to chat.
bool FallbackGateway::makes_media(std::string_view id) {
  const auto list = first_->known_models();
  const Model* const model = list ? find_model(*list, id) : nullptr;
  return model != nullptr && media_endpoint(*model) != nullptr;
}

// The same model as the second gateway calls it: by the same id, or without its author. "" when it
// lists neither.
std::string FallbackGateway::id_there(std::string_view id, const std::stop_token& stop) {
  try {
    const auto list = second_.models(stop);
    for (const std::string_view name : {id, id.substr(id.find('/') + 1)}) {
      if (find_model(*list, name) != nullptr) return std::string(name);
    }
  } catch (const UpstreamError&) {
    // It is down as well.
  }
  return {};
}

Answer FallbackGateway::invoke(std::string_view id, const Prompt& prompt, const Listener& listener,
                               std::stop_token stop) {
  std::string there;
  std::optional<UpstreamError> down;
  try {
    return first_->invoke(id, prompt, listener, stop);
  } catch (UpstreamError& error) {
    if (!is_down(error) || !may_go_elsewhere(id, prompt) || makes_media(id)) throw;
    there = id_there(id, stop);
    if (there.empty()) {
      error.what_happened +=
          fmt::format("; the fallback {} does not answer or has no such model", second_.name());
      throw;
    }
    down = std::move(error);
  }
  return ask_second(there, *std::move(down), prompt, listener, stop);
}

// `down` is why the second is asked, and stands where that is not allowed.
Answer FallbackGateway::ask_second(const std::string& id, UpstreamError down, const Prompt& prompt,
                                   const Listener& listener, const std::stop_token& stop) {
  const std::string why =
      fmt::format(" (gateway {}, because {} is down)", second_.name(), first_->name());
  listener.alive(fmt::format("asking {} instead", second_.name()));
  try {
    Answer answer = second_.invoke(id, prompt, listener, stop);
    answer.served_by += why;
    return answer;
  } catch (UpstreamError& error) {
    error.what_happened += why;
    throw;
  } catch (const Refused& refused) {
    down.what_happened +=
        fmt::format("; the fallback {} was not asked: {}", second_.name(), refused.what_happened);
    down.advice = refused.advice;
    throw down;
  }
}

}  // namespace

std::unique_ptr<Gateway> make_with_fallback(std::unique_ptr<Gateway> first, Gateway& second) {
  return std::make_unique<FallbackGateway>(std::move(first), second);
}

}  // namespace catalog
