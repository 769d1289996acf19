#include "tools/cheapest.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "catalog/errors.h"
#include "catalog/files/file_kind.h"
#include "catalog/models/chat_request.h"
#include "catalog/spend/purse.h"
#include "mcp/fields.h"
#include "tools/format.h"

namespace tools {
namespace {

using catalog::Billed;
using catalog::Kind;
using catalog::Prompt;
using catalog::Refused;
using catalog::UpstreamError;

constexpr std::size_t most_tried = 3;

struct GivenNeeds {
  std::optional<std::int64_t> context;
  std::vector<std::string> modalities;
  std::vector<std::string> parameters;
  std::optional<double> coding;
  std::optional<double> max_price;

  static constexpr auto fields() {
    using N = GivenNeeds;
    using mcp::field;
    return mcp::field_list(field("context", &N::context, "", {.minimum = 1}),
                           field("modalities", &N::modalities, "", {.max_length = 10}),
                           field("parameters", &N::parameters, "", {.max_length = 30}),
                           field("coding", &N::coding, "", {.minimum = 0}),
                           field("max_price", &N::max_price, "", {.minimum = 0}));
  }
};

// What another model may do better. Not: what is wrong with the prompt, the key or the budget.
constexpr Kind worth_another[] = {Kind::rate_limited, Kind::unavailable, Kind::timed_out,
                                  Kind::truncated,    Kind::malformed,   Kind::empty,
                                  Kind::not_found,    Kind::unsupported, Kind::forbidden,
                                  Kind::too_long,     Kind::busy};

bool another_may_do(Kind kind) {
  return std::find(std::begin(worth_another), std::end(worth_another), kind) !=
         std::end(worth_another);
}

std::string_view billed_text(Billed billed) {
  if (billed == Billed::no) return "not billed";
  return billed == Billed::yes ? "billed" : "perhaps billed";
}

std::string tried(const std::string& target, Kind kind, Billed billed) {
  return fmt::format("Tried {}: {}, {}.", target, name(kind), billed_text(billed));
}

// Room for the prompt as it is, and for the answer.
std::int64_t context_for(const Prompt& prompt, std::int64_t wanted) {
  return std::max(wanted,
                  catalog::estimated_tokens(prompt) + catalog::completion_limit(prompt, nullptr));
}

// What the call itself asks of the model, beside what `needs` says.
void add_needs_of(const Prompt& prompt, catalog::Needs& needs) {
  for (const catalog::FilePart& file : prompt.files) {
    const catalog::FileKind kind = catalog::kind_of(file.media_type);
    const bool sense = kind == catalog::FileKind::image || kind == catalog::FileKind::audio;
    if (sense) needs.input_modalities.emplace_back(catalog::modality(kind));
  }
  if (prompt.temperature) needs.parameters.emplace_back("temperature");
  if (prompt.web_search) needs.parameters.emplace_back("tools");
  const bool reasons = prompt.reasoning_effort && *prompt.reasoning_effort != "none";
  if (reasons) needs.parameters.emplace_back("reasoning");
}

std::vector<std::string> choose(Program& program, catalog::Needs needs, const Prompt& prompt,
                                const std::stop_token& stop) {
  catalog::Gateway& gateway = program.catalog().gateway("");
  const auto list = gateway.models(stop);
  needs.context = context_for(prompt, needs.context);
  add_needs_of(prompt, needs);
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::vector<std::string> targets;
  for (const catalog::Model* model :
       catalog::cheapest_models(*list, needs, utc_date(now), most_tried)) {
    targets.push_back(program.catalog().target_of(gateway, model->id));
  }
  if (!targets.empty()) return targets;
  throw Refused(
      Kind::unsupported,
      fmt::format("no model does all that is needed, with a context of {} tokens", needs.context),
      "Ask for less in needs, or shorten the prompt; list_models shows what there is.");
}

// What became of those who were tried, one after the other.
class Tries {
 public:
  void failed(const std::string& target, Kind kind, Billed billed) {
    notes_.push_back(tried(target, kind, billed));
    if (billed_ != Billed::yes && billed != Billed::no) billed_ = billed;
  }
  const std::vector<std::string>& notes() const { return notes_; }

  // The last failure, with what was tried before it, and billed if any of that was.
  [[noreturn]] void fail(UpstreamError error) const {
    for (const std::string& note : notes_) error.advice += " " + note;
    if (error.billed == Billed::no || billed_ == Billed::yes) error.billed = billed_;
    throw error;
  }
  [[noreturn]] void fail(Refused refused) const {
    if (billed_ != Billed::no) {  // then it is not so that nothing was sent
      UpstreamError error(refused.kind, refused.what_happened);
      error.advice = refused.advice;
      fail(std::move(error));
    }
    for (const std::string& note : notes_) refused.advice += " " + note;
    throw refused;
  }

 private:
  std::vector<std::string> notes_;
  Billed billed_ = Billed::no;
};

}  // namespace

catalog::Needs needs_of(const mcp::Json& argument) {
  catalog::Needs needs;
  if (argument.is_null()) return needs;
  GivenNeeds given;
  try {
    given = mcp::decode<GivenNeeds>(argument);
  } catch (const mcp::InvalidArguments& problem) {
    throw mcp::InvalidArguments("in arguments.needs:\n" + problem.message);
  }
  needs.context = given.context.value_or(0);
  needs.input_modalities = given.modalities;
  needs.parameters = given.parameters;
  needs.coding_index = given.coding;
  needs.max_price = given.max_price;
  return needs;
}

catalog::Answer first_that_answers(const std::vector<std::string>& targets,
                                   const std::function<Ask(const std::string&)>& make_ask,
                                   const Prompt& prompt, const catalog::Listener& listener) {
  Tries before;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const std::string& target = targets[i];
    const bool last = i + 1 == targets.size();
    try {
      catalog::Answer answer = make_ask(target)(prompt, listener);
      std::vector<std::string> notes = before.notes();
      notes.push_back(fmt::format("{} is the cheapest that could answer.", target));
      answer.notes.insert(answer.notes.begin(), notes.begin(), notes.end());
      return answer;
    } catch (UpstreamError& error) {
      if (last || !another_may_do(error.kind)) before.fail(std::move(error));
      before.failed(target, error.kind, error.billed);
    } catch (Refused& refused) {
      if (last || !another_may_do(refused.kind)) before.fail(std::move(refused));
      before.failed(target, refused.kind, Billed::no);
    }
    listener.alive(fmt::format("{} failed, asking {}", target, targets[i + 1]));
  }
  throw Refused(Kind::internal, "there was nobody to ask");
}

Ask cheapest_asker(Program& program, const Wish& wish, std::stop_token stop) {
  catalog::Needs needs = needs_of(wish.needs);
  if (wish.schema) needs.parameters.emplace_back("structured_outputs");
  return [&program, needs = std::move(needs), schema = wish.schema, stop](
             const Prompt& prompt, const catalog::Listener& listener) {
    const auto make_ask = [&](const std::string& target) {
      if (prompt.purse != nullptr) prompt.purse->calls(program.catalog().ledger_name(target));
      return asker(program, {target, nullptr, schema}, stop);
    };
    return first_that_answers(choose(program, needs, prompt, stop), make_ask, prompt, listener);
  };
}

}  // namespace tools
