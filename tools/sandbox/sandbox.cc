#include "tools/sandbox/sandbox.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tools/sandbox/sandbox_agents.h"
#include "tools/sandbox/sandbox_chat.h"
#include "tools/sandbox/sandbox_generations.h"
#include "tools/sandbox/sandbox_media.h"
#include "tools/sandbox/sandbox_models.h"
#include "tools/sandbox/sandbox_server.h"

namespace tools {
namespace {

// Not a secret: it opens nothing but the sandbox of the same process.
constexpr std::string_view key = "patchbay-sandbox-key-no-secret";

// What is wrong with the key of a request, in OpenRouter's words; nothing when it is the right one.
std::optional<SandboxReply> refused(const SandboxRequest& request) {
  const std::string_view given = request.header("authorization");
  if (given.empty()) return gateway_error(401, "No cookie auth credentials found");
  if (given != fmt::format("Bearer {}", key)) return gateway_error(401, "User not found.");
  return std::nullopt;
}

SandboxReply list(const SandboxRequest&, SandboxGenerations&) {
  return json_reply(200, sandbox_catalogue());
}

SandboxReply generation(const SandboxRequest& request, SandboxGenerations& generations) {
  return generations.describe(request.parameter("id"));
}

SandboxReply describe_key(const SandboxRequest&, SandboxGenerations& generations) {
  return generations.describe_key();
}

struct Route {
  std::string_view method;
  std::string_view path;
  bool needs_key;
  SandboxReply (*answer)(const SandboxRequest&, SandboxGenerations&);
};

constexpr Route routes[] = {
    {"GET", "/api/v1/models", false, list},
    {"POST", "/api/v1/chat/completions", true, complete_chat},
    {"POST", "/api/v1/images", true, paint},
    {"POST", "/api/v1/audio/speech", true, speak},
    {"POST", "/api/v1/audio/transcriptions", true, transcribe},
    {"POST", "/api/v1/videos", true, begin_video},
    {"GET", "/api/v1/key", true, describe_key},
    {"GET", "/api/v1/generation", true, generation},
};

// /api/v1/models/{author}/{slug}/endpoints
const SandboxModel* model_of_endpoints(const SandboxRequest& request) {
  constexpr std::string_view before = "/api/v1/models/";
  constexpr std::string_view after = "/endpoints";
  std::string_view path = request.path;
  if (request.method != "GET" || !path.starts_with(before) || !path.ends_with(after))
    return nullptr;
  path.remove_prefix(before.size());
  return find_sandbox_model(path.substr(0, path.size() - std::min(path.size(), after.size())));
}

SandboxReply answer_gateway(const SandboxRequest& request, SandboxGenerations& generations) {
  if (const SandboxModel* model = model_of_endpoints(request)) {
    return json_reply(200, sandbox_endpoints(*model));
  }
  if (request.method == "GET" && request.path.starts_with("/api/v1/videos/")) {
    const auto refusal = refused(request);
    return refusal ? *refusal : show_video(request);
  }
  const auto route = std::find_if(std::begin(routes), std::end(routes), [&](const Route& known) {
    return known.method == request.method && known.path == request.path;
  });
  if (route == std::end(routes)) return gateway_error(404, "Not Found");
  if (route->needs_key) {
    if (auto refusal = refused(request)) return *std::move(refusal);
  }
  return route->answer(request, generations);
}

}  // namespace

struct Sandbox::State {
  explicit State(const std::string& folder) : agents(folder) {}

  SandboxGenerations generations;
  SandboxAgents agents;
  SandboxServer server{[this](const SandboxRequest& request) {
    return request.path.starts_with("/agents/") ? agents.answer(request)
                                                : answer_gateway(request, generations);
  }};  // last, so that its threads end first
};

Sandbox::Sandbox(const std::string& folder) : state_(std::make_unique<State>(folder)) {}

Sandbox::~Sandbox() = default;

std::string Sandbox::origin() const { return state_->server.origin(); }

catalog::GatewaySettings Sandbox::gateway() const {
  catalog::GatewaySettings settings;
  settings.name = "sandbox";
  settings.base_url = state_->server.origin() + "/api/v1";
  settings.credential.origin = state_->server.origin();
  settings.credential.secret = catalog::Secret(std::string(key));
  settings.key_source = "built in";
  // It fails on purpose and at once, and may be asked to again.
  settings.retry_pace = {0.1, std::chrono::seconds(3), 1, false};
  return settings;
}

std::vector<catalog::CardEntry> Sandbox::agents() const {
  std::vector<catalog::CardEntry> entries;
  for (const std::string& slug : state_->agents.slugs()) {
    catalog::CardEntry entry;
    entry.slug = slug;
    entry.card_url =
        fmt::format("{}/agents/{}/.well-known/agent-card.json", state_->server.origin(), slug);
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace tools
