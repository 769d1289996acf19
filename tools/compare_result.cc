#include "tools/compare_result.h"

#include <fmt/format.h>

#include <algorithm>

#include "catalog/clean_text.h"
#include "tools/answer_result.h"
#include "tools/error_text.h"
#include "tools/format.h"
#include "tools/judge.h"
#include "tools/long_text.h"

namespace tools {
namespace {

using mcp::OrderedJson;

constexpr std::size_t least_text = 512;    // of all rows together, whatever else there is to say
constexpr std::size_t row_overhead = 160;  // of a row without its text, in the text form
constexpr std::size_t longest_error = 600;

// A byte of text may take two in JSON, or six.
std::size_t in_json(char c) {
  if (c == '"' || c == '\\' || c == '\n' || c == '\r' || c == '\t') return 2;
  return static_cast<unsigned char>(c) < 0x20 ? 6 : 1;
}

std::size_t json_size(std::string_view text) {
  std::size_t size = 0;
  for (const char c : text) size += in_json(c);
  return size;
}

// How much of the text takes at most `most` bytes in JSON.
std::size_t fitting(std::string_view text, std::size_t most) {
  std::size_t bytes = 0;
  for (std::size_t used = 0; bytes < text.size(); ++bytes) {
    used += in_json(text[bytes]);
    if (used > most) break;
  }
  return bytes;
}

std::string full_text(const Outcome& outcome) {
  if (outcome.answer) return outcome.answer->text;
  if (outcome.status == "canceled") return "canceled: the stream was closed";
  return std::string(cut_at(outcome.error, longest_error));
}

// Each outcome's text as it is shown, the verdict's behind them.
std::vector<CutText> shown_texts(const Comparison& comparison, const Settings& settings) {
  std::vector<std::string> texts;
  for (const auto& outcome : comparison.outcomes) texts.push_back(full_text(*outcome));
  if (comparison.verdict) texts.push_back(full_text(*comparison.verdict));
  std::vector<std::size_t> sizes;
  for (const std::string& text : texts) sizes.push_back(json_size(text));
  const auto most = static_cast<std::size_t>(settings.result_bytes);
  const std::size_t overhead = std::min(most, row_overhead * texts.size());
  const auto shares = fair_shares(sizes, std::max(most - overhead, least_text));
  std::vector<CutText> shown;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::size_t fits = fitting(texts[i], shares[i]);
    shown.push_back(cut_text(std::move(texts[i]), fits, settings.state_folder));
  }
  return shown;
}

OrderedJson row_of(const Outcome& outcome, const CutText& text) {
  OrderedJson row = {{"target", outcome.target}, {"status", outcome.status}};
  if (outcome.answer) {
    const catalog::Answer& answer = *outcome.answer;
    row["served_by"] = answer.served_by;
    if (answer.cost_usd) row["cost_usd"] = *answer.cost_usd;
    if (answer.finish_reason == "length") row["finish_reason"] = answer.finish_reason;
  }
  if (!outcome.task_id.empty()) row["task_id"] = outcome.task_id;
  row["duration_ms"] = outcome.took.count();
  auto value = structured_of(outcome.answer ? outcome.answer->structured : "", text);
  if (value) {
    row["structured"] = std::move(*value);
  } else {
    row[outcome.answer ? "text" : "error"] = text.text;
  }
  if (outcome.answer && !outcome.answer->notes.empty()) row["notes"] = outcome.answer->notes;
  if (text.cut()) row["text_bytes"] = text.total_bytes;
  if (!text.file.empty()) {
    row["text_file"] = text.file;
    if (outcome.task_id.empty()) row["task_id"] = text.id;
    row["next_offset"] = text.text.size();
  }
  return row;
}

OrderedJson labelled(char label, const OrderedJson& row) {
  OrderedJson out = {{"label", std::string(1, label)}};
  out.update(row);
  return out;
}

std::string labels_of(const Outcomes& outcomes) {
  std::string labels;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i]->answered()) labels += label_of(i);
  }
  return labels;
}

std::optional<char> best_of(const Comparison& comparison) {
  if (!comparison.verdict || !comparison.verdict->answered()) return std::nullopt;
  return chosen(comparison.verdict->answer->text, labels_of(comparison.outcomes));
}

std::string facts(const Outcome& outcome) {
  std::string text = outcome.target;
  if (outcome.status != "completed") text += " · " + outcome.status;
  if (!outcome.task_id.empty()) text += " · task_id " + outcome.task_id;
  if (outcome.answer) {
    text += outcome.answer->cost_usd ? " · " + money(*outcome.answer->cost_usd) : " · cost unknown";
    if (outcome.answer->finish_reason == "length") text += " · cut at max_tokens";
  }
  text += fmt::format(" · {:.1f} s", static_cast<double>(outcome.took.count()) / 1000);
  return text;
}

// The sum of what is known, and whether that is all.
void add_costs(const Comparison& comparison, CompareResult& result) {
  Outcomes all = comparison.outcomes;
  if (comparison.verdict) all.push_back(comparison.verdict);
  bool every = true;
  bool reported = true;
  double sum = 0;
  for (const auto& each : all) {
    const bool known = each->answer && each->answer->cost_usd;
    if (known) sum += *each->answer->cost_usd;
    every &= known || (!each->answer && each->billed == catalog::Billed::no);
    reported &= !known || each->answer->cost_source == catalog::CostSource::reported;
  }
  result.cost_usd = sum;
  result.cost_source = !every ? "unknown" : reported ? "reported" : "estimated";
}

std::string footer(const CompareResult& result, const Outcomes& outcomes) {
  const std::string labels = labels_of(outcomes);
  return fmt::format("[{} of {} answered · {}{} in all · {:.1f} s]", labels.size(), outcomes.size(),
                     result.cost_source == "unknown" ? "at least " : "", money(*result.cost_usd),
                     static_cast<double>(*result.duration_ms) / 1000);
}

std::string section(std::string_view heading, const Outcome& outcome, const CutText& text) {
  std::string out =
      fmt::format("## {}{}\n{}{}\n", heading, facts(outcome), text.text, cut_note(text));
  if (outcome.answer) {
    for (const std::string& note : outcome.answer->notes) out += "[" + note + "]\n";
  }
  return out + '\n';
}

}  // namespace

Reply<CompareResult> compare_reply(const Comparison& comparison, const Settings& settings,
                                   std::chrono::milliseconds took) {
  const std::vector<CutText> texts = shown_texts(comparison, settings);
  CompareResult result;
  result.duration_ms = took.count();
  add_costs(comparison, result);
  std::string text;
  for (std::size_t i = 0; i < comparison.outcomes.size(); ++i) {
    const Outcome& outcome = *comparison.outcomes[i];
    result.rows.push_back(labelled(label_of(i), row_of(outcome, texts[i])));
    text += section(fmt::format("{}: ", label_of(i)), outcome, texts[i]);
  }
  if (comparison.verdict) {
    const std::optional<char> best = best_of(comparison);
    result.verdict = row_of(*comparison.verdict, texts.back());
    if (best) (*result.verdict)["best"] = std::string(1, *best);
    text += section("Judge: ", *comparison.verdict, texts.back());
  }
  text += footer(result, comparison.outcomes);
  return {std::move(result), std::move(text)};
}

std::string so_far(const Outcomes& outcomes) {
  std::string text;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const Outcome& outcome = *outcomes[i];
    if (!outcome.over()) {
      text += fmt::format("## {}: {} · working\n\n", label_of(i), outcome.target);
      continue;
    }
    constexpr std::size_t most = 800;
    const std::string whole = full_text(outcome);
    const std::string_view part = cut_at(whole, most);
    text += fmt::format("## {}: {}\n{}{}\n\n", label_of(i), facts(outcome), part,
                        part.size() < whole.size() ? "…" : "");
  }
  return text;
}

}  // namespace tools
