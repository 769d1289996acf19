// The kinds of directory beside TakoAPI and the user's own cards.
#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "catalog/agents/directory_kinds.h"
#include "catalog/errors.h"
#include "catalog/transfers.h"
#include "catalog/url.h"
#include "tests/upstream.h"

using namespace catalog;
using nlohmann::json;
using tests::Upstream;
using tests::UpstreamRequest;
using tests::Wire;

namespace {

constexpr const char* key = "sk-virtual-0123456789abcdef";

// A service with replies by path (without query).
struct Service {
  Service() : upstream([this](const UpstreamRequest& r, Wire& wire) { serve(r, wire); }) {}

  void serve(const UpstreamRequest& request, Wire& wire) {
    const auto found = replies.find(request.target.substr(0, request.target.find('?')));
    if (found == replies.end()) return void(wire.reply(404, "application/json", "{}"));
    const json body = found->second(request);
    if (body.is_string()) {
      wire.reply(200, "text/event-stream", body.get<std::string>());
    } else {
      wire.reply(200, "application/json", body.dump());
    }
  }
  void reply(const std::string& path, const json& body) {
    replies[path] = [body](const UpstreamRequest&) { return body; };
  }
  std::unique_ptr<Directory> directory(const std::string& kind, const std::string& below = {}) {
    DirectorySettings settings;
    settings.name = "d";
    settings.kind = kind;
    settings.base_url = upstream.url() + below;
    settings.credential.origin = parse_url(upstream.url())->origin();
    settings.credential.secret = Secret(key);
    return make_directory(std::move(settings), transfers);
  }

  std::map<std::string, std::function<json(const UpstreamRequest&)>> replies;
  Upstream upstream;
  Transfers transfers;
};

std::vector<std::string> slugs(const AgentMatches& list) {
  std::vector<std::string> out;
  for (const Agent* agent : list.agents) out.push_back(agent->slug);
  return out;
}

Answer ask(Directory& directory, std::string_view slug) {
  Prompt prompt;
  prompt.text = "hi";
  return directory.invoke(slug, prompt, {}, {});
}

template <typename Error>
Kind kind_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.kind;
  }
  FAIL("nothing thrown");
  return Kind::internal;
}

json rpc_task(const char* state, const char* text) {
  return {
      {"jsonrpc", "2.0"},
      {"id", 1},
      {"result",
       {{"kind", "task"},
        {"id", "t-1"},
        {"contextId", "c-1"},
        {"status", {{"state", state}}},
        {"artifacts", {{{"artifactId", "a"}, {"parts", {{{"kind", "text"}, {"text", text}}}}}}}}}};
}

}  // namespace

TEST_CASE("every kind is found by its name, and a wrong one is answered with those there are") {
  Transfers transfers;
  for (const std::string_view kind : directory_kinds()) {
    DirectorySettings settings;
    settings.name = "x";
    settings.kind = kind;
    settings.base_url = "https://a.example";
    CHECK(make_directory(settings, transfers)->name() == "x");
  }
  DirectorySettings wrong;
  wrong.kind = "phonebook";
  CHECK(kind_of<Refused>([&] { make_directory(wrong, transfers); }) == Kind::invalid_arguments);
}

TEST_CASE("the community registry: found there, called at its own endpoint") {
  Service registry;
  const std::string url = registry.upstream.url();
  const json card = {{"name", "Planner"},
                     {"description", "plans trips"},
                     {"protocolVersion", "0.3.0"},
                     {"url", url + "/rpc"},
                     {"skills", {{{"id", "plan"}, {"name", "Planning"}}}}};
  json row = card;
  row.update({{"id", "u-1"},
              {"wellKnownURI", url + "/card.json"},
              {"is_healthy", true},
              {"author", "somebody"},
              {"task_conformance", {{"passed", false}}}});
  json down = row;
  down.update({{"id", "u-2"}, {"is_healthy", false}});
  registry.reply("/api/agents",
                 {{"agents", {row, down, 7, {{"name", "without id"}}}}, {"total", 950}});
  registry.reply("/api/agents/u-1", row);
  registry.reply("/card.json", card);
  registry.reply("/rpc", rpc_task("completed", "done"));
  const auto directory = registry.directory("a2aregistry");

  AgentQuery query;
  query.query = "trip planner";
  const AgentMatches list = directory->agents(query, {});
  CHECK(slugs(list).front() == "u-1");
  CHECK(list.list->truncated);
  CHECK(list.agents[0]->health == "degraded");
  CHECK(list.agents[1]->health == "down");
  CHECK(list.agents[0]->skills.size() == 1);
  const auto asked = registry.upstream.requests();
  CHECK(asked.size() == 3);  // pages, and no more
  CHECK(asked[0].target == "/api/agents?search=trip%20planner&skill=&limit=100&offset=0");
  directory->agents(query, {});
  CHECK(registry.upstream.requests().size() == 3);  // remembered

  const AgentDetail detail = directory->agent("u-1", {});
  CHECK(detail.callable);
  CHECK(detail.route == "direct");
  CHECK(ask(*directory, "u-1").text == "done");
  for (const auto& request : registry.upstream.requests()) {
    const bool to_registry = request.target.rfind("/api/", 0) == 0;
    CHECK(request.header("authorization").empty() == !to_registry);
  }
  CHECK(kind_of<UpstreamError>([&] { directory->agent("nobody", {}); }) == Kind::not_found);
}

TEST_CASE("a registry's agents are strangers: no private address is called for them") {
  Service victim;
  victim.reply("/card.json", {{"name", "A"}, {"url", victim.upstream.url() + "/rpc"}});
  Transfers transfers;
  DirectorySettings settings;
  settings.name = "d";
  settings.kind = "a2aregistry";
  settings.base_url = "http://directory.invalid";
  const auto directory = make_directory(settings, transfers);
  AgentTask task;
  task.directory = "d";
  task.slug = "u-1";
  task.endpoint = victim.upstream.url() + "/rpc";
  task.binding = "JSONRPC";
  task.task_id = "t";
  Patience patience;
  patience.until = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  CHECK_THROWS(directory->follow(task, patience, {}, {}));
  CHECK_THROWS(directory->cancel(task, {}));
  CHECK(victim.upstream.requests().empty());
}

TEST_CASE("a gateway that passes every method on: one key, tasks and all") {
  Service gateway;
  gateway.reply("/v1/agents", {{{"agent_id", "1"},
                                {"agent_name", "plan/ner"},
                                {"agent_card_params",
                                 {{"name", "Planner"},
                                  {"url", "https://elsewhere.example/rpc"},
                                  {"description", "plans"}}}},
                               {{"agent_id", "2"}}});
  gateway.reply("/a2a/plan%2Fner/.well-known/agent-card.json",
                {{"name", "Planner"},
                 {"protocolVersion", "0.3.0"},
                 {"url", "https://elsewhere.example/rpc"}});
  gateway.replies["/a2a/plan%2Fner"] = [](const UpstreamRequest& request) {
    const std::string method = json::parse(request.body).at("method");
    if (method == "tasks/cancel") return rpc_task("canceled", "");
    if (method == "tasks/get") return rpc_task("completed", "later");
    return rpc_task("input-required", "Which?");
  };
  const auto directory = gateway.directory("litellm", "/");
  CHECK(slugs(directory->agents({}, {})) == std::vector<std::string>{"plan/ner", "2"});
  const AgentDetail detail = directory->agent("plan/ner", {});
  CHECK(detail.callable);
  CHECK(detail.route == "gateway");
  REQUIRE(detail.card.has_value());
  CHECK(detail.card->interfaces.front().url == gateway.upstream.url() + "/a2a/plan%2Fner");

  const Answer asked = ask(*directory, "plan/ner");
  CHECK(asked.status == Status::input_required);
  CHECK(asked.served_by == "agent:d/plan%2Fner (Planner, A2A 0.3)");
  REQUIRE(asked.task.has_value());
  CHECK(asked.task->route == "gateway");
  CHECK(directory->follow(*asked.task, {}, {}, {}).text == "later");
  Prompt prompt;
  prompt.text = "Paris";
  CHECK(directory->answer(*asked.task, prompt, {}, {}).status == Status::input_required);
  CHECK(directory->cancel(*asked.task, {}) == TaskState::canceled);
  for (const auto& request : gateway.upstream.requests()) {
    CHECK(request.header("authorization") == std::string("Bearer ") + key);
  }
  CHECK(kind_of<UpstreamError>([&] { directory->agent("planner", {}); }) == Kind::not_found);
}

TEST_CASE("agents behind an OpenAI-compatible endpoint") {
  Service endpoint;
  endpoint.reply("/v1/models", {{"data", {{{"id", "planner"}}, {{"id", "writer"}}, {{"no", 1}}}}});
  endpoint.reply("/v1/chat/completions",
                 "data: {\"id\":\"c\",\"choices\":[{\"delta\":{\"content\":\"done\"}}]}\n\n"
                 "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
                 "data: [DONE]\n\n");
  const auto directory = endpoint.directory("openai", "/v1");
  AgentQuery query;
  query.protocol = "OPENAI_COMPAT";
  query.query = "plan";
  CHECK(slugs(directory->agents(query, {})) == std::vector<std::string>{"planner"});
  CHECK(directory->agent("writer", {}).callable);
  const Answer answer = ask(*directory, "planner");
  CHECK(answer.text == "done");
  CHECK(answer.served_by == "agent:d/planner");
  const json sent = json::parse(endpoint.upstream.requests().back().body);
  CHECK(sent["model"] == "planner");
  CHECK(sent["messages"][0]["content"] == "hi");
  CHECK_FALSE(sent.contains("max_tokens"));
  CHECK(kind_of<Refused>([&] { directory->cancel({}, {}); }) == Kind::unsupported);
  Prompt with_file;
  with_file.files.emplace_back();
  CHECK(kind_of<Refused>([&] { directory->invoke("planner", with_file, {}, {}); }) ==
        Kind::unsupported);
}

TEST_CASE("a directory that answers with a page, an error or nonsense") {
  for (const char* kind : {"a2aregistry", "litellm", "openai"}) {
    CAPTURE(kind);
    struct Case {
      int status;
      const char* body;
      Kind kind;
    };
    for (const Case& one : {Case{200, "<html>", Kind::malformed},
                            {200, "{}", Kind::malformed},
                            {200, R"({"agents":7,"data":"x"})", Kind::malformed},
                            {401, R"({"detail":"no"})", Kind::unauthorized},
                            {503, "busy", Kind::unavailable}}) {
      CAPTURE(one.body);
      const Upstream upstream([&](const UpstreamRequest&, Wire& wire) {
        wire.reply(one.status, "application/json", one.body);
      });
      Transfers transfers;
      DirectorySettings settings;
      settings.name = "d";
      settings.kind = kind;
      settings.base_url = upstream.url();
      const auto directory = make_directory(settings, transfers);
      CHECK(kind_of<UpstreamError>([&] { directory->agents({}, {}); }) == one.kind);
    }
  }
}
