// A gateway serves models: it lists them, tells more of one, and answers prompts with them.
// Each kind is one file (`openrouter.cc`), found by the table in `catalog/catalog.cc`. All
// functions block, may be called by any number of threads, and throw as `catalog/errors.h` says.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/answer.h"
#include "catalog/models/gateway_account.h"
#include "catalog/models/model.h"
#include "catalog/models/retry.h"
#include "catalog/secret.h"

namespace catalog {

class Transfers;

// What a gateway speaks: OpenRouter's API to its full extent, or only what all OpenAI-compatible
// servers have in common.
enum class Dialect { openrouter, openai };

struct GatewaySettings {
  std::string name;        // "openrouter", "sandbox", or a name from the configuration
  std::string base_url;    // includes the version path: "https://openrouter.ai/api/v1"
  Credential credential;   // secret empty: lookups only
  std::string key_source;  // where the key came from ("OPENROUTER_API_KEY"), for messages
  std::string cache_file;  // for the catalogue; empty: nothing is kept on disk
  bool bundled = false;    // fall back to the bundled snapshot when nothing else is there
  Dialect dialect = Dialect::openrouter;
  bool needs_key = true;      // prompts are refused without one
  std::string target_prefix;  // before an id, to make it a target: "" for the default, "local:"
  std::string fallback;       // the gateway to ask when this one is down; "": none
  RetryPace retry_pace;
  std::size_t media_bytes = std::size_t{64} << 20;  // the most that an image or a video may be

  // The key to send; null: none.
  const Credential* key() const { return credential.secret.empty() ? nullptr : &credential; }
};

// Orders and choices that only the gateway knows.
enum class Listing { popularity, throughput, latency, zero_retention, zero_retention_endpoints };
using ModelIds = std::vector<std::string>;
// A provider of a model, as the last of these lists them.
inline std::string endpoint_id(std::string_view model_id, std::string_view tag) {
  return std::string(model_id).append(" ").append(tag);
}

class Gateway {
 public:
  virtual ~Gateway() = default;

  virtual const std::string& name() const = 0;
  // The whole catalogue, from memory, disk or network, whichever is fresh enough. Falls back to
  // older data rather than fail; throws only when there is none at all.
  virtual std::shared_ptr<const ModelList> models(std::stop_token stop) = 0;
  // What of it is at hand without the network; may be null.
  virtual std::shared_ptr<const ModelList> known_models() = 0;
  // The providers of one model; throws UpstreamError{not_found} for an unknown id.
  virtual std::vector<Endpoint> endpoints(std::string_view id, std::stop_token stop) = 0;
  // The ids in that order, best first; of zero_retention those that keep no data, of
  // zero_retention_endpoints their providers that do not (`endpoint_id`). Throws
  // Refused{unsupported} where the gateway does not tell.
  virtual std::shared_ptr<const ModelIds> listing(Listing which, std::stop_token stop) = 0;
  // Sends the prompt, streamed; to models that write no text, to the endpoint for what they make.
  // Throws Refused{unauthorized} when there is no key.
  virtual Answer invoke(std::string_view id, const Prompt& prompt, const Listener& listener,
                        std::stop_token stop) = 0;
  // Waits for a job that an answer or a listener was given (`AgentTask::is_job`): what came of it,
  // or working when the patience ends. A stop ends the waiting and leaves the job.
  virtual Answer follow(const AgentTask& job, const Patience& patience, const Listener& listener,
                        std::stop_token stop) = 0;
  // What the gateway says of the key; nothing when there is none, or it has nothing to say.
  virtual std::optional<KeyStatus> key_status(std::stop_token stop) = 0;
  // What a call cost in the end, in $; nothing as long as the gateway cannot tell. Never throws.
  virtual std::optional<double> cost_of(const std::string& generation, std::stop_token stop) = 0;
};

std::unique_ptr<Gateway> make_openrouter(GatewaySettings settings, Transfers& transfers);

}  // namespace catalog
