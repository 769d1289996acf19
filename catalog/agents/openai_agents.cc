// Agents behind an OpenAI-compatible endpoint: `GET {base}/models` lists them (or the configuration
// does), `POST {base}/chat/completions` calls them, streamed. There are no tasks, no cancelling but
// by closing the connection, and no questions from the agent.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "catalog/agents/a2a_client.h"
#include "catalog/agents/agent_lists.h"
#include "catalog/agents/agent_search.h"
#include "catalog/agents/bounded_json.h"
#include "catalog/agents/directory.h"
#include "catalog/agents/directory_lookup.h"
#include "catalog/errors.h"
#include "catalog/models/chat_outcome.h"
#include "catalog/spend/purse.h"

namespace catalog {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

// An agent may work for long before it says anything.
constexpr Clocks call_clocks{milliseconds{10'000}, milliseconds{600'000}, milliseconds{300'000},
                             milliseconds{600'000}};
constexpr std::size_t max_rows = 5'000;
constexpr std::size_t max_name = 200;

class OpenAiAgents final : public Directory {
 public:
  OpenAiAgents(DirectorySettings settings, Transfers& transfers)
      : settings_(std::move(settings)),
        base_url_(without_trailing_slash(settings_.base_url)),
        transfers_(transfers) {}

  const std::string& name() const override { return settings_.name; }
  AgentMatches agents(const AgentQuery& query, std::stop_token stop) override;
  AgentDetail agent(std::string_view slug, std::stop_token stop) override;
  Answer invoke(std::string_view slug, const Prompt& prompt, const Listener& listener,
                std::stop_token stop) override;
  Answer follow(const AgentTask&, const Patience&, const Listener&, std::stop_token) override {
    refuse_tasks();
  }
  Answer answer(const AgentTask&, const Prompt&, const Listener&, std::stop_token) override {
    refuse_tasks();
  }
  TaskState cancel(const AgentTask&, std::stop_token) override { refuse_tasks(); }

 private:
  [[noreturn]] void refuse_tasks() const;
  AgentList fetch(std::stop_token stop);
  AgentLists::Known list(std::stop_token stop);
  Agent row(std::string id) const;
  Exchange exchange(std::string_view slug, const Prompt& prompt, ChatReader& reader) const;
  Answer ask(std::string_view slug, const Prompt& prompt, const Listener& listener,
             Purchase& bought, std::stop_token stop);

  const DirectorySettings settings_;
  const std::string base_url_;
  Transfers& transfers_;
  AgentLists lists_;
};

void OpenAiAgents::refuse_tasks() const {
  throw Refused(Kind::unsupported,
                fmt::format("agents of \"{}\" have no tasks to come back to", name()),
                "call the agent again");
}

Agent OpenAiAgents::row(std::string id) const {
  Agent agent;
  agent.slug = std::move(id);
  agent.directory = name();
  agent.name = agent.slug;
  agent.protocols = {"OPENAI_COMPAT"};
  agent.streaming = true;
  agent.endpoint_url = base_url_ + "/chat/completions";
  return agent;
}

AgentList OpenAiAgents::fetch(std::stop_token stop) {
  const json body = ask_directory({name(), base_url_ + "/models", &settings_.credential},
                                  transfers_, std::move(stop));
  const json* rows = body.is_array() ? &body : list_member(body, {"data", "models"});
  if (rows == nullptr) {
    throw UpstreamError(
        Kind::malformed,
        fmt::format("{} answered with something that is not a list of models", name()));
  }
  AgentList list;
  for (const json& entry : *rows) {
    if (list.agents.size() >= max_rows) break;
    const std::string id = text_member(entry, {"id"}, max_name);
    if (id.empty()) continue;
    list.agents.push_back(row(id));
    list.agents.back().description = text_member(entry, {"description"});
  }
  list.truncated = rows->size() > max_rows;
  return list;
}

AgentLists::Known OpenAiAgents::list(std::stop_token stop) {
  return lists_.fresh("", [&] {
    if (settings_.agents.empty()) return fetch(stop);
    AgentList list;
    for (const std::string& id : settings_.agents) list.agents.push_back(row(id));
    return list;
  });
}

AgentMatches OpenAiAgents::agents(const AgentQuery& query, std::stop_token stop) {
  return matching(list(std::move(stop)), query);
}

AgentDetail OpenAiAgents::agent(std::string_view slug, std::stop_token stop) {
  const auto all = list(std::move(stop));
  for (const Agent& agent : all->agents) {
    if (agent.slug != slug) continue;
    AgentDetail detail;
    detail.agent = agent;
    detail.card_problem = "agents behind an OpenAI-compatible endpoint have no card";
    detail.route = "gateway";
    detail.callable = true;
    return detail;
  }
  throw unknown_agent(name(), slug, all->agents);
}

Exchange OpenAiAgents::exchange(std::string_view slug, const Prompt& prompt,
                                ChatReader& reader) const {
  Exchange exchange;
  exchange.method = "POST";
  exchange.url = base_url_ + "/chat/completions";
  exchange.headers = {"Content-Type: application/json",
                      "Accept: text/event-stream, application/json"};
  exchange.credential = settings_.credential.secret.empty() ? nullptr : &settings_.credential;
  exchange.body = dumped({{"model", slug},
                          {"messages", {{{"role", "user"}, {"content", prompt.text}}}},
                          {"stream", true}});
  exchange.clocks = call_clocks;
  exchange.on_head = [&reader](const ResponseHead& head) { reader.head(head); };
  exchange.on_body = [&reader](std::string_view bytes) { return reader.feed(bytes); };
  return exchange;
}

Answer OpenAiAgents::ask(std::string_view slug, const Prompt& prompt, const Listener& listener,
                         Purchase& bought, std::stop_token stop) {
  ChatReader reader(listener);
  Exchange sending = exchange(slug, prompt, reader);
  sending.on_send = [&bought] { bought.sent(); };
  sending.on_wait = [&listener] { listener.alive("waiting for the agent"); };
  const ChatCall call{{name(), settings_.key_source, agent_target(name(), slug)}, prompt, nullptr};
  return heard_answer(call, reader, bought, [&] { transfers_.perform(sending, std::move(stop)); });
}

Answer OpenAiAgents::invoke(std::string_view slug, const Prompt& prompt, const Listener& listener,
                            std::stop_token stop) {
  refuse_model_arguments(prompt);
  if (!prompt.files.empty() || !prompt.context_id.empty()) {
    throw Refused(Kind::unsupported,
                  fmt::format("agents of \"{}\" take text only, and remember nothing", name()),
                  "put what is needed into `prompt`");
  }
  const std::string who = agent_target(name(), slug);
  Purchase bought(prompt.purse, name(), direct_quote({}));
  try {
    Answer answer = ask(slug, prompt, listener, bought, std::move(stop));
    answer.served_by = who;
    bought.settle(answer);
    return answer;
  } catch (const UpstreamError& error) {
    bought.failed(error);
    throw;
  }
}

}  // namespace

std::unique_ptr<Directory> make_openai_agents(DirectorySettings settings, Transfers& transfers) {
  return std::make_unique<OpenAiAgents>(std::move(settings), transfers);
}

}  // namespace catalog
