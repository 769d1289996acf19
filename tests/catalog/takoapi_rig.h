// A stand-in for the TakoAPI directory and its gateway, for the tests of both.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "catalog/agents/directory.h"
#include "catalog/errors.h"
#include "catalog/transfers.h"
#include "catalog/url.h"
#include "tests/recording.h"
#include "tests/upstream.h"

namespace tests {

using nlohmann::json;

inline constexpr const char* tako_key = "tako_live_0123456789abcdef";

// A row of the registry, in our own words.
inline json row(std::string slug, json changes = json::object()) {
  json one = {{"name", "The " + slug},
              {"slug", slug},
              {"description", "does things"},
              {"kind", "HOSTED"},
              {"protocols", {"A2A"}},
              {"streaming", false},
              {"pricing", {{"model", "FREE"}, {"unitUsd", nullptr}}},
              {"skills", {{{"id", "talk"}, {"name", "Talking"}}}}};
  one.update(changes);
  return one;
}

// A stand-in for the directory and its gateway: paths (without query) to replies.
struct Tako {
  using Reply = std::function<void(const UpstreamRequest&, Wire&)>;

  Tako() : upstream([this](const UpstreamRequest& request, Wire& wire) { serve(request, wire); }) {
    reply("/api/registry", {{"agents", json::array()}});
  }

  void serve(const UpstreamRequest& request, Wire& wire) {
    const auto found = replies.find(request.target.substr(0, request.target.find('?')));
    if (found != replies.end()) {
      found->second(request, wire);
    } else {
      wire.reply(404, "application/json", R"({"error":"Agent not found"})");
    }
  }
  void reply(const std::string& path, const json& body) {
    replies[path] = [text = body.dump()](const UpstreamRequest&, Wire& wire) {
      wire.reply(200, "application/json", text);
    };
  }
  void replay(const std::string& path, const std::string& name) {
    replies[path] = [recorded = tests::recording("takoapi/" + name + ".json")](
                        const UpstreamRequest&, Wire& wire) { tests::replay(recorded, wire); };
  }
  void list(const std::vector<json>& rows) { reply("/api/registry", {{"agents", rows}}); }

  std::unique_ptr<catalog::Directory> directory(std::string secret = tako_key) {
    catalog::DirectorySettings settings;
    settings.name = "takoapi";
    settings.base_url = upstream.url() + "/";
    settings.credential.origin = catalog::parse_url(upstream.url())->origin();
    settings.credential.secret = catalog::Secret(std::move(secret));
    settings.key_source = "TAKO_KEY";
    return catalog::make_takoapi(std::move(settings), transfers);
  }
  std::vector<std::string> asked(std::string_view method = "GET") const {
    std::vector<std::string> out;
    for (const UpstreamRequest& request : upstream.requests()) {
      if (request.method == method) out.push_back(request.target);
    }
    return out;
  }

  std::map<std::string, Reply> replies;  // changed only while nothing is asked
  Upstream upstream;
  catalog::Transfers transfers;
};

struct TakoOutcome {
  catalog::Answer answer;
  std::string printed;
};

inline TakoOutcome ask(catalog::Directory& directory, std::string_view slug,
                       std::string text = "hi") {
  TakoOutcome out;
  const catalog::Listener listener{[&out](std::string_view piece) { out.printed += piece; }, {}};
  catalog::Prompt prompt;
  prompt.text = std::move(text);
  out.answer = directory.invoke(slug, prompt, listener, {});
  return out;
}

inline catalog::UpstreamError failure(catalog::Directory& directory, std::string_view slug) {
  try {
    ask(directory, slug);
  } catch (const catalog::UpstreamError& error) {
    return error;
  }
  FAIL("no error");
  return catalog::UpstreamError(catalog::Kind::internal, "");
}

inline catalog::Refused refusal(catalog::Directory& directory, std::string_view slug) {
  try {
    ask(directory, slug);
  } catch (const catalog::Refused& refused) {
    return refused;
  }
  FAIL("not refused");
  return catalog::Refused(catalog::Kind::internal, "");
}

}  // namespace tests
