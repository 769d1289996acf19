// A gateway serves models: it lists them, tells more of one, and answers prompts with them.
// Each kind is one file (`openrouter.cc`), found by the table in `catalog/catalog.cc`. All
// functions block, may be called by any number of threads, and throw as `catalog/errors.h` says.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/answer.h"
#include "catalog/models/model.h"
#include "catalog/secret.h"

namespace catalog {

class Transfers;

struct GatewaySettings {
  std::string name;        // "openrouter", "sandbox", or a name from the configuration
  std::string base_url;    // includes the version path: "https://openrouter.ai/api/v1"
  Credential credential;   // secret empty: lookups only
  std::string key_source;  // where the key came from ("OPENROUTER_API_KEY"), for messages
  std::string cache_file;  // for the catalogue; empty: nothing is kept on disk
  bool bundled = false;    // fall back to the bundled snapshot when nothing else is there
};

class Gateway {
 public:
  virtual ~Gateway() = default;

  virtual const std::string& name() const = 0;
  // The whole catalogue, from memory, disk or network, whichever is fresh enough. Falls back to
  // older data rather than fail; throws only when there is none at all.
  virtual std::shared_ptr<const ModelList> models(std::stop_token stop) = 0;
  // The providers of one model; throws UpstreamError{not_found} for an unknown id.
  virtual std::vector<Endpoint> endpoints(std::string_view id, std::stop_token stop) = 0;
  // Sends the prompt, streamed. Throws Refused{unauthorized} when there is no key.
  virtual Answer invoke(std::string_view id, const Prompt& prompt, const Listener& listener,
                        std::stop_token stop) = 0;
};

std::unique_ptr<Gateway> make_openrouter(GatewaySettings settings, Transfers& transfers);

}  // namespace catalog
