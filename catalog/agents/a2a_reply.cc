#include "catalog/agents/a2a_reply.h"

#include <fmt/format.h>

#include <utility>

namespace catalog {
namespace {

// Room for a file of 16 MiB as base64, and for a few more in a whole document.
constexpr std::size_t max_event_bytes = std::size_t{24} << 20;
constexpr std::size_t max_document_bytes = std::size_t{48} << 20;
constexpr std::size_t max_error_bytes = std::size_t{64} << 10;

bool is_success(int status) { return status >= 200 && status < 300; }

// Statuses that say more than the JSON-RPC error that may come with them.
bool outranks_code(int status) {
  return status == 401 || status == 402 || status == 403 || status == 429;
}

}  // namespace

A2aReply::A2aReply(std::string who, TaskProgress& progress, const Listener& listener)
    : who_(std::move(who)),
      listener_(listener),
      progress_(progress),
      stream_([this](std::string_view data) { return event(data); }, max_event_bytes) {}

void A2aReply::attach(Exchange& exchange) {
  exchange.on_head = [this](const ResponseHead& head) { head_ = head; };
  exchange.on_body = [this](std::string_view bytes) { return body(bytes); };
  exchange.on_wait = [this] {
    const std::string_view last = progress_.last_heard();
    listener_.alive(last.empty() ? "waiting for the agent" : last);
  };
}

// The first byte decides: gateways announce an event stream and then pass on a plain document.
void A2aReply::decide(std::string_view bytes) {
  const auto first = bytes.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return;
  const char c = bytes[first];
  const bool document = c == '{' || c == '[' || c == '<';
  const bool announced = head_.content_type == "text/event-stream";
  const bool events = !document && is_success(head_.status) &&
                      (announced || bytes.substr(first).starts_with("data:"));
  shape_ = events ? Shape::events : Shape::document;
}

Heard A2aReply::body(std::string_view bytes) {
  if (shape_ == Shape::undecided) decide(bytes);
  if (shape_ == Shape::undecided) return Heard::noise;
  if (shape_ == Shape::events) return feed(bytes);
  if (!is_success(head_.status) && document_.size() >= max_error_bytes) return Heard::enough;
  if (document_.size() + bytes.size() > max_document_bytes) {
    throw UpstreamError(Kind::malformed, fmt::format("{} answered with more than {} MiB", who_,
                                                     max_document_bytes >> 20));
  }
  document_ += bytes;
  return Heard::event;
}

Heard A2aReply::feed(std::string_view bytes) {
  const std::size_t before = stream_.events();
  stream_.feed(bytes);
  if (error_ || unreadable_ || progress_.over()) return Heard::enough;
  return stream_.events() > before ? Heard::event : Heard::noise;
}

bool A2aReply::event(std::string_view data) {
  if (data.empty()) return true;
  if (data == "[DONE]") return false;
  take(data);
  return !error_ && !unreadable_;
}

void A2aReply::take(std::string_view text) {
  const RpcReply reply = decode_reply(text);
  if (reply.error) {
    if (!progress_.over()) error_ = reply.error;
  } else if (reply.readable) {
    taken_ = true;
    progress_.take(reply.event);
  } else if (!progress_.over()) {
    unreadable_ = true;
  }
}

void A2aReply::finish() {
  if (shape_ == Shape::events) stream_.finish();
  if (shape_ == Shape::document) take(document_);
}

void A2aReply::fail_unreadable() const {
  UpstreamError error(Kind::malformed, "");
  error.status = head_.status;
  error.partial_text = progress_.partial_text();
  const auto first = document_.find_first_not_of(" \t\r\n");
  const bool page = first != std::string::npos && document_[first] == '<';
  if (page) {
    error.what_happened = fmt::format("{} answered with a web page in place of A2A", who_);
  } else if (shape_ == Shape::undecided || (shape_ == Shape::events && stream_.events() == 0)) {
    error.kind = Kind::empty;
    error.what_happened = fmt::format("{} answered with nothing", who_);
  } else {
    error.what_happened = fmt::format("{} answered with something that is not A2A", who_);
  }
  throw error;
}

void A2aReply::fail() const {
  const bool by_status = !is_success(head_.status);
  if (by_status && (!error_ || error_->code > -32000 || outranks_code(head_.status))) {
    throw http_error(who_, head_, document_);
  }
  if (error_) {
    UpstreamError error = rpc_error(who_, *error_);
    error.status = head_.status;
    error.partial_text = progress_.partial_text();
    error.request_id = progress_.task_id();
    throw error;
  }
  fail_unreadable();
}

void A2aReply::check(const AgentPrice& price) const try {
  if (!is_success(head_.status) || error_ || unreadable_ || !taken_) fail();
} catch (UpstreamError& error) {
  const bool refused = error_ && error_->code <= -32000 && error_->code != -32603;
  const bool nothing_ran = (head_.status >= 300 && head_.status < 500) || (refused && !taken_);
  const Billed ran = progress_.over() ? billed_after_answer(price) : billed_without_answer(price);
  error.billed = nothing_ran ? Billed::no : ran;
  throw;
}

void perform_into(A2aReply& reply, Exchange& exchange, const AgentPrice& price,
                  Transfers& transfers, std::stop_token stop) try {
  reply.attach(exchange);
  transfers.perform(exchange, stop);
  reply.finish();
} catch (UpstreamError& error) {
  error.partial_text = reply.progress().partial_text();
  error.request_id = reply.progress().task_id();
  if (reply.head().status != 0) error.billed = Billed::unknown;  // it broke while being read
  if (is_free(price)) error.billed = Billed::no;
  throw;
}

}  // namespace catalog
