#include "tools/paid_call.h"

#include <fmt/format.h>

#include "catalog/errors.h"
#include "tools/kept_answers.h"

namespace tools {
namespace {

using mcp::OrderedJson;

std::string text_member(const OrderedJson& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<std::string> optional_member(const OrderedJson& object, const char* name) {
  std::string text = text_member(object, name);
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

// To accept a form without a field to fill in is to agree.
mcp::Question form_to_agree_to(const std::string& question) {
  return mcp::ask_form(question, {{"type", "object"}, {"properties", OrderedJson::object()}});
}

// Where the person can be asked by a form. Another question of the same call may have left its
// state.
std::function<bool(const std::string&)> consent(mcp::Call& call) {
  static const mcp::Question any_form = form_to_agree_to("");
  if (!call.can_ask(any_form)) return nullptr;
  return [&call](const std::string& question) {
    try {
      const mcp::Answers answers = call.need({{"spend", form_to_agree_to(question)}}, call.state());
      return answers.at("spend").value("action", "") == "accept";
    } catch (const mcp::RpcError&) {
      if (call.cancelled()) throw catalog::Cancelled();
      return false;  // nobody answered
    }
  };
}

std::vector<std::string> texts_member(const OrderedJson& object, const char* name) {
  std::vector<std::string> texts;
  const auto found = object.find(name);
  if (found == object.end() || !found->is_array()) return texts;
  for (const OrderedJson& each : *found) {
    if (each.is_string()) texts.push_back(each.get<std::string>());
  }
  return texts;
}

Reply<AnswerResult> replayed(const KeptAnswer& kept) {
  AnswerResult result;
  const OrderedJson& before = kept.structured.is_object() ? kept.structured : OrderedJson::object();
  result.status = optional_member(before, "status").value_or("completed");
  result.text = optional_member(before, "text").value_or(kept.text);
  result.task_id = optional_member(before, "task_id");
  result.served_by = optional_member(before, "served_by");
  result.finish_reason = optional_member(before, "finish_reason");
  result.text_file = optional_member(before, "text_file");
  result.conversation = optional_member(before, "conversation");
  result.files = texts_member(before, "files");
  result.cost_usd = 0;
  result.cost_source = "reported";
  result.replayed = true;
  return {std::move(result), kept.text + "\n[bought by an earlier call that was the same: free]"};
}

// The text and the structured result out of a reply that was not delivered.
std::optional<KeptAnswer> answer_in(const std::string& line) {
  const OrderedJson reply = OrderedJson::parse(line, nullptr, false);
  if (!reply.is_object() || !reply.contains("result")) return std::nullopt;
  const OrderedJson& result = reply["result"];
  const auto content = result.find("content");
  if (content == result.end() || !content->is_array() || content->empty()) return std::nullopt;
  return KeptAnswer{text_member(content->front(), "text"),
                    result.value("structuredContent", OrderedJson(nullptr))};
}

// A key that is held while its call runs; free again unless somebody says what came of it.
class HeldKey {
 public:
  HeldKey(KeptAnswers& kept, std::string id, std::string digest)
      : kept_(kept), id_(std::move(id)), digest_(std::move(digest)) {}
  ~HeldKey() {
    if (!settled_) kept_.give_back(id_);
  }
  HeldKey(const HeldKey&) = delete;
  HeldKey& operator=(const HeldKey&) = delete;

  void keep(const KeptAnswer& answer) {
    kept_.keep(id_, digest_, answer);
    settled_ = true;
  }
  void failed(std::string_view how) {
    kept_.failed(id_, digest_, how);
    settled_ = true;
  }

 private:
  KeptAnswers& kept_;
  const std::string id_;
  const std::string digest_;
  bool settled_ = false;
};

Reply<AnswerResult> bought_under_key(Program& program, mcp::Call& call, const Buying& buying,
                                     const std::function<Reply<AnswerResult>()>& buy) {
  const std::string& principal = call.principal();
  const std::string id = KeptAnswers::id_of(principal, *buying.idempotency_key);
  const std::string digest = digest_of(principal, buying.tool, buying.arguments());
  if (const auto kept = program.kept().claim(id, digest)) return replayed(*kept);
  HeldKey held(program.kept(), id, digest);
  try {
    Reply<AnswerResult> reply = buy();
    held.keep({reply.text, mcp::encode(reply.structured)});
    return reply;
  } catch (const catalog::UpstreamError& error) {
    if (error.billed != catalog::Billed::no) held.failed(error.what_happened);
    throw;
  } catch (const catalog::Cancelled&) {
    held.failed("cancelled");
    throw;
  }
}

}  // namespace

catalog::Purse purse_for(Program& program, mcp::Call& call, std::string target,
                         std::optional<double> max_cost_usd) {
  catalog::Payer payer;
  payer.principal = call.principal();
  payer.target = std::move(target);
  if (max_cost_usd) payer.most = catalog::dollars(*max_cost_usd);
  payer.ask = consent(call);
  return {program.books(), std::move(payer)};
}

void add_alerts(const Program& program, const catalog::Purse& purse, Reply<AnswerResult>& reply) {
  if (purse.alerts().empty()) return;
  reply.structured.budget_alerts = purse.alerts();
  for (const std::string& alert : purse.alerts()) {
    reply.text += "\n[" + alert + "]";
    program.log(alert);
  }
}

Reply<AnswerResult> bought_once(Program& program, mcp::Call& call, const Buying& buying,
                                const std::function<Reply<AnswerResult>()>& buy) {
  if (buying.idempotency_key) return bought_under_key(program, call, buying, buy);
  if (program.kept().any()) {
    const std::string digest = digest_of(call.principal(), buying.tool, buying.arguments());
    if (const auto kept = program.kept().take(digest)) return replayed(*kept);
  }
  Reply<AnswerResult> reply = buy();
  call.if_undelivered([&program, buying, principal = call.principal()](const std::string& line) {
    const auto answer = answer_in(line);
    if (!answer) return;
    program.kept().park(digest_of(principal, buying.tool, buying.arguments()), *answer);
  });
  return reply;
}

}  // namespace tools
