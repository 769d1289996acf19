// One question to a directory's own service, answered with JSON. Called by the kinds of directory,
// on the thread of the call.
#pragma once

#include <stop_token>
#include <string>

#include "catalog/secret.h"
#include "catalog/transfers.h"
#include "nlohmann/json.hpp"

namespace catalog {

struct DirectoryQuestion {
  std::string directory;  // its name, for errors
  std::string url;
  const Credential* credential = nullptr;  // an empty one is not sent
};

// The JSON of a 200; at most 16 MiB in 30 s. Throws UpstreamError: by the status, malformed for
// anything that is not JSON.
nlohmann::json ask_directory(const DirectoryQuestion& question, Transfers& transfers,
                             std::stop_token stop);

std::string without_trailing_slash(std::string url);

}  // namespace catalog
