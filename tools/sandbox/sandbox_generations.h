// What the sandbox's gateway remembers of the completions it made: the last thousand of them, and
// what all of them pretended to cost. Called by the threads of all connections.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>

#include "tools/sandbox/sandbox_server.h"

namespace tools {

struct SandboxGeneration {
  std::string id;
  std::string model;
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;  // reasoning included
  std::int64_t reasoning_tokens = 0;
  double cost_usd = 0;
  std::string finish_reason;  // empty: none was given
  bool streamed = false;
  bool cancelled = false;  // the client hung up; the counts are of what it was sent
};

class SandboxGenerations {
 public:
  std::string next_id();  // "gen-sandbox-1", "gen-sandbox-2", …
  void keep(SandboxGeneration generation);

  SandboxReply describe(std::string_view id) const;  // GET /generation?id=
  SandboxReply describe_key() const;                 // GET /key

 private:
  mutable std::mutex mutex_;  // guards all below
  std::int64_t issued_ = 0;
  double spent_usd_ = 0;
  std::deque<SandboxGeneration> kept_;  // the newest last
};

}  // namespace tools
