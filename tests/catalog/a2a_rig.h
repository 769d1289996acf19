// What the tests of calls over A2A share: a caller with its listener, and hosts that answer it.
#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "catalog/agents/a2a_client.h"
#include "catalog/errors.h"
#include "tests/recording.h"
#include "tests/upstream.h"

namespace tests {

// A task that was completed at once.
inline constexpr const char* done =
    R"({"jsonrpc":"2.0","id":1,"result":{"task":{"id":"t","contextId":"c",
  "status":{"state":"completed"},"artifacts":[{"artifactId":"a","parts":[{"text":"done"}]}]}}})";
// One that calls, and what it heard.
struct A2aCaller {
  explicit A2aCaller(const Upstream& upstream) {
    call.who = "agent:local/a";
    call.name = "A";
    call.interface.url = upstream.url() + "/rpc";
    call.interface.protocol_binding = "JSONRPC";
    call.directory = "local";
    call.slug = "a";
    call.public_addresses_only = false;
  }

  catalog::Listener listener() {
    return {[this](std::string_view piece) { printed += piece; },
            [this](std::string_view what) { heard.emplace_back(what); },
            [this](const catalog::AgentTask& task) { tasks.push_back(task); }};
  }

  catalog::Answer ask(std::string_view text = "hi") {
    prompt.text = text;
    return catalog::call_agent(call, prompt, listener(), transfers, versions, stop.get_token());
  }

  catalog::UpstreamError fail() {
    try {
      ask();
    } catch (const catalog::UpstreamError& error) {
      return error;
    }
    FAIL("no error");
    return catalog::UpstreamError(catalog::Kind::internal, "");
  }

  catalog::A2aCall call;
  catalog::Prompt prompt;
  catalog::Transfers transfers;
  catalog::SpokenVersions versions;
  std::stop_source stop;
  std::string printed;
  std::vector<std::string> heard;
  std::vector<catalog::AgentTask> tasks;
};

inline Upstream replaying(std::string_view name) {
  return Upstream([recorded = tests::recording("a2a/recorded/" + std::string(name) + ".json")](
                      const UpstreamRequest&, Wire& wire) { tests::replay(recorded, wire); });
}

inline Upstream answering(int status, std::string type, std::string body,
                          std::string headers = {}) {
  return Upstream(
      [=](const UpstreamRequest&, Wire& wire) { wire.reply(status, type, body, headers); });
}

}  // namespace tests
