#include "tools/model_conversation.h"

#include <fmt/format.h>

#include "catalog/errors.h"
#include "catalog/models/chat_files.h"
#include "catalog/models/chat_request.h"
#include "mcp/json.h"
#include "tools/kept_answers.h"
#include "tools/long_text.h"

namespace tools {
namespace {

using catalog::PastTurn;
using mcp::Json;
using mcp::OrderedJson;

std::int64_t tokens_of(const PastTurn& turn) {
  return catalog::estimated_tokens(turn.text) + catalog::estimated_tokens(turn.reasoning_details);
}

std::string text_of(const Json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

}  // namespace

std::string_view vendor_of(std::string_view model) {
  const auto slash = model.find('/');
  if (slash == std::string_view::npos) return {};
  std::string_view vendor = model.substr(0, slash);
  vendor.remove_prefix(vendor.rfind(':') + 1);  // npos + 1 is 0
  if (vendor.starts_with('~')) vendor.remove_prefix(1);
  return vendor;
}

ModelConversation::ModelConversation() : id_(random_id()) {}

ModelConversation::ModelConversation(const catalog::StoredConversation& stored) : id_(stored.id) {
  const Json data = Json::parse(stored.data, nullptr, false);
  if (stored.kind != "model" || !data.is_object() || !data.contains("turns")) {
    throw catalog::Refused(catalog::Kind::not_found,
                           "there is no conversation \"" + id_ + "\" with a model",
                           "Leave `conversation` out, or begin one with \"new\".");
  }
  if (data.contains("system")) system_ = text_of(data, "system");
  if (data.contains("needs")) needs_ = data["needs"];
  for (const Json& each : data["turns"]) {
    if (!each.is_object()) continue;
    said_.push_back(
        {{each.value("by_model", false), text_of(each, "text"), text_of(each, "reasoning_details")},
         text_of(each, "vendor")});
  }
}

const Json& ModelConversation::needs_with(const Json& given) {
  if (!given.is_null()) needs_ = given;
  return needs_;
}

// Whole exchanges, so that the first is the caller's.
std::size_t ModelConversation::first_that_fits(const catalog::Prompt& prompt,
                                               const catalog::Model* known) const {
  if (!known || known->context_length == 0) return 0;
  std::int64_t room = known->context_length - catalog::completion_limit(prompt, known) -
                      catalog::estimated_tokens(prompt);
  std::size_t first = said_.size();
  while (first >= 2) {
    room -= tokens_of(said_[first - 1].turn) + tokens_of(said_[first - 2].turn);
    if (room < 0) break;
    first -= 2;
  }
  return first;
}

std::string ModelConversation::put_into(catalog::Prompt& prompt, std::string_view target,
                                        const catalog::Model* known) const {
  if (!prompt.system) prompt.system = system_;
  prompt.keeps_reasoning = true;
  prompt.session_id = digest_of({}, "session", id_);  // the id itself opens the conversation
  const std::size_t first = first_that_fits(prompt, known);
  for (std::size_t i = first; i < said_.size(); ++i) {
    prompt.history.push_back(said_[i].turn);
    const bool same_vendor = !said_[i].vendor.empty() && said_[i].vendor == vendor_of(target);
    if (!same_vendor) prompt.history.back().reasoning_details.clear();
  }
  if (first == 0) return {};
  return fmt::format(
      "The first {} of {} exchanges were left out: they do not fit the context of {}.", first / 2,
      said_.size() / 2, target);
}

void ModelConversation::add(const catalog::Prompt& prompt, const catalog::Answer& answer) {
  system_ = prompt.system;
  said_.push_back({{false, catalog::message_text(prompt)}, {}});
  const bool thought = !answer.reasoning_details.empty();
  said_.push_back({{true, answer.text, answer.reasoning_details},
                   thought ? std::string(vendor_of(answer.served_by)) : std::string()});
  forget_oldest();
}

void ModelConversation::forget_oldest() {
  std::size_t bytes = 0;
  std::size_t first = said_.size();
  while (first >= 2) {
    for (const std::size_t i : {first - 1, first - 2}) {
      bytes += said_[i].turn.text.size() + said_[i].turn.reasoning_details.size();
    }
    if (bytes > most_bytes) break;
    first -= 2;
  }
  said_.erase(said_.begin(), said_.begin() + static_cast<std::ptrdiff_t>(first));
}

std::string ModelConversation::data() const {
  if (said_.empty()) return {};
  OrderedJson data = OrderedJson::object();
  if (system_) data["system"] = *system_;
  if (!needs_.is_null()) data["needs"] = needs_;
  data["turns"] = OrderedJson::array();
  for (const Said& each : said_) {
    OrderedJson turn = {{"by_model", each.turn.by_model}, {"text", each.turn.text}};
    if (!each.turn.reasoning_details.empty()) {
      turn["reasoning_details"] = each.turn.reasoning_details;
      turn["vendor"] = each.vendor;
    }
    data["turns"].push_back(std::move(turn));
  }
  return mcp::dump(data);
}

}  // namespace tools
