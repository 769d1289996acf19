#include "tools/answer_result.h"

#include <fmt/format.h>

#include <filesystem>

#include "tools/format.h"
#include "tools/long_text.h"

namespace tools {
namespace {

std::string_view name(catalog::CostSource source) {
  switch (source) {
    case catalog::CostSource::reported:
      return "reported";
    case catalog::CostSource::estimated:
      return "estimated";
    case catalog::CostSource::unknown:
      return "unknown";
  }
  return "";
}

std::string tokens_text(const UsageTokens& usage) {
  std::string text;
  if (usage.in) text += fmt::format(" · {} in", *usage.in);
  if (usage.out) text += fmt::format(", {} out", *usage.out);
  if (usage.reasoning.value_or(0) > 0) text += fmt::format(" ({} reasoning)", *usage.reasoning);
  return text;
}

std::string cost_text(const AnswerResult& result) {
  if (!result.cost_usd) return " · cost unknown";
  return fmt::format(" · {}{}", money(*result.cost_usd),
                     result.cost_source == "estimated" ? " estimated" : "");
}

// What stands behind the answer in the text form: who answered, what it took.
std::string footer(const AnswerResult& result) {
  std::string text =
      fmt::format("[{}{}{} · {:.1f} s", result.served_by.value_or(""), tokens_text(result.usage),
                  cost_text(result), static_cast<double>(result.duration_ms) / 1000);
  const std::string reason = result.finish_reason.value_or("stop");
  if (reason != "stop" && reason != "completed") text += " · finish_reason " + reason;
  return text + "]";
}

std::string text_of(const AnswerResult& result, const CutText& cut) {
  std::string text;
  if (result.status == "input_required") text = "The agent asks: ";
  if (result.status == "auth_required") text = "The agent wants a login: ";
  text += result.text + cut_note(cut);
  for (const std::string& note : result.notes.value_or(std::vector<std::string>())) {
    text += "\n[" + note + "]";
  }
  for (const std::string& file : result.files) text += "\n[file: " + file + "]";
  return text + "\n\n" + footer(result);
}

}  // namespace

std::string_view name(catalog::Status status) {
  switch (status) {
    case catalog::Status::completed:
      return "completed";
    case catalog::Status::input_required:
      return "input_required";
    case catalog::Status::auth_required:
      return "auth_required";
    case catalog::Status::working:
      return "working";
  }
  return "";
}

std::vector<std::string> saved(const std::vector<catalog::FilePart>& files,
                               const std::string& state_folder) {
  std::vector<std::string> paths;
  if (files.empty()) return paths;
  const std::string folder = "files/" + random_id();
  for (std::size_t i = 0; i < files.size(); ++i) {
    const catalog::FilePart& file = files[i];
    if (!file.url.empty()) {
      paths.push_back(file.url);
      continue;
    }
    const std::string path = kept_bytes(file.bytes, state_folder, folder,
                                        fmt::format("{}-{}", i + 1, plain_name(file.name, i)));
    paths.push_back(path.empty() ? "could not be saved: " + plain_name(file.name, i) : path);
  }
  return paths;
}

Reply<AnswerResult> answer_reply(catalog::Answer&& answer, const Settings& settings,
                                 std::chrono::milliseconds took) {
  CutText cut = cut_text(std::move(answer.text), static_cast<std::size_t>(settings.result_bytes),
                         settings.state_folder);
  AnswerResult result;
  result.status = name(answer.status);
  result.text = cut.text;
  result.served_by = answer.served_by;
  result.usage = {answer.usage.prompt_tokens, answer.usage.completion_tokens,
                  answer.usage.reasoning_tokens, answer.usage.cached_tokens};
  result.cost_usd = answer.cost_usd;
  result.cost_source = name(answer.cost_source);
  result.duration_ms = took.count();
  if (!answer.notes.empty()) result.notes = answer.notes;
  if (!answer.finish_reason.empty()) result.finish_reason = answer.finish_reason;
  if (cut.cut()) result.text_bytes = static_cast<std::int64_t>(cut.total_bytes);
  if (!cut.file.empty()) {
    result.text_file = cut.file;
    result.task_id = cut.id;
    result.next_offset = static_cast<std::int64_t>(cut.text.size());
  }
  result.files = saved(answer.files, settings.state_folder);
  std::string text = text_of(result, cut);
  result.structured = structured_of(answer.structured, cut);
  if (result.structured) result.text.clear();  // it stands once in each form
  return {std::move(result), std::move(text)};
}

void add_conversation(Reply<AnswerResult>& reply, const std::string& id) {
  if (id.empty()) return;
  reply.structured.conversation = id;
  reply.text += "\n[conversation " + id + "]";
}

Reply<AnswerResult> question_reply(const catalog::StoredTask& task) {
  const auto kept = mcp::Json::parse(task.result, nullptr, false);
  AnswerResult result;
  result.status = task.status;
  result.task_id = task.id;
  result.text = kept.is_object() ? kept.value("text", "") : task.text;
  return {std::move(result), task.text};
}

std::optional<mcp::OrderedJson> structured_of(const std::string& json, const CutText& shown) {
  if (json.empty() || shown.cut()) return std::nullopt;
  auto value = mcp::OrderedJson::parse(json, nullptr, false);
  return value.is_discarded() ? std::nullopt : std::optional(std::move(value));
}

Reply<AnswerResult> working_reply(const std::string& task_id, const std::string& partial_text,
                                  std::chrono::milliseconds so_far) {
  constexpr std::size_t most_partial = 2000;
  AnswerResult result;
  result.status = "working";
  result.task_id = task_id;
  result.duration_ms = so_far.count();
  const std::size_t skipped =
      partial_text.size() > most_partial ? partial_text.size() - most_partial : 0;
  result.text = fmt::format(
      "Not finished after {} s; it goes on. Ask with get_task {{\"task_id\":\"{}\"}}, stop with "
      "cancel_task.",
      so_far.count() / 1000, task_id);
  std::string text = result.text;
  if (!partial_text.empty()) {
    text += fmt::format("\n{} bytes so far, the newest:\n{}", partial_text.size(),
                        partial_text.substr(skipped));
  }
  return {std::move(result), std::move(text)};
}

}  // namespace tools
