// What a broken transfer means, told in our words: never libcurl's, which may quote the URL. Called
// by the transfer that broke, on its thread.
#pragma once

#include <string>

#include "catalog/errors.h"
#include "catalog/lanes.h"

namespace catalog {

struct Breakage {
  CURLcode code = CURLE_OK;
  std::string host;
  std::string where;       // "host:port"
  int status = 0;          // HTTP status; 0 when no head had arrived
  int system_error = 0;    // errno of the last connect attempt, 0 when none failed
  long verify_result = 0;  // X.509 verification, OpenSSL's numbering; 0: accepted
  Billed billed = Billed::no;
};

// `truncated` once the head of an answer was seen; else by the table in the source. `billed` and
// `status` are handed on.
UpstreamError error_of(const Breakage& breakage);

}  // namespace catalog
