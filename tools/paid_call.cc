#include "tools/paid_call.h"

#include <fmt/format.h>

#include "catalog/errors.h"
#include "mcp/request_state.h"
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

// To agree to one purchase is not to agree to the next, nor to another price.
std::string question_key(int number, const std::string& question) {
  return fmt::format("spend-{}-{}", number, mcp::sha256_hex(question).substr(0, 16));
}

// Where the person can be asked by a form. Another question of the same call may have left its
// state. A modern client is asked by a new round, which begins the call anew: too late for that
// once something was bought, or the answer has left.
std::function<std::optional<bool>(const std::string&, bool)> consent(mcp::Call& call) {
  static const mcp::Question any_form = form_to_agree_to("");
  if (!call.can_ask(any_form)) return nullptr;
  return [&call, asked = 0](const std::string& question, bool bought) mutable {
    const std::string key = question_key(++asked, question);
    try {
      const mcp::Answers answers = call.need({{key, form_to_agree_to(question)}}, call.state());
      return std::optional(answers.at(key).value("action", "") == "accept");
    } catch (const mcp::NeedInput&) {
      if (bought || call.has_left()) return std::optional<bool>();
      throw;
    } catch (const mcp::RpcError&) {
      if (call.cancelled()) throw catalog::Cancelled();
      return std::optional(false);  // nobody answered
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

std::optional<std::int64_t> number_member(const OrderedJson& object, const char* name) {
  const auto found = object.find(name);
  const bool is_number = found != object.end() && found->is_number_integer();
  return is_number ? std::optional(found->get<std::int64_t>()) : std::nullopt;
}

UsageTokens usage_member(const OrderedJson& object) {
  const auto found = object.find("usage");
  if (found == object.end() || !found->is_object()) return {};
  return {number_member(*found, "in"), number_member(*found, "out"),
          number_member(*found, "reasoning"), number_member(*found, "cached")};
}

Reply<AnswerResult> replayed(const KeptAnswer& kept) {
  AnswerResult result;
  const OrderedJson& before = kept.structured.is_object() ? kept.structured : OrderedJson::object();
  result.status = optional_member(before, "status").value_or("completed");
  if (before.contains("structured")) result.structured = before["structured"];
  if (!result.structured) result.text = optional_member(before, "text").value_or(kept.text);
  if (before.contains("notes")) result.notes = texts_member(before, "notes");
  result.usage = usage_member(before);
  result.text_bytes = number_member(before, "text_bytes");
  result.next_offset = number_member(before, "next_offset");
  result.task_id = optional_member(before, "task_id");
  result.served_by = optional_member(before, "served_by");
  result.finish_reason = optional_member(before, "finish_reason");
  result.text_file = optional_member(before, "text_file");
  result.conversation = optional_member(before, "conversation");
  result.files = texts_member(before, "files");
  result.cost_usd = 0;
  result.cost_source = "reported";
  result.replayed = true;
  return {std::move(result), kept.text + std::string(was_free)};
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

// A key that is held while its call runs; free again only where nothing was bought with it.
class HeldKey {
 public:
  HeldKey(KeptAnswers& kept, std::string id, std::string digest, const Buying& buying)
      : kept_(kept), id_(std::move(id)), digest_(std::move(digest)), buying_(buying) {}
  ~HeldKey() {
    if (!settled_ && !buying_.goes_on && !buying_.has_bought()) kept_.give_back(id_);
  }
  HeldKey(const HeldKey&) = delete;
  HeldKey& operator=(const HeldKey&) = delete;

  void keep(const KeptAnswer& answer) {
    settled_ = true;
    kept_.keep(id_, digest_, answer);
  }
  void failed(std::string_view how, catalog::Billed billed = catalog::Billed::no) {
    if (billed == catalog::Billed::no && !buying_.has_bought()) return;
    settled_ = true;
    kept_.failed(id_, digest_, how);
  }

 private:
  KeptAnswers& kept_;
  const std::string id_;
  const std::string digest_;
  const Buying& buying_;
  bool settled_ = false;
};

// The answer that was bought with the key before. A call that goes on has claimed it already, and
// comes back to what it bought.
std::optional<KeptAnswer> claimed(Program& program, const std::string& id,
                                  const std::string& digest, const Buying& buying) {
  try {
    return program.kept().claim(id, digest);
  } catch (const catalog::Refused&) {
    if (!buying.goes_on) throw;
    return std::nullopt;
  }
}

}  // namespace

Bought bought_under_key(Program& program, mcp::Call& call, const Buying& buying,
                        const std::function<KeptAnswer()>& buy) {
  const std::string& principal = call.principal();
  const std::string id = KeptAnswers::id_of(principal, *buying.idempotency_key);
  const std::string digest = digest_of(principal, buying.tool, buying.arguments());
  if (auto kept = claimed(program, id, digest, buying)) return {*std::move(kept), true};
  HeldKey held(program.kept(), id, digest, buying);
  try {
    KeptAnswer answer = buy();
    held.keep(answer);
    return {std::move(answer), false};
  } catch (const catalog::UpstreamError& error) {
    held.failed(error.what_happened, error.billed);
    throw;
  } catch (const catalog::Refused& refused) {
    held.failed(refused.what_happened);
    throw;
  } catch (const mcp::NeedInput&) {
    held.failed("a person has been asked; get_task shows its task");
    throw;
  } catch (const catalog::Cancelled&) {
    held.failed("cancelled");
    throw;
  }
}

catalog::Purse purse_for(Program& program, mcp::Call& call, std::optional<double> max_cost_usd) {
  catalog::Payer payer;
  payer.principal = call.principal();
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
  if (buying.idempotency_key) {
    std::optional<Reply<AnswerResult>> reply;
    const Bought bought = bought_under_key(program, call, buying, [&]() -> KeptAnswer {
      reply = buy();
      return {reply->text, mcp::encode(reply->structured)};
    });
    return reply ? *std::move(reply) : replayed(bought.answer);
  }
  if (program.kept().any()) {
    const std::string digest = digest_of(call.principal(), buying.tool, buying.arguments());
    if (const auto kept = program.kept().take(digest)) return replayed(*kept);
  }
  Reply<AnswerResult> reply = buy();
  call.if_undelivered([&program, tool = buying.tool, arguments = buying.arguments,
                       principal = call.principal()](const std::string& line) {
    const auto answer = answer_in(line);
    if (answer) program.kept().park(digest_of(principal, tool, arguments()), *answer);
  });
  return reply;
}

}  // namespace tools
