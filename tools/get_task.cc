// What became of a call that was not finished when its answer left; or the recent ones.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>

#include "catalog/errors.h"
#include "tools/all.h"
#include "tools/answer_result.h"
#include "tools/error_text.h"
#include "tools/format.h"
#include "tools/long_call.h"
#include "tools/long_text.h"
#include "tools/redacted_answer.h"

namespace tools {
namespace {

using catalog::StoredTask;
using mcp::OrderedJson;

constexpr int most_recent = 20;

struct Arguments {
  std::optional<std::string> task_id;
  std::optional<std::int64_t> wait_seconds;
  std::optional<std::int64_t> offset;

  static constexpr auto fields() {
    using A = Arguments;
    using mcp::field;
    return mcp::field_list(
        field("task_id", &A::task_id, "Without it: the recent tasks"),
        field("wait_seconds", &A::wait_seconds, "Wait so long for its end; default 20",
              {.minimum = 0, .maximum = 50}),
        field("offset", &A::offset, "Byte of a long text to go on from", {.minimum = 0}));
  }
};

struct Result {
  std::optional<std::string> task_id;
  std::optional<std::string> status;
  std::optional<std::string> target;
  std::optional<std::string> text;
  std::optional<OrderedJson> result;
  std::optional<std::int64_t> next_offset;
  std::optional<std::vector<std::string>> columns;
  std::optional<mcp::Rows> tasks;
  std::optional<mcp::Rows> conversations;

  static constexpr auto fields() {
    using R = Result;
    using mcp::field;
    return mcp::field_list(
        field("task_id", &R::task_id, ""),
        field("status", &R::status,
              "working, input_required, auth_required, completed, failed or canceled"),
        field("target", &R::target, ""), field("text", &R::text, ""),
        field("result", &R::result, "As invoke returns it, without the text"),
        field("next_offset", &R::next_offset, "There is more text from here"),
        field("columns", &R::columns, ""), field("tasks", &R::tasks, ""),
        field("conversations", &R::conversations, ""));
  }
};

std::chrono::system_clock::time_point time_of(std::int64_t unix_ms) {
  return std::chrono::system_clock::time_point(std::chrono::milliseconds(unix_ms));
}

std::string recent_conversations(Program& program, const mcp::Call& call, Result& result) {
  std::string text;
  for (const auto& each : program.conversations().recent(call.principal(), most_recent)) {
    const auto updated = time_of(each.updated_ms);
    if (!result.conversations) result.conversations.emplace();
    result.conversations->push_back({each.id, each.kind, each.target, utc_time(updated)});
    text += fmt::format("\n{} {} {}", each.id, each.target, ago(updated));
  }
  return text.empty() ? text : "\nrecent conversations:" + text;
}

Reply<Result> recent(Program& program, const mcp::Call& call) {
  Result result;
  result.columns = {"task_id", "status", "target", "updated"};
  result.tasks.emplace();
  std::string text;
  for (const StoredTask& task : program.tasks().recent(call.principal(), most_recent)) {
    const std::string updated = utc_time(time_of(task.updated_ms));
    result.tasks->push_back({task.id, task.status, task.target, updated});
    text += fmt::format("\n{} {} {} {}", task.id, task.status, task.target,
                        ago(time_of(task.updated_ms)));
  }
  if (!text.empty()) text = "recent tasks:" + text;
  text += recent_conversations(program, call, result);
  return {std::move(result), text.empty() ? "no tasks" : text};
}

catalog::Answer follow(Program& program, const catalog::AgentTask& remote,
                       const catalog::Patience& patience, const catalog::Listener& listener,
                       const std::stop_token& stop) {
  catalog::Catalog& catalog = program.catalog();
  if (remote.is_job()) {
    return catalog.gateway(remote.directory).follow(remote, patience, listener, stop);
  }
  return catalog.directory(remote.directory).follow(remote, patience, listener, stop);
}

// The conversation that the answer of an agent belongs to; "" for none.
std::string conversation_of(Program& program, const mcp::Call& call, const StoredTask& task,
                            const catalog::AgentTask& remote, const catalog::Answer& answer) {
  if (remote.is_job()) return {};
  return program.conversations().keep(call.principal(), task.target,
                                      {remote.directory, remote.slug, answer.context_id});
}

// A task whose process has gone, but which lives on at its agent: followed here from now on.
StoredTask followed(Program& program, mcp::Call& call, const StoredTask& task,
                    std::chrono::seconds patience) {
  const auto remote = program.remote_task(task);
  if (!remote || !program.tasks().left_behind(task)) return task;
  LongCall long_call(program.tasks(), call, task.target, patience);
  if (!long_call.take_over(task)) return task;
  catalog::Patience until = long_call.patience();
  until.until = call.received + patience;
  try {
    catalog::Answer answer =
        redacted_answer(program, long_call.listener(), [&](const catalog::Listener& heard) {
          return follow(program, *remote, until, heard, call.stop_token());
        });
    const std::optional<catalog::AgentTask> now = answer.task;
    const std::string conversation = conversation_of(program, call, task, *remote, answer);
    const auto took = std::chrono::milliseconds(0);  // what it took is not known here
    Reply<AnswerResult> reply = answer_reply(std::move(answer), program.settings(), took);
    add_conversation(reply, conversation);
    long_call.ended(std::move(reply), now);
  } catch (const catalog::UpstreamError& error) {
    long_call.failed("failed", error_text(error));
  } catch (const catalog::Refused&) {
    long_call.put_back();
    throw;
  } catch (const catalog::Cancelled&) {
    long_call.stopped_following();
    throw;
  }
  return program.tasks().find(task.id, call.principal());
}

// Part of a long text, and where it goes on.
struct Slice {
  std::string text;
  std::optional<std::int64_t> next;
};

// At most `most` bytes, from `offset` on and up to the end of a character.
Slice slice_of(std::string_view from_offset, std::int64_t offset, std::int64_t most) {
  Slice slice{std::string(cut_at(from_offset, static_cast<std::size_t>(most))), {}};
  if (slice.text.size() < from_offset.size()) {
    slice.next = offset + static_cast<std::int64_t>(slice.text.size());
  }
  return slice;
}

Slice slice_of_file(const std::string& file, std::int64_t offset, std::int64_t most) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    throw catalog::Refused(catalog::Kind::not_found, "the whole text is not kept any more");
  }
  in.seekg(offset);
  std::string bytes(static_cast<std::size_t>(most) + 4, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return slice_of(bytes, offset, most);
}

// Of a text that is still growing: what is newest, or what came since `offset`. Its end is where
// the next look goes on.
Slice slice_of_growing(std::string_view text, std::optional<std::int64_t> offset,
                       std::int64_t most) {
  const auto size = static_cast<std::int64_t>(text.size());
  std::int64_t from = std::min(size, offset.value_or(std::max<std::int64_t>(0, size - most)));
  while (from < size && (text[static_cast<std::size_t>(from)] & 0xC0) == 0x80) ++from;
  Slice slice = slice_of(text.substr(static_cast<std::size_t>(from)), from, most);
  slice.next = from + static_cast<std::int64_t>(slice.text.size());
  return slice;
}

// A kept result without the texts that stand in the task's own.
OrderedJson without_text(OrderedJson kept) {
  kept.erase("text");
  for (const char* part : {"rows", "verdict"}) {
    const auto at = kept.find(part);
    if (at == kept.end()) continue;
    if (at->is_object()) at->erase("text");
    for (OrderedJson& row : *at) {
      if (row.is_object()) row.erase("text");
    }
  }
  return kept;
}

Slice text_of(const StoredTask& task, const OrderedJson& kept, std::optional<std::int64_t> offset,
              std::int64_t most) {
  const std::string file = kept.is_object() ? kept.value("text_file", "") : "";
  if (!file.empty()) return slice_of_file(file, offset.value_or(0), most);
  if (task.status == "working") return slice_of_growing(task.text, offset, most);
  const auto from = std::min(static_cast<std::size_t>(offset.value_or(0)), task.text.size());
  // What was kept fits a client as a whole; only what it is read by pieces may not.
  return slice_of(std::string_view(task.text).substr(from), static_cast<std::int64_t>(from),
                  offset ? most : std::max<std::int64_t>(most * 3 / 2, 4096));
}

// `footer` stands behind the end in the text form only.
Reply<Result> reply_of(Result result, Slice slice, std::string_view footer = {}) {
  std::string text = fmt::format("{}: {}", *result.status, slice.text);
  text += slice.next ? fmt::format("\n[more: offset={}]", *slice.next) : std::string(footer);
  result.text = std::move(slice.text);
  result.next_offset = slice.next;
  return {std::move(result), std::move(text)};
}

// What was kept is the text form. What stands there behind the answer itself, who gave it and what
// it cost, is in the result too, and comes out of the text.
std::string take_footer(StoredTask& task, const OrderedJson& kept) {
  const auto answer = kept.is_object() ? kept.find("text") : kept.end();
  const bool here = answer != kept.end() && answer->is_string() && !kept.contains("text_file");
  if (!here || !task.over()) return {};
  const auto& text = answer->get_ref<const std::string&>();
  if (!task.text.starts_with(text)) return {};
  std::string footer = task.text.substr(text.size());
  task.text = text;
  return footer;
}

Reply<Result> shown(const Program& program, StoredTask task, std::optional<std::int64_t> offset) {
  Result result;
  result.task_id = task.id;
  result.status = task.status;
  result.target = task.target;
  const auto kept = OrderedJson::parse(task.result.empty() ? "null" : task.result, nullptr, false);
  if (kept.is_object()) result.result = without_text(kept);
  const std::string footer = take_footer(task, kept);
  return reply_of(std::move(result), text_of(task, kept, offset, program.settings().result_bytes),
                  footer);
}

// An answer that was cut when it was given has no task, but is read on in the same way.
std::optional<Reply<Result>> kept_answer(const Program& program, const Arguments& arguments) {
  if (!is_kept_id(*arguments.task_id)) return std::nullopt;
  const std::string file = kept_file(program.settings().state_folder, *arguments.task_id);
  std::error_code failed;
  if (!std::filesystem::exists(file, failed)) return std::nullopt;
  Result result;
  result.task_id = arguments.task_id;
  result.status = "completed";
  return reply_of(std::move(result), slice_of_file(file, arguments.offset.value_or(0),
                                                   program.settings().result_bytes));
}

Reply<Result> get_task(Program& program, mcp::Call& call, const Arguments& arguments) {
  if (!arguments.task_id) return recent(program, call);
  if (auto kept = kept_answer(program, arguments)) return std::move(*kept);
  const std::chrono::seconds patience(arguments.wait_seconds.value_or(20));
  StoredTask task = program.tasks().wait(*arguments.task_id, call.principal(),
                                         std::chrono::steady_clock::now(), call.stop_token());
  task = followed(program, call, task, patience);
  if (task.status == "working") {
    task = program.tasks().wait(task.id, call.principal(), call.received + patience,
                                call.stop_token());
  }
  return shown(program, task, arguments.offset);
}

}  // namespace

mcp::Tool get_task_tool(Program& program) {
  return make_tool(
      {"get_task", "Get task",
       "The state, text so far or result of a call that returned a task_id; also after a restart. "
       "Without task_id the recent ones.",
       lookup},
      program, get_task);
}

}  // namespace tools
