// Sending a prompt to a model or an agent, and its answer back.
#include <array>
#include <chrono>
#include <memory>
#include <vector>

#include "catalog/models/model_query.h"
#include "tools/all.h"
#include "tools/answer_result.h"
#include "tools/ask.h"
#include "tools/call_files.h"
#include "tools/cheapest.h"
#include "tools/conversations.h"
#include "tools/error_text.h"
#include "tools/long_call.h"
#include "tools/paid_call.h"
#include "tools/person.h"
#include "tools/preview.h"
#include "tools/redacted_answer.h"
#include "tools/routing.h"
#include "tools/structured_answer.h"
#include "tools/tool.h"

namespace tools {
namespace {

using catalog::Answer;

constexpr std::array<std::string_view, 7> efforts = {"none", "minimal", "low", "medium",
                                                     "high", "xhigh",   "max"};

struct Arguments {
  std::optional<std::string> target;
  std::string prompt;
  std::optional<std::string> system;
  std::optional<std::int64_t> max_tokens;
  std::optional<double> temperature;
  std::optional<std::string> reasoning_effort;
  mcp::Json output_schema;
  mcp::Json needs;
  std::optional<std::string> conversation;
  std::vector<std::string> fallbacks;
  mcp::Json provider;
  mcp::Json options;
  bool web_search = false;
  std::optional<std::string> task_id;
  std::optional<std::vector<std::string>> files;
  std::optional<std::string> save_to;
  std::optional<std::int64_t> wait_seconds;
  std::optional<double> max_cost_usd;
  std::optional<std::string> idempotency_key;

  static constexpr auto fields() {
    using A = Arguments;
    using mcp::field;
    return mcp::field_list(
        field("target", &A::target, "Model id or agent:slug, as the lists show it"),
        field("prompt", &A::prompt, "All the target needs to know: it sees nothing else"),
        field("system", &A::system, "System prompt (models)"),
        field("max_tokens", &A::max_tokens, "Most output tokens, reasoning included; default 4096",
              {.minimum = 1, .maximum = 1'000'000}),
        field("temperature", &A::temperature, "Models only", {.minimum = 0, .maximum = 2}),
        field("reasoning_effort", &A::reasoning_effort, "Models that reason", {.one_of = efforts}),
        field("output_schema", &A::output_schema, "JSON Schema of the answer (models)"),
        field("needs", &A::needs,
              "For target cheapest: context, modalities, parameters, coding, max_price"),
        field("conversation", &A::conversation, "Id in a result, or new"),
        field("fallbacks", &A::fallbacks, "Tried next"),
        field("provider", &A::provider, "Routing: order, zdr, ..."),
        field("options", &A::options, "Media: size, voice"),
        field("web_search", &A::web_search, "Costs extra"),
        field("task_id", &A::task_id, "Instead of target: answers an input_required task"),
        field("files", &A::files, "Workspace paths: text, images, PDF, audio"),
        field("save_to", &A::save_to, "Save answer as patchbay-out/<this>"),
        field("wait_seconds", &A::wait_seconds, "Then status working and a task_id; default 50",
              {.minimum = 0, .maximum = 50}),
        field("max_cost_usd", &A::max_cost_usd, "Most this call may cost"),
        field("idempotency_key", &A::idempotency_key, "Bought once per key"));
  }
};

// What is asked of whom.
struct Errand {
  std::string target;  // as it is shown with the task
  Ask ask;
  // Of an agent: whose conversations its answers belong to, and the one to go on with.
  std::optional<AgentConversation> agent{};
  std::optional<catalog::StoredTask> task{};  // the one whose question is answered
  std::optional<ModelConversation> model{};   // with a model, where the caller wants one
};

Errand to_target(Program& program, const Wish& wish, std::stop_token stop) {
  Errand errand{wish.target, asker(program, wish, stop)};
  if (wish.target == cheapest_target) return errand;
  const catalog::Target found = program.catalog().resolve(wish.target);
  if (const auto* agent = std::get_if<catalog::AgentTarget>(&found)) {
    errand.target = program.catalog().target_of(agent->directory, agent->slug);
    errand.agent = AgentConversation{agent->directory.name(), agent->slug, {}};
  }
  return errand;
}

Wish wish_of(const Arguments& arguments, const std::string& target) {
  return {target, arguments.needs, schema_of(arguments.output_schema)};
}

constexpr std::string_view new_conversation = "new";

[[noreturn]] void refuse_target(const catalog::StoredConversation& stored) {
  throw catalog::Refused(catalog::Kind::invalid_arguments,
                         "that conversation is with " + stored.target,
                         "Leave `target` out, or leave `conversation` out to start a new one.");
}

// A target may be named beside the conversation: the agent that it is with, or any model to go on
// with one that is with a model.
Errand to_conversation(Program& program, const mcp::Call& call, const Arguments& arguments) {
  const auto stored = program.conversations().find(*arguments.conversation, call.principal());
  Wish wish = wish_of(arguments, arguments.target.value_or(stored.target));
  std::optional<ModelConversation> model;
  if (stored.kind == "model") model.emplace(stored);
  if (model && wish.target == cheapest_target) wish.needs = model->needs_with(wish.needs);
  Errand errand = to_target(program, wish, call.stop_token());
  if (model) {
    if (errand.agent) refuse_target(stored);
    errand.model = std::move(model);
    return errand;
  }
  const AgentConversation known = agent_conversation(stored);
  const bool same = errand.agent && errand.agent->directory == known.directory &&
                    errand.agent->slug == known.slug;
  if (!same) refuse_target(stored);
  errand.agent->context_id = known.context_id;
  return errand;
}

// Agents begin a conversation by themselves.
Errand to_new_target(Program& program, const mcp::Call& call, const Arguments& arguments) {
  Errand errand = to_target(program, wish_of(arguments, *arguments.target), call.stop_token());
  if (arguments.conversation && !errand.agent) {
    errand.model.emplace();
    errand.model->needs_with(arguments.needs);
  }
  return errand;
}

// The agent's question, which the prompt answers. Only once: an answer is not sent again.
Errand to_task(Program& program, const mcp::Call& call, const std::string& task_id) {
  const catalog::StoredTask task = program.tasks().find(task_id, call.principal());
  if (task.status == "working") {
    throw catalog::Refused(catalog::Kind::busy,
                           "task " + task.id + " is at work, or being answered already",
                           "get_task waits for what comes of it.");
  }
  const bool asks = task.status == "input_required" || task.status == "auth_required";
  const auto remote = program.remote_task(task);
  if (!asks || !remote) {
    throw catalog::Refused(catalog::Kind::unsupported,
                           "task " + task.id + " asks for nothing: it is " + task.status,
                           "get_task shows it; a new goal needs a target instead of task_id.");
  }
  catalog::Directory& directory = program.catalog().directory(remote->directory);
  return {task.target,
          [&program, &directory, remote = *remote, stop = call.stop_token()](
              const catalog::Prompt& prompt, const catalog::Listener& listener) {
            return redacted_answer(program, listener, [&](const catalog::Listener& heard) {
              return directory.answer(remote, prompt, heard, stop);
            });
          },
          AgentConversation{remote->directory, remote->slug, {}}, task};
}

Errand errand_of(Program& program, const mcp::Call& call, const Arguments& arguments) {
  if (arguments.task_id) {
    if (arguments.target || arguments.conversation || !arguments.output_schema.is_null()) {
      throw mcp::InvalidArguments(
          "arguments.task_id: give it without target, conversation and output_schema");
    }
    return to_task(program, call, *arguments.task_id);
  }
  const bool goes_on = arguments.conversation && *arguments.conversation != new_conversation;
  if (goes_on) return to_conversation(program, call, arguments);
  if (!arguments.target) {
    throw mcp::InvalidArguments("arguments.target: give a target, a conversation or a task_id");
  }
  return to_new_target(program, call, arguments);
}

// How long the caller waits, who pays, and where the answer is saved, if it is.
struct Terms {
  std::chrono::seconds patience;
  catalog::Purse& purse;
  std::shared_ptr<catalog::OutputFolder> place{};
};

Terms terms_of(const Program& program, mcp::Call& call, const Arguments& arguments,
               catalog::Purse& purse) {
  Terms terms{std::chrono::seconds(arguments.wait_seconds.value_or(usual_patience.count())), purse};
  if (arguments.save_to) terms.place = place_for_answer(program, call, *arguments.save_to);
  return terms;
}

catalog::Prompt prompt_of(Program& program, mcp::Call& call, const Arguments& arguments) {
  catalog::Prompt prompt;
  add_routing(program, arguments.target,
              {arguments.fallbacks, arguments.provider, arguments.web_search}, prompt);
  if (!arguments.options.empty()) prompt.options = mcp::dump(arguments.options);
  prompt.text = arguments.prompt;
  prompt.system = arguments.system;
  prompt.max_tokens = arguments.max_tokens;
  prompt.temperature = arguments.temperature;
  prompt.reasoning_effort = arguments.reasoning_effort;
  const auto& files = arguments.files;
  if (files && !files->empty()) prompt.files = files_to_send(program, call, *files);
  return prompt;
}

// The id of the conversation that the answer belongs to; "" for none.
std::string keep_conversation(Program& program, const mcp::Call& call, const Errand& errand,
                              const catalog::Prompt& prompt, const Answer& answer) {
  if (errand.agent) {
    const AgentConversation with{errand.agent->directory, errand.agent->slug, answer.context_id};
    return program.conversations().keep(call.principal(), errand.target, with);
  }
  if (!errand.model) return {};
  ModelConversation conversation = *errand.model;
  conversation.add(prompt, answer);
  return program.conversations().keep(call.principal(), errand.target, conversation);
}

// What was said before, as far as the model's context takes it; a note when that is not all.
std::string recall(Program& program, const Errand& errand, catalog::Prompt& prompt,
                   const std::stop_token& stop) {
  if (!errand.model) return {};
  if (errand.target == cheapest_target) return errand.model->put_into(prompt, {}, nullptr);
  const catalog::ModelTarget target = program.catalog().resolve_model(errand.target);
  std::shared_ptr<const catalog::ModelList> list;
  try {
    list = target.gateway.models(stop);
  } catch (const catalog::UpstreamError&) {
    // A gateway need not list its models; then nothing is known of their context.
  }
  const catalog::Model* known = list ? catalog::find_model(*list, target.id) : nullptr;
  return errand.model->put_into(prompt, errand.target, known);
}

// Asks, and shows the answer, with the conversation that it belongs to.
Reply<AnswerResult> asked(Program& program, mcp::Call& call, const Errand& errand,
                          catalog::Prompt prompt, const Terms& terms, LongCall& long_call) {
  terms.purse.calls(program.catalog().ledger_name(errand.target));
  prompt.purse = &terms.purse;
  const std::string left_out = recall(program, errand, prompt, call.stop_token());
  Answer answer = errand.ask(prompt, long_call.listener());
  if (!left_out.empty()) answer.notes.push_back(left_out);
  std::vector<mcp::OrderedJson> previews = previews_of(answer);
  if (terms.place) save_answer(answer, *terms.place);
  const std::optional<catalog::AgentTask> task = answer.task;
  const std::string conversation = keep_conversation(program, call, errand, prompt, answer);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - call.received);
  Reply<AnswerResult> reply = answer_reply(std::move(answer), program.settings(), took);
  add_conversation(reply, conversation);
  add_alerts(program, terms.purse, reply);
  reply.more_content = std::move(previews);
  return long_call.ended(std::move(reply), task);
}

// We declined. Who has left finds that under the task id; a task that was taken over is as it was.
void declined(const mcp::Call& call, const Errand& errand, const catalog::Refused& refused,
              LongCall& long_call) {
  if (call.has_left() && !errand.task) return long_call.failed("failed", error_text(refused));
  long_call.put_back();
}

// Runs the call, and keeps its end where the caller may no longer be there to hear it.
Reply<AnswerResult> run(Program& program, mcp::Call& call, const Errand& errand,
                        catalog::Prompt prompt, const Terms& terms) {
  LongCall long_call(program.tasks(), call, errand.target, terms.patience);
  if (errand.task && !long_call.take_over(*errand.task)) {
    throw catalog::Refused(catalog::Kind::busy,
                           "task " + errand.task->id + " is being answered already",
                           "get_task waits for what comes of it.");
  }
  if (errand.agent) prompt.context_id = errand.agent->context_id;
  prompt.patience = long_call.patience();
  try {
    return asked(program, call, errand, std::move(prompt), terms, long_call);
  } catch (const catalog::UpstreamError& error) {
    long_call.failed("failed", error_text(error));
    throw;
  } catch (const catalog::Refused& refused) {
    declined(call, errand, refused, long_call);
    throw;
  } catch (const mcp::NeedInput&) {
    long_call.put_back();
    throw;
  } catch (const catalog::Cancelled&) {
    long_call.stopped();
    throw;
  }
}

// --- the person ---------------------------------------------------------------------------------

// Goes on for as long as the agent asks and the person answers; the last question, or the answer.
Reply<AnswerResult> with_person(Program& program, mcp::Call& call, Reply<AnswerResult> reply,
                                std::int64_t round, const Terms& terms) {
  while (reply.structured.status == "input_required" && reply.structured.task_id) {
    const std::string task_id = *reply.structured.task_id;
    const catalog::StoredTask task = program.tasks().find(task_id, call.principal());
    const mcp::Question question = agents_question(task.target, reply.structured.text);
    const auto said = ask_person(call, question, {task_id, round, terms.purse.used()});
    if (!said) break;
    catalog::Prompt prompt;
    prompt.text = *said;
    reply = run(program, call, to_task(program, call, task_id), prompt, terms);
    ++round;
  }
  return reply;
}

Reply<AnswerResult> converse(Program& program, mcp::Call& call, const Arguments& arguments,
                             catalog::Purse& purse) {
  if (const auto round = round_brought_back(program.settings(), call)) {
    const catalog::StoredTask task = program.tasks().find(round->task_id, call.principal());
    return with_person(program, call, question_reply(task), round->number,
                       terms_of(program, call, arguments, purse));
  }
  const Errand errand = errand_of(program, call, arguments);
  catalog::Prompt prompt = prompt_of(program, call, arguments);
  const Terms terms = terms_of(program, call, arguments, purse);
  Reply<AnswerResult> reply = run(program, call, errand, std::move(prompt), terms);
  if (!program.settings().ask_person) return reply;
  return with_person(program, call, std::move(reply), 1, terms);
}

Reply<AnswerResult> invoke(Program& program, mcp::Call& call, const Arguments& arguments) {
  catalog::Purse purse = purse_for(program, call, arguments.max_cost_usd);
  const auto round = round_brought_back(program.settings(), call);
  if (round) purse.has_used(round->spent);
  const auto buy = [&] { return converse(program, call, arguments, purse); };
  // A file may have changed meanwhile: only who gives a key says that it is the same call.
  if (arguments.files && !arguments.idempotency_key) return buy();
  const Buying buying{
      "invoke", arguments.idempotency_key,
      [given = std::make_shared<const Arguments>(arguments)] { return identity_of(*given); },
      [&purse] { return purse.bought(); }, round.has_value()};
  return bought_once(program, call, buying, buy);
}

}  // namespace

mcp::Tool invoke_tool(Program& program) {
  return make_tool(
      {"invoke",
       "Invoke a model or agent",
       "Send a prompt to one AI model or remote agent and return its answer with what it cost. "
       "SPENDS MONEY unless the model is free. Find targets with list_models or list_agents. A "
       "slow "
       "call returns status working and a task_id for get_task.",
       {.read_only = false, .destructive = false, .idempotent = false, .open_world = true}},
      program, invoke);
}

}  // namespace tools
