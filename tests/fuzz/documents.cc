// Any text as one of the documents and header values that strangers send: the first byte says which
// (row B03 of the fault cases).
#include <nlohmann/json.hpp>

#include "catalog/addresses.h"
#include "catalog/agents/a2a_message.h"
#include "catalog/agents/agent_task.h"
#include "catalog/agents/bounded_json.h"
#include "catalog/agents/card.h"
#include "catalog/agents/takoapi_rows.h"
#include "catalog/base64.h"
#include "catalog/clean_text.h"
#include "catalog/models/chat_errors.h"
#include "catalog/models/model.h"
#include "catalog/models/retry_after.h"
#include "catalog/response_head.h"
#include "catalog/url.h"
#include "tests/fuzz/bytes.h"

using namespace catalog;

namespace {

void card(const std::string& text) {
  const auto document = parse_bounded(text);
  if (!document) return;
  looks_like_card(*document);
  const AgentCard read =
      decode_card(*document, *parse_url("https://cards.example.com/a/card.json"));
  speaks_0_3(read);
  const ChosenInterface chosen = choose_interface(read);
  fuzz::must(chosen.interface.has_value() != !chosen.why_not.empty());
  if (chosen.interface) fuzz::must(parse_url(chosen.interface->url).has_value());
}

void models(const std::string& text) {
  for (const Model& model : decode_models(text).value_or(std::vector<Model>{})) {
    fuzz::must(!model.id.empty() && model.price.prompt_usd_per_million.value_or(0) >= 0);
    model.author();
  }
}

void endpoints(const std::string& text) {
  for (const Endpoint& each : decode_endpoints(text).value_or(std::vector<Endpoint>{})) {
    fuzz::must(!each.provider.empty() && each.price.completion_usd_per_million.value_or(0) >= 0);
  }
}

void retry_after(const std::string& text) {
  const auto wait = parse_retry_after(text, std::chrono::system_clock::time_point{});
  fuzz::must(!wait || (wait->count() >= 0 && *wait <= std::chrono::hours(24)));
}

void url(const std::string& text) {
  const auto read = parse_url(text);
  if (!read) return;
  fuzz::must(read->scheme == "http" || read->scheme == "https");
  fuzz::must(read->path.rfind('/', 0) == 0 && read->port > 0 && read->port < 65536);
  fuzz::must(read->text.find('@') == std::string::npos ||
             read->text.find('@') > read->text.find(read->host));
  const auto again = parse_url(read->text);
  fuzz::must(again && again->text == read->text && again->origin() == read->origin());
  is_loopback(read->host);
  is_public_address(read->host);
}

void reference(const std::string& text) {
  static const Url base = *parse_url("https://base.example.com/a/b?c");
  const auto seen = resolve_url(base, text);
  fuzz::must(!seen || parse_url(seen->text).has_value());
}

void error_reply(const std::string& text) {
  const UpstreamError error = reply_error({"g", "KEY", "m"}, {400, "application/json", {}}, text);
  fuzz::must(!error.what_happened.empty() && error.provider_message.size() < 10'000);
}

void agent_reply(const std::string& text) {
  decode_reply(text);
  const auto page = decode_task_page(text);
  fuzz::must(!page || page->tasks.size() <= 100);
}

void directory(const std::string& text) {
  decode_takoapi_page(text, "tako", "https://tako.example.com");
}

void base64(const std::string& text) {
  if (const auto bytes = base64_decoded(text)) {
    fuzz::must(base64_decoded(base64_encoded(*bytes)) == bytes);
  }
  fuzz::must(base64_decoded(base64_encoded(text)) == text);
}

void kept_task(const std::string& text) {
  if (const auto task = agent_task(text)) fuzz::must(agent_task(to_text(*task)).has_value());
}

void shown_text(const std::string& text) {
  const std::string clean = clean_text(text);
  fuzz::must(clean.size() <= text.size() && clean_text(clean) == clean);
  fuzz::must(cut_text(text, 20).size() <= 20 + std::string_view("…").size());
}

void response_head(const std::string& text) {
  ResponseHead head;
  HeadReader reader(head);
  fuzz::Bytes lines(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  try {
    while (!lines.empty() && !reader.line(lines.line())) {
    }
  } catch (const UpstreamError& error) {
    fuzz::must(error.kind == Kind::malformed);
  }
  fuzz::must(keep_alive(head, std::chrono::seconds(30)).count() >= 0);
}

constexpr void (*readers[])(const std::string&) = {
    card,        models,    endpoints, retry_after, url,        reference,    error_reply,
    agent_reply, directory, base64,    kept_task,   shown_text, response_head};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Bytes bytes(data, size);
  const std::size_t which = bytes.choice(std::size(readers));
  readers[which](bytes.rest());
  return 0;
}
