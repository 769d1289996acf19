// patchbay doctor: what is configured, what answers, and what mends the rest.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "mcp/json.h"
#include "tools/commands/command.h"
#include "tools/doctor/examination.h"

namespace tools {
namespace {

constexpr std::size_t screen = 80;
constexpr std::size_t indent = 21;

const char* name(Grade grade) {
  if (grade == Grade::good) return "ok";
  return grade == Grade::note ? "note" : "BAD";
}

// How many places on a screen: characters, not bytes.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

// Its words in lines of what the screen holds beside the indentation; a longer word, a path, stays
// whole.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines = {""};
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (!lines.back().empty() && width(lines.back()) + 1 + width(word) > screen - indent) {
      lines.emplace_back();
    }
    if (!lines.back().empty()) lines.back() += ' ';
    lines.back() += word;
    at = end + 1;
  }
  return lines;
}

void print(const Finding& finding) {
  std::string head = fmt::format("{:<4} {:<15} ", name(finding.grade), finding.name);
  if (finding.name.size() >= indent - 5) {
    fmt::print("{}\n", head);  // a long name has its line to itself
    head.clear();
  }
  for (const std::string& line : lines_of(finding.fact)) {
    fmt::print("{:<{}}{}\n", head, indent, line);
    head.clear();
  }
  if (finding.mend.empty()) return;
  for (const std::string& line : lines_of("→ " + finding.mend)) {
    fmt::print("{:<{}}{}\n", "", indent, line);
  }
}

void print_for_people(const Findings& findings, std::ptrdiff_t bad) {
  for (const Finding& each : findings) print(each);
  if (bad == 0) fmt::print("\nAll is well.\n");
  if (bad > 0)
    fmt::print("\n{} to mend.\n", bad == 1 ? "One thing" : fmt::format("{} things", bad));
}

void print_json(const Findings& findings, std::ptrdiff_t bad) {
  mcp::OrderedJson rows = mcp::OrderedJson::array();
  for (const Finding& each : findings) {
    mcp::OrderedJson row = {{"name", each.name},
                            {"grade", each.grade == Grade::bad ? "bad" : name(each.grade)},
                            {"fact", each.fact}};
    if (!each.mend.empty()) row["mend"] = each.mend;
    rows.push_back(std::move(row));
  }
  const mcp::OrderedJson whole = {{"version", version}, {"well", bad == 0}, {"findings", rows}};
  fmt::print("{}\n", whole.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace

Command doctor_command(CLI::App& app) {
  const auto as_json = std::make_shared<bool>(false);
  app.add_flag("--json", *as_json, "for programs");
  app.footer(
      "Each line is a fact; an arrow shows what mends a bad one. It asks the network\n"
      "for at most 15 seconds, buys nothing and shows no key. Ends with 1 when\n"
      "something is bad.\n"
      "Examples:\n"
      "  patchbay doctor\n"
      "  patchbay doctor --json | jq '.findings[] | select(.grade == \"bad\")'");
  return [as_json](Program& program) {
    const Findings findings = examine(program);
    const auto bad = std::count_if(findings.begin(), findings.end(),
                                   [](const Finding& each) { return each.grade == Grade::bad; });
    *as_json ? print_json(findings, bad) : print_for_people(findings, bad);
    return bad == 0 ? 0 : 1;
  };
}

}  // namespace tools
