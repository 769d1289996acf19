// Exchanges that were recorded with real agents, to be replayed over a socket (tests/golden/).
#pragma once

#include <string>
#include <string_view>

#include "tests/upstream.h"

namespace tests {

struct Recording {
  std::string request_body;
  int status = 0;
  std::string content_type;
  std::string extra_headers;  // what else matters, as lines
  std::string body;
};

// `path` below tests/golden. Fails the test when it is not there.
Recording recording(std::string_view path);
// The text of a file below tests/golden.
std::string golden_text(std::string_view path);

// Sends the recorded response, a stream in small pieces.
void replay(const Recording& recording, Wire& wire);

}  // namespace tests
