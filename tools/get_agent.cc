// One agent: what its directory and its own card say, and whether it can be called from here.
#include <fmt/format.h>

#include "tools/all.h"
#include "tools/error_text.h"
#include "tools/format.h"
#include "tools/tool.h"

namespace tools {
namespace {

using catalog::AgentDetail;
using mcp::OrderedJson;

constexpr std::size_t most_skills = 20;

struct Arguments {
  std::string id;

  static constexpr auto fields() {
    return mcp::field_list(mcp::field("id", &Arguments::id, "Agent id from list_agents"));
  }
};

struct Result {
  std::string id;
  std::string name;
  std::string description;
  std::string kind;
  bool callable = false;
  std::optional<std::string> why_not;
  std::optional<std::string> route;
  OrderedJson price;
  std::optional<std::string> health;
  mcp::Rows skills;
  mcp::Rows interfaces;
  std::vector<std::string> input_modes;
  std::vector<std::string> output_modes;
  std::vector<std::string> security;
  std::optional<std::string> signature;
  bool streaming = false;
  std::optional<std::string> provider;
  std::optional<std::string> web_url;
  std::optional<std::string> card_url;
  std::optional<std::string> card_problem;
  std::optional<std::vector<std::string>> card_changes;

  static constexpr auto fields() {
    using R = Result;
    using mcp::field;
    return mcp::field_list(
        field("id", &R::id, ""), field("name", &R::name, ""),
        field("description", &R::description, ""), field("kind", &R::kind, ""),
        field("callable", &R::callable, ""), field("why_not", &R::why_not, ""),
        field("route", &R::route, "gateway or direct"), field("price", &R::price, ""),
        field("health", &R::health, ""), field("skills", &R::skills, ""),
        field("interfaces", &R::interfaces, ""), field("input_modes", &R::input_modes, ""),
        field("output_modes", &R::output_modes, ""), field("security", &R::security, ""),
        field("signature", &R::signature, ""), field("streaming", &R::streaming, ""),
        field("provider", &R::provider, ""), field("web_url", &R::web_url, ""),
        field("card_url", &R::card_url, ""), field("card_problem", &R::card_problem, ""),
        field("card_changes", &R::card_changes, "Since it was first used: be careful"));
  }
};

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(quoted(text, 500));
}

// Modes, schemes and the like: many short strings from a stranger.
std::vector<std::string> short_list(const std::vector<std::string>& words) {
  std::vector<std::string> out;
  for (const std::string& word : words) {
    if (out.size() == most_skills) break;
    out.push_back(quoted(word, 80));
  }
  return out;
}

mcp::Rows skill_rows(const std::vector<catalog::AgentSkill>& skills) {
  mcp::Rows rows;
  for (const catalog::AgentSkill& skill : skills) {
    if (rows.size() == most_skills) break;
    rows.push_back({{"id", quoted(skill.id, 80)},
                    {"name", quoted(skill.name, 80)},
                    {"description", quoted(skill.description, 300)}});
  }
  return rows;
}

mcp::Rows interface_rows(const catalog::AgentCard& card) {
  mcp::Rows rows;
  for (const catalog::AgentInterface& each : card.interfaces) {
    rows.push_back({{"url", quoted(each.url, 300)},
                    {"binding", quoted(each.protocol_binding, 40)},
                    {"version", quoted(each.protocol_version, 20)}});
  }
  return rows;
}

void add_card(const catalog::AgentCard& card, Result& result) {
  if (result.description.empty()) result.description = quoted(card.description, 1000);
  result.interfaces = interface_rows(card);
  result.input_modes = short_list(card.input_modes);
  result.output_modes = short_list(card.output_modes);
  result.security = short_list(card.security);
  result.signature = card.is_signed ? "signed, not checked" : "unsigned";
  result.streaming = card.streaming;
  result.provider = unless_empty(card.provider);
  if (!card.skills.empty()) result.skills = skill_rows(card.skills);
}

OrderedJson price_object(const catalog::AgentPrice& price) {
  OrderedJson out = OrderedJson::object();
  if (!price.model.empty()) out["model"] = quoted(price.model, 20);
  if (price.unit_usd) out["usd_per_call"] = rounded(*price.unit_usd);
  return out;
}

Result described(const AgentDetail& detail, std::string id) {
  Result result;
  result.id = std::move(id);
  result.name = quoted(detail.agent.name, 100);
  result.description = quoted(detail.agent.description, 1000);
  result.kind = detail.agent.kind;
  result.callable = detail.callable;
  result.why_not = unless_empty(detail.why_not);
  result.route = unless_empty(detail.route);
  result.price = price_object(detail.agent.price);
  result.health = unless_empty(detail.agent.health);
  result.skills = skill_rows(detail.agent.skills);
  result.streaming = detail.agent.streaming;
  result.web_url = unless_empty(detail.agent.web_url);
  result.card_url = unless_empty(detail.agent.card_url);
  result.card_problem = unless_empty(detail.card_problem);
  if (detail.card) add_card(*detail.card, result);
  if (!detail.card_changes.empty()) result.card_changes = short_list(detail.card_changes);
  return result;
}

std::string text_of(const Result& r) {
  std::string text = fmt::format("{} ({})\n{}\n", r.id, r.name, r.description);
  text += r.callable ? fmt::format("can be invoked, route: {}\n", r.route.value_or("?"))
                     : fmt::format("cannot be invoked: {}\n", r.why_not.value_or("unknown"));
  if (!r.price.empty()) text += fmt::format("price {}\n", mcp::dump(r.price));
  if (r.health) text += fmt::format("health {}\n", *r.health);
  for (const OrderedJson& skill : r.skills) {
    text += fmt::format("- skill {}: {}\n", skill["name"].get<std::string>(),
                        skill["description"].get<std::string>());
  }
  for (const OrderedJson& each : r.interfaces) {
    text += fmt::format("- interface {} {} {}\n", each["binding"].get<std::string>(),
                        each["version"].get<std::string>(), each["url"].get<std::string>());
  }
  text += fmt::format("takes {}; gives {}; {}\n", joined(r.input_modes, ", "),
                      joined(r.output_modes, ", "), r.streaming ? "streams" : "does not stream");
  if (r.signature) text += fmt::format("card: {}\n", *r.signature);
  if (!r.security.empty()) text += fmt::format("security: {}\n", joined(r.security, ", "));
  if (r.web_url) text += fmt::format("page {}\n", *r.web_url);
  if (r.card_problem) text += fmt::format("card: {}\n", *r.card_problem);
  if (r.card_changes) text += fmt::format("CARD CHANGED: {}\n", joined(*r.card_changes, "; "));
  return text;
}

Reply<Result> get_agent(Program& program, mcp::Call& call, const Arguments& arguments) {
  const catalog::AgentTarget target = program.catalog().resolve_agent(arguments.id);
  const AgentDetail detail = target.directory.agent(target.slug, call.stop_token());
  Result result =
      described(detail, program.catalog().target_of(target.directory, detail.agent.slug));
  std::string text = text_of(result);
  return {std::move(result), std::move(text)};
}

}  // namespace

mcp::Tool get_agent_tool(Program& program) {
  return make_tool<Arguments, Result>({"get_agent", "Get agent",
                                       "One agent: its card (skills, modes, security), interfaces, "
                                       "price, health, and whether it can "
                                       "be invoked from here.",
                                       lookup},
                                      program, get_agent);
}

}  // namespace tools
