// The same prompt to several targets at once, side by side.
#include <fmt/format.h>

#include <chrono>
#include <deque>

#include "catalog/errors.h"
#include "catalog/spend/purse.h"
#include "tools/all.h"
#include "tools/call_files.h"
#include "tools/compare_result.h"
#include "tools/error_text.h"
#include "tools/judge.h"
#include "tools/long_call.h"
#include "tools/long_text.h"
#include "tools/paid_call.h"
#include "tools/structured_answer.h"
#include "tools/tool.h"

namespace tools {
namespace {

constexpr std::size_t most_targets = 8;

struct Arguments {
  std::vector<std::string> targets;
  std::string prompt;
  std::optional<std::string> system;
  std::optional<std::vector<std::string>> files;
  std::optional<std::int64_t> max_tokens;
  mcp::Json output_schema;
  std::optional<std::string> judge;
  std::optional<std::int64_t> wait_seconds;
  std::optional<double> max_cost_usd;
  std::optional<std::string> idempotency_key;

  static constexpr auto fields() {
    using A = Arguments;
    using mcp::field;
    return mcp::field_list(
        field("targets", &A::targets, "2-8; repeat one to sample it", {.max_length = most_targets}),
        field("prompt", &A::prompt, "See invoke"), field("system", &A::system, "See invoke"),
        field("files", &A::files, "See invoke"),
        field("max_tokens", &A::max_tokens, "Each", {.minimum = 1}),
        field("output_schema", &A::output_schema, "See invoke"),
        field("judge", &A::judge, "Target that picks the best"),
        field("wait_seconds", &A::wait_seconds, "See invoke", {.minimum = 0, .maximum = 50}),
        field("max_cost_usd", &A::max_cost_usd, "Of all together"),
        field("idempotency_key", &A::idempotency_key, "See invoke"));
  }
};

std::vector<Question> questions(Program& program, mcp::Call& call, const Arguments& arguments) {
  if (arguments.targets.size() < 2) {
    throw mcp::InvalidArguments("arguments.targets: expected 2 to 8 targets");
  }
  catalog::Prompt prompt;
  prompt.text = arguments.prompt;
  prompt.system = arguments.system;
  prompt.max_tokens = arguments.max_tokens;
  if (arguments.files) prompt.files = files_to_send(program, call, *arguments.files);
  std::vector<Question> all;
  for (const std::string& target : arguments.targets) {
    all.push_back({target, prompt});
  }
  return all;
}

std::size_t over(const Outcomes& outcomes) {
  return static_cast<std::size_t>(std::count_if(outcomes.begin(), outcomes.end(),
                                                [](const auto& each) { return each->over(); }));
}

// What the judge is to read; nothing where there is nothing to choose between.
std::optional<Question> question_for_judge(const Arguments& arguments, const Outcomes& outcomes) {
  std::vector<LabelledAnswer> answers;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i]->answered()) answers.push_back({label_of(i), outcomes[i]->answer->text});
  }
  if (!arguments.judge || answers.size() < 2) return std::nullopt;
  Question question{*arguments.judge, {}};
  question.prompt.text = judge_prompt(arguments.prompt, answers, random_id().substr(0, 12));
  return question;
}

// Where nobody answered there is nothing to compare.
[[noreturn]] void fail_all(const Outcomes& outcomes) {
  const Outcome& first = *outcomes.front();
  catalog::UpstreamError error(first.kind.value_or(catalog::Kind::internal),
                               fmt::format("none of the {} targets answered", outcomes.size()));
  error.advice = "Each of them:";
  for (const auto& outcome : outcomes) {
    error.advice += fmt::format("\n{}: {}", outcome->target, cut_at(outcome->error, 600));
    if (error.billed != catalog::Billed::yes && outcome->billed != catalog::Billed::no) {
      error.billed = outcome->billed;
    }
  }
  throw error;
}

// One run of the tool, on the call's own thread.
class Comparing {
 public:
  Comparing(Program& program, mcp::Call& call, const Arguments& arguments)
      : program_(program),
        call_(call),
        arguments_(arguments),
        long_call_(program.tasks(), call, "compare",
                   std::chrono::seconds(arguments.wait_seconds.value_or(usual_patience.count()))),
        listener_(long_call_.listener()),
        schema_(schema_of(arguments.output_schema)) {}

  Reply<CompareResult> run(const std::vector<Question>& asked) {
    Comparison comparison;
    comparison.outcomes = ask(asked, schema_, [this](const Outcomes& outcomes) {
      long_call_.so_far(so_far(outcomes));
      listener_.alive(fmt::format("{} of {} answered", over(outcomes), outcomes.size()));
    });
    if (const auto question = question_for_judge(arguments_, comparison.outcomes)) {
      const auto waiting = [this](const Outcomes&) { listener_.alive("judging"); };
      comparison.verdict = ask({*question}, nullptr, waiting).front();
    }
    const bool none = std::all_of(comparison.outcomes.begin(), comparison.outcomes.end(),
                                  [](const auto& each) { return each->kind.has_value(); });
    if (none) fail_all(comparison.outcomes);
    for (auto& outcome : comparison.outcomes) keep_question(outcome);
    return ended(comparison);
  }

  Reply<CompareResult> run_kept(const std::vector<Question>& asked) {
    try {
      return run(asked);
    } catch (const catalog::UpstreamError& error) {
      long_call_.failed("failed", error_text(error));
      throw;
    } catch (const catalog::Cancelled&) {
      long_call_.stopped();
      throw;
    }
  }

  bool has_bought() const { return has_bought_; }

 private:
  std::size_t shares() const { return arguments_.targets.size() + (arguments_.judge ? 1 : 0); }

  // Each may spend an equal share of what the caller allows. Nobody is asked whether a dear one may
  // be called, because several questions at once would only confuse: it is refused, in its row.
  catalog::Payer payer_of(const std::string& target) const {
    catalog::Payer payer{call_.principal(), program_.catalog().ledger_name(target), {}, {}};
    if (arguments_.max_cost_usd) {
      payer.most = catalog::dollars(*arguments_.max_cost_usd / static_cast<double>(shares()));
    }
    return payer;
  }

  // The refusal names the share, which the caller never gave.
  void explain_share(std::shared_ptr<const Outcome>& outcome) const {
    if (!arguments_.max_cost_usd || outcome->kind != catalog::Kind::over_budget) return;
    const auto explained = std::make_shared<Outcome>(*outcome);
    explained->error +=
        fmt::format("\nmax_cost_usd {} is for all {} together, an equal share each.",
                    *arguments_.max_cost_usd, shares());
    outcome = explained;
  }

  Outcomes ask(std::vector<Question> asked, const Schema& schema,
               const std::function<void(const Outcomes&)>& watch) {
    std::deque<catalog::Purse> purses;
    for (Question& each : asked) {
      each.prompt.purse = &purses.emplace_back(program_.books(), payer_of(each.target));
    }
    const auto make = [&](const std::string& target) {
      return asker(program_, {target, nullptr, schema}, call_.stop_token());
    };
    Outcomes outcomes = ask_several(asked, make, watch);
    for (const catalog::Purse& purse : purses) {
      has_bought_ |= purse.bought();
      alerts_.insert(alerts_.end(), purse.alerts().begin(), purse.alerts().end());
    }
    if (call_.cancelled()) throw catalog::Cancelled();
    for (auto& outcome : outcomes) {
      name_files(outcome);
      explain_share(outcome);
    }
    return outcomes;
  }

  // The files of an answer are in its text, by their paths.
  void name_files(std::shared_ptr<const Outcome>& outcome) {
    if (!outcome->answer || outcome->answer->files.empty()) return;
    const auto named = std::make_shared<Outcome>(*outcome);
    for (const std::string& path : saved(named->answer->files, program_.settings().state_folder)) {
      named->answer->text += "\n[file: " + path + "]";
    }
    named->answer->files.clear();
    outcome = named;
  }

  // An agent may ask back; its question can be answered by its own task.
  void keep_question(std::shared_ptr<const Outcome>& outcome) {
    TaskBook& book = program_.tasks();
    const bool asks = outcome->answer && !outcome->answered() && outcome->answer->task;
    if (!asks || !book.can_keep()) return;
    const auto kept = std::make_shared<Outcome>(*outcome);
    kept->task_id = random_id();
    catalog::StoredTask task;
    task.id = kept->task_id;
    task.principal = call_.principal();
    task.target = kept->target;
    task.status = kept->status;
    task.remote = catalog::to_text(*kept->answer->task);
    book.begin(task, [] {});
    book.end(task.id, task.status, kept->answer->text, nullptr);
    outcome = kept;
  }

  Reply<CompareResult> ended(const Comparison& comparison) {
    const auto took = std::chrono::steady_clock::now() - call_.received;
    Reply<CompareResult> reply =
        compare_reply(comparison, program_.settings(),
                      std::chrono::duration_cast<std::chrono::milliseconds>(took));
    if (!alerts_.empty()) reply.structured.budget_alerts = alerts_;
    for (const std::string& alert : alerts_) {
      reply.text += "\n[" + alert + "]";
      program_.log(alert);
    }
    long_call_.over(reply.structured.status, reply.text, mcp::encode(reply.structured));
    return reply;
  }

  Program& program_;
  mcp::Call& call_;
  const Arguments& arguments_;
  LongCall long_call_;
  catalog::Listener listener_;
  const Schema schema_;
  std::vector<std::string> alerts_;  // of the budgets
  bool has_bought_ = false;
};

// An earlier comparison, which cost what its rows say.
Reply<CompareResult> replayed(const KeptAnswer& kept) {
  CompareResult result;
  const auto rows = kept.structured.find("rows");
  if (rows != kept.structured.end()) result.rows = rows->get<mcp::Rows>();
  const auto verdict = kept.structured.find("verdict");
  if (verdict != kept.structured.end()) result.verdict = *verdict;
  result.cost_usd = 0;
  result.cost_source = "reported";
  return {std::move(result), kept.text + std::string(was_free)};
}

Reply<CompareResult> compare(Program& program, mcp::Call& call, const Arguments& arguments) {
  const std::vector<Question> asked = questions(program, call, arguments);
  Comparing comparing(program, call, arguments);
  if (!arguments.idempotency_key) return comparing.run_kept(asked);
  std::optional<Reply<CompareResult>> reply;
  const Buying buying{"compare", arguments.idempotency_key, [&] { return identity_of(arguments); },
                      [&] { return comparing.has_bought(); }};
  const Bought bought = bought_under_key(program, call, buying, [&]() -> KeptAnswer {
    reply = comparing.run_kept(asked);
    return {reply->text, mcp::encode(reply->structured)};
  });
  return reply ? *std::move(reply) : replayed(bought.answer);
}

}  // namespace

mcp::Tool compare_tool(Program& program) {
  return make_tool(
      {"compare",
       "Compare",
       "Ask several models or agents at once: answers side by side, with cost and time. SPENDS "
       "MONEY for each.",
       {.read_only = false, .destructive = false, .idempotent = false, .open_world = true}},
      program, compare);
}

}  // namespace tools
