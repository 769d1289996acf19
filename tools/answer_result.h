// An answer as the tools show it: `invoke` at once, `get_task` later.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "catalog/answer.h"
#include "catalog/state/task_store.h"
#include "mcp/fields.h"
#include "tools/long_text.h"
#include "tools/program.h"
#include "tools/tool.h"

namespace tools {

struct UsageTokens {
  std::optional<std::int64_t> in;
  std::optional<std::int64_t> out;
  std::optional<std::int64_t> reasoning;
  std::optional<std::int64_t> cached;

  static constexpr auto fields() {
    using U = UsageTokens;
    using mcp::field;
    return mcp::field_list(field("in", &U::in, ""), field("out", &U::out, ""),
                           field("reasoning", &U::reasoning, ""), field("cached", &U::cached, ""));
  }
};

struct AnswerResult {
  std::string status;
  std::string text;
  std::optional<mcp::OrderedJson> structured;
  std::optional<std::vector<std::string>> notes;
  std::optional<std::string> task_id;
  std::optional<std::string> conversation;
  std::optional<std::string> served_by;
  UsageTokens usage;
  std::optional<double> cost_usd;
  std::string cost_source = "unknown";
  std::int64_t duration_ms = 0;
  std::optional<std::string> finish_reason;
  std::optional<std::int64_t> text_bytes;
  std::optional<std::string> text_file;
  std::optional<std::int64_t> next_offset;
  std::vector<std::string> files;
  std::optional<std::vector<std::string>> budget_alerts;
  std::optional<bool> replayed;  // paid for by an earlier call, whose answer this is

  static constexpr auto fields() {
    using R = AnswerResult;
    using mcp::field;
    return mcp::field_list(
        field("status", &R::status, "completed, working, input_required or auth_required"),
        field("text", &R::text, ""), field("structured", &R::structured, ""),
        field("notes", &R::notes, ""),
        field("task_id", &R::task_id,
              "When not completed, or cut: for get_task, cancel_task, invoke"),
        field("conversation", &R::conversation, ""), field("served_by", &R::served_by, ""),
        field("usage", &R::usage, "Tokens"), field("cost_usd", &R::cost_usd, ""),
        field("cost_source", &R::cost_source, "reported, estimated or unknown"),
        field("duration_ms", &R::duration_ms, ""), field("finish_reason", &R::finish_reason, ""),
        field("text_bytes", &R::text_bytes, "Of the whole, when text was cut"),
        field("text_file", &R::text_file, "The whole, when text was cut"),
        field("next_offset", &R::next_offset, ""), field("files", &R::files, "Saved here"),
        field("budget_alerts", &R::budget_alerts, ""), field("replayed", &R::replayed, ""));
  }
};

std::string_view name(catalog::Status status);

// An answer that is JSON, as a value; nothing when it is not, or not shown whole.
std::optional<mcp::OrderedJson> structured_of(const std::string& json, const CutText& shown);

// Saves what came with bytes below the state folder, and returns the paths; what is only an address
// stays one: it is a stranger's.
std::vector<std::string> saved(const std::vector<catalog::FilePart>& files,
                               const std::string& state_folder);

// Cut to what the client takes; what is long, and files, are kept below the state folder.
Reply<AnswerResult> answer_reply(catalog::Answer&& answer, const Settings& settings,
                                 std::chrono::milliseconds took);
// Names the conversation that the answer belongs to; "": none.
void add_conversation(Reply<AnswerResult>& reply, const std::string& id);
// What a kept task asked, once more.
Reply<AnswerResult> question_reply(const catalog::StoredTask& task);
// What is told of a call that goes on after its answer has left.
Reply<AnswerResult> working_reply(const std::string& task_id, const std::string& partial_text,
                                  std::chrono::milliseconds so_far);

}  // namespace tools
