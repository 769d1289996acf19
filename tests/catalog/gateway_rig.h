// A gateway in front of a fake upstream, and short ways to write what that answers. For the tests
// of OpenRouter-shaped gateways.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "catalog/errors.h"
#include "catalog/models/gateway.h"
#include "catalog/transfers.h"
#include "tests/upstream.h"

namespace tests {

using catalog::Answer;
using catalog::Gateway;
using catalog::GatewaySettings;
using catalog::Kind;
using catalog::Prompt;
using catalog::Refused;
using catalog::Secret;
using catalog::Transfers;
using catalog::UpstreamError;

inline constexpr const char* gateway_key = "sk-or-v1-0123456789abcdef0123456789abcdef";

inline GatewaySettings gateway_settings(const Upstream& upstream) {
  GatewaySettings settings;
  settings.name = "openrouter";
  settings.base_url = upstream.url() + "/api/v1";
  settings.credential.origin = upstream.url();
  settings.credential.secret = Secret(gateway_key);
  settings.key_source = "OPENROUTER_API_KEY";
  settings.retry_pace.most = 0;  // the tests of retries allow them
  return settings;
}

// A gateway in front of one fake upstream.
struct GatewayRig {
  Upstream upstream;
  Transfers transfers;
  std::unique_ptr<Gateway> gateway;

  explicit GatewayRig(Upstream::Handler handler) : upstream(std::move(handler)) {
    gateway = make_openrouter(gateway_settings(upstream), transfers);
  }
  GatewayRig(Upstream::Handler handler, const std::function<void(GatewaySettings&)>& change)
      : upstream(std::move(handler)) {
    GatewaySettings settings = gateway_settings(upstream);
    change(settings);
    gateway = make_openrouter(std::move(settings), transfers);
  }

  Answer ask(const std::string& id = "a/b", const std::string& text = "hi") {
    Prompt prompt;
    prompt.text = text;
    return gateway->invoke(id, prompt, {}, {});
  }
};

inline Upstream::Handler gateway_answering(int status, std::string content_type, std::string body,
                                           std::string headers = {}) {
  return
      [=](const UpstreamRequest&, Wire& wire) { wire.reply(status, content_type, body, headers); };
}

inline Upstream::Handler gateway_streaming(std::string body, std::string headers = {}) {
  return [=](const UpstreamRequest&, Wire& wire) {
    wire.begin_chunks(200, "text/event-stream", headers);
    wire.chunk(body);
    wire.last_chunk();
  };
}

inline std::string chat_event(const std::string& json_text) {
  return "data: " + json_text + "\n\n";
}

inline std::string chat_said(const std::string& text) {
  return chat_event(
      R"({"id":"gen-1","model":"a/b-2","provider":"P","choices":[{"delta":{"content":")" + text +
      R"("},"finish_reason":null}]})");
}

inline std::string chat_finished(const std::string& reason, const std::string& usage = "null") {
  return chat_event(R"({"id":"gen-1","choices":[{"delta":{},"finish_reason":")" + reason +
                    R"("}],"usage":)" + usage + "}");
}

inline const std::string chat_done = "data: [DONE]\n\n";

template <class Function>
UpstreamError failure_of(Function&& function) {
  try {
    function();
  } catch (const UpstreamError& error) {
    return error;
  }
  FAIL("no UpstreamError");
  return UpstreamError(Kind::internal, "");
}

template <class Function>
Refused refusal_of(Function&& function) {
  try {
    function();
  } catch (const Refused& refused) {
    return refused;
  }
  FAIL("not refused");
  return Refused(Kind::internal, "");
}

inline bool text_contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

inline std::string kind_of(const UpstreamError& error) {
  return std::string(catalog::name(error.kind));
}

}  // namespace tests
