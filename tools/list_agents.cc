// Finding an agent: all directories together, each one's failure its own.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "catalog/errors.h"
#include "tools/all.h"
#include "tools/error_text.h"
#include "tools/format.h"
#include "tools/tool.h"

namespace tools {
namespace {

using catalog::Agent;
using mcp::OrderedJson;

constexpr std::int64_t usual_rows = 20;
constexpr std::size_t largest_page = 16'000;  // bytes of both forms
// Twenty rows stay below 3 KB together with what stands around them; what an agent can do whole is
// for get_agent to say.
constexpr std::size_t row_bytes = 136;
constexpr std::size_t least_words = 24;  // beside a long id
constexpr std::size_t most_name = 24;
constexpr std::size_t most_skill = 24;
constexpr std::size_t cut_mark = 3;  // "…"

constexpr std::array<std::string_view, 3> kinds = {"hosted", "project", "any"};
constexpr std::array<std::string_view, 3> protocols = {"A2A", "OPENAI_COMPAT", "MCP"};

struct Arguments {
  std::optional<std::string> query;
  std::optional<std::string> kind;
  std::optional<std::string> scenario;
  std::optional<std::string> skill;
  std::optional<std::string> protocol;
  std::optional<std::string> directory;
  std::optional<std::int64_t> limit;
  std::optional<std::string> cursor;

  static constexpr auto fields() {
    using A = Arguments;
    using mcp::field;
    return mcp::field_list(
        field("query", &A::query, "Words that occur in name, description or skills"),
        field("kind", &A::kind, "hosted (default) can be invoked; a project is a repository",
              {.one_of = kinds}),
        field("scenario", &A::scenario, "e.g. coding, research, data-analysis"),
        field("skill", &A::skill, "Words of a skill"),
        field("protocol", &A::protocol, "Spoken by the agent", {.one_of = protocols}),
        field("directory", &A::directory, "Name; default: all configured"),
        field("limit", &A::limit, "Rows, default 20", {.minimum = 1, .maximum = 100}),
        field("cursor", &A::cursor, "next_cursor of the page before"));
  }
};

struct Result {
  std::vector<std::string> columns = {"id",     "name",         "description",
                                      "skills", "usd_per_call", "flags"};
  mcp::Rows agents;
  std::int64_t total = 0;
  std::optional<std::string> next_cursor;
  mcp::Rows directories;

  static constexpr auto fields() {
    using R = Result;
    using mcp::field;
    return mcp::field_list(field("columns", &R::columns, ""), field("agents", &R::agents, ""),
                           field("total", &R::total, ""), field("next_cursor", &R::next_cursor, ""),
                           field("directories", &R::directories, "Which answered, and how old"));
  }
};

struct Row {
  const catalog::Directory* directory;
  const Agent* agent;  // in one of the lists
};

struct Search {
  std::vector<std::shared_ptr<const catalog::AgentList>> lists;
  std::vector<Row> rows;
  mcp::Rows directories;
  std::string problems;
};

catalog::AgentQuery query_of(const Arguments& arguments) {
  catalog::AgentQuery query;
  query.query = arguments.query.value_or("");
  query.kind = arguments.kind.value_or("hosted");
  query.scenario = arguments.scenario.value_or("");
  query.skill = arguments.skill.value_or("");
  query.protocol = arguments.protocol.value_or("");
  return query;
}

void search_one(catalog::Directory& directory, const catalog::AgentQuery& query,
                std::stop_token stop, Search& search) {
  try {
    catalog::AgentMatches found = directory.agents(query, stop);
    OrderedJson entry = {{"name", directory.name()}, {"as_of", utc_time(found.list->as_of)}};
    if (found.list->truncated) entry["truncated"] = true;
    search.directories.push_back(std::move(entry));
    for (const Agent* agent : found.agents) search.rows.push_back({&directory, agent});
    search.lists.push_back(std::move(found.list));
  } catch (const catalog::UpstreamError& error) {
    search.directories.push_back(
        {{"name", directory.name()}, {"failed", std::string(catalog::name(error.kind))}});
    search.problems += fmt::format("\n{} did not answer: {}: {}", directory.name(),
                                   catalog::name(error.kind), error.what_happened);
  }
}

Search search_directories(const catalog::Catalog& catalog, const Arguments& arguments,
                          std::stop_token stop) {
  Search search;
  const catalog::AgentQuery query = query_of(arguments);
  if (arguments.directory) {
    search_one(catalog.directory(*arguments.directory), query, stop, search);
    return search;
  }
  for (const auto& directory : catalog.directories()) {
    search_one(*directory, query, stop, search);
  }
  return search;
}

// As many as fit, the first one cut if need be.
std::string skill_names(const Agent& agent, std::size_t most) {
  std::string names;
  for (const catalog::AgentSkill& skill : agent.skills) {
    const std::string& name = skill.name.empty() ? skill.id : skill.name;
    if (names.empty()) {
      names = quoted(name, std::min(most_skill, most));
    } else if (names.size() + name.size() + 2 <= most) {
      names += ", " + quoted(name, most_skill);
    } else {
      break;
    }
  }
  return names;
}

std::string flags(const Agent& agent) {
  std::vector<std::string> words;
  for (const std::string& protocol : agent.protocols) words.push_back(quoted(protocol, 20));
  if (agent.streaming) words.push_back("streams");
  if (agent.kind == "project") words.push_back("project");
  if (agent.health == "down") words.push_back("DOWN");
  return joined(words, " ");
}

std::optional<double> price(const Agent& agent) {
  return agent.price.model == "FREE" ? std::optional(0.0) : agent.price.unit_usd;
}

// What is left of a row's bytes goes to the words: a third at most to the skills.
OrderedJson row(const std::string& id, const Agent& agent) {
  const std::optional<double> usd = price(agent);
  OrderedJson out = {id,
                     quoted(agent.name, most_name),
                     "",
                     "",
                     usd ? OrderedJson(rounded(*usd)) : OrderedJson(nullptr),
                     flags(agent)};
  const std::size_t taken = mcp::dump(out).size();
  const std::size_t left = std::max(row_bytes, taken + least_words) - taken;
  out[3] = skill_names(agent, left / 3);
  const std::size_t skills = out[3].get_ref<const std::string&>().size();
  out[2] = quoted(agent.description, left - std::min(left, skills + cut_mark));
  return out;
}

std::string line(const OrderedJson& row) {
  const OrderedJson& usd = row[4];
  const std::string price = usd.is_null() ? "price unknown"
                            : usd == 0.0  ? "free"
                                          : "$" + short_price(usd.get<double>()) + "/call";
  return fmt::format("{} | {} | {} | {} | {}\n", row[0].get<std::string>(),
                     row[2].get<std::string>(), row[3].get<std::string>(), price,
                     row[5].get<std::string>());
}

std::string id_of(const catalog::Catalog& catalog, const Row& row) {
  return catalog.target_of(*row.directory, row.agent->slug);
}

// A cursor is "<rows before>:<id of the last of them>": the id finds the place after a refresh.
std::size_t resume(const catalog::Catalog& catalog, const std::vector<Row>& rows,
                   const std::string& cursor) {
  if (cursor.empty()) return 0;
  std::size_t position = 0;
  const auto [stop, error] =
      std::from_chars(cursor.data(), cursor.data() + cursor.size(), position);
  if (error != std::errc() || stop == cursor.data() + cursor.size() || *stop != ':') {
    throw catalog::Refused(catalog::Kind::invalid_arguments,
                           "cursor is not one that a list returned",
                           "Pass next_cursor as it was given, or leave it out.");
  }
  const std::string_view id(stop + 1);
  const auto is_it = [&](const Row& row) { return id_of(catalog, row) == id; };
  if (position > 0 && position <= rows.size() && is_it(rows[position - 1])) return position;
  const auto at = std::find_if(rows.begin(), rows.end(), is_it);
  if (at != rows.end()) return static_cast<std::size_t>(at - rows.begin()) + 1;
  return std::min(position, rows.size());
}

std::string add_rows(const catalog::Catalog& catalog, const Search& search, std::size_t begin,
                     std::size_t limit, Result& result) {
  std::string lines;
  std::string last;
  std::size_t structured = 0;
  const std::size_t end = std::min(search.rows.size(), begin + limit);
  std::size_t at = begin;
  for (; at < end; ++at) {
    std::string id = id_of(catalog, search.rows[at]);
    OrderedJson as_row = row(id, *search.rows[at].agent);
    const std::string as_line = line(as_row);
    structured += mcp::dump(as_row).size() + 1;
    const bool full = structured > limit * (row_bytes + 1) ||
                      structured + lines.size() + as_line.size() > largest_page;
    if (full && at > begin) break;
    result.agents.push_back(std::move(as_row));
    lines += as_line;
    last = std::move(id);
  }
  if (at < search.rows.size() && at > begin) result.next_cursor = fmt::format("{}:{}", at, last);
  return lines;
}

Reply<Result> list_agents(Program& program, mcp::Call& call, const Arguments& arguments) {
  const catalog::Catalog& catalog = program.catalog();
  Search search = search_directories(catalog, arguments, call.stop_token());
  const std::size_t begin = resume(catalog, search.rows, arguments.cursor.value_or(""));
  const auto limit = static_cast<std::size_t>(arguments.limit.value_or(usual_rows));
  Result result;
  const std::string lines = add_rows(catalog, search, begin, limit, result);
  result.total = static_cast<std::int64_t>(search.rows.size());
  result.directories = std::move(search.directories);
  std::string text = fmt::format("{} of {} agents", result.agents.size(), result.total);
  if (result.next_cursor) text += "; more: cursor=" + *result.next_cursor;
  if (!lines.empty()) text += "\nid | description | skills | price | flags\n" + lines;
  text += search.problems;
  return {std::move(result), std::move(text)};
}

}  // namespace

mcp::Tool list_agents_tool(Program& program) {
  return make_tool(
      {"list_agents", "List agents",
       "Find remote agents (A2A, TakoAPI) to delegate a goal to, by words, skill or scenario. "
       "Rows: "
       "id (the target for invoke), description, skills, price per call.",
       lookup},
      program, list_agents);
}

}  // namespace tools
