#include "catalog/agents/task_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>

#include "catalog/errors.h"
#include "catalog/spend/purse.h"

namespace catalog {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds longest_call{600'000};
// A task may be silent for long between two events.
constexpr Clocks stream_clocks{milliseconds{10'000}, milliseconds{120'000}, milliseconds{300'000},
                               longest_call};
// Some agents answer a send only when the task is done, whatever they are asked.
constexpr Clocks send_clocks{milliseconds{10'000}, longest_call, milliseconds{60'000},
                             longest_call};
constexpr Clocks lookup_clocks{milliseconds{10'000}, milliseconds{30'000}, milliseconds{30'000},
                               milliseconds{30'000}};
constexpr milliseconds abandon_time{3'000};
constexpr milliseconds find_time{5'000};
constexpr milliseconds first_pause{100};
constexpr milliseconds longest_pause{30'000};
constexpr milliseconds long_stream{5'000};
constexpr milliseconds heartbeat{1'000};
constexpr int most_failures = 5;
constexpr int looks_after_cancel = 5;
constexpr std::size_t max_bytes = std::size_t{160} << 20;

Clocks clocks_of(Operation operation) {
  if (operation == Operation::stream || operation == Operation::subscribe) return stream_clocks;
  return operation == Operation::send ? send_clocks : lookup_clocks;
}

bool is_passing(Kind kind) {
  constexpr std::array<Kind, 4> passing = {Kind::unavailable, Kind::timed_out, Kind::truncated,
                                           Kind::rate_limited};
  return std::find(passing.begin(), passing.end(), kind) != passing.end();
}

// Nothing ran, because the endpoint speaks another version, or not this method.
bool other_version_wanted(const A2aReply& reply) {
  if (reply.taken()) return false;
  if (reply.error() && reply.error()->code <= -32000) return is_other_version(*reply.error());
  return reply.head().status == 404 || reply.head().status == 405;
}

std::string version_key(const AgentInterface& interface) {
  return interface.protocol_binding + " " + interface.url;
}

const Dialect& dialect_of(const A2aCall& call, A2aVersion version) {
  if (const Dialect* found = find_dialect(call.interface.protocol_binding, version)) return *found;
  throw Refused(Kind::unsupported, fmt::format("{} is spoken to over {}, which is not spoken here",
                                               call.who, call.interface.protocol_binding));
}

}  // namespace

TaskRun::TaskRun(const A2aCall& call, A2aVersion version, TaskProgress& progress,
                 const Patience& patience, const Listener& listener, Transfers& transfers,
                 std::stop_token stop)
    : call_(call),
      dialect_(&dialect_of(call, version)),
      progress_(progress),
      patience_(patience),
      listener_(listener),
      transfers_(transfers),
      stop_(std::move(stop)),
      end_(Clock::now() + longest_call),
      streaming_(call.streaming) {
  if (patience_.until) end_ = std::min(end_, *patience_.until);
  progress_.on_task([this] { listener_.task(task()); });
}

milliseconds TaskRun::time_left() const {
  return std::max(milliseconds(0), std::chrono::duration_cast<milliseconds>(end_ - Clock::now()));
}

AgentTask TaskRun::task() const {
  return {call_.directory,
          call_.slug,
          call_.interface.url,
          call_.interface.protocol_binding,
          std::string(name(dialect_->version)),
          call_.interface.tenant,
          progress_.task_id(),
          progress_.context_id(),
          call_.route,
          call_.streaming};
}

Exchange TaskRun::exchange(const A2aRequest& request) const {
  Exchange out = written(*dialect_, call_.interface, request);
  out.credential = is_withheld(call_) ? nullptr : call_.credential;
  out.public_addresses_only = call_.public_addresses_only;
  out.max_bytes = max_bytes;
  out.clocks = clocks_of(request.operation);
  const milliseconds left = std::max(time_left(), milliseconds(1));
  out.clocks.connect = std::min(out.clocks.connect, left);
  out.clocks.first_event = std::min(out.clocks.first_event, left);
  out.clocks.total = std::min(out.clocks.total, left);
  return out;
}

void TaskRun::perform(const A2aRequest& request, A2aReply& reply) {
  Exchange out = exchange(request);
  if (bought_ != nullptr) out.on_send = [this] { bought_->sent(); };
  perform_into(reply, out, call_.price, transfers_, stop_);
}

// What breaks once the agent has told of its task is not lost: the task is asked for afterwards.
// Before that nobody knows whether it was begun, and it is not sent again to find out. False: there
// is no reply to be judged, but the task was found.
bool TaskRun::begin(const A2aRequest& request, A2aReply& reply) try {
  perform(request, reply);
  return true;
} catch (UpstreamError& error) {
  if (reply.taken() && !progress_.task_id().empty()) return true;
  const bool unknown = is_passing(error.kind);
  if (unknown && find_sent(request)) return false;
  if (unknown && error.kind != Kind::unavailable && error.advice.empty()) {
    error.advice =
        "the agent may be working on it all the same; calling again starts a second task";
  }
  throw;
}

// Whether the agent lists the task that came of the message, which is then watched.
bool TaskRun::find_sent(const A2aRequest& sent) try {
  if (!offers(*dialect_, Operation::list)) return false;
  A2aRequest request;
  request.operation = Operation::list;
  request.context_id = sent.context_id;
  end_ = std::max(end_, Clock::now() + find_time);
  Exchange out = exchange(request);
  out.clocks = {find_time, find_time, find_time, find_time};
  const auto page = decode_task_page(transfers_.perform(out, stop_).body);
  if (!page) return false;
  const auto holds_it = [&sent](const A2aTask& task) {
    return std::any_of(task.history.begin(), task.history.end(),
                       [&](const A2aMessage& message) { return message.id == sent.message_id; });
  };
  const auto found = std::find_if(page->tasks.begin(), page->tasks.end(), holds_it);
  if (found == page->tasks.end() || found->id.empty()) return false;
  AgentTask task;
  task.task_id = found->id;
  task.context_id = found->context_id;
  progress_.resume(task);
  return true;
} catch (const UpstreamError&) {
  return false;
}

void TaskRun::settle_version(A2aVersion spoken, const A2aReply& reply, SpokenVersions& versions) {
  dialect_ = &dialect_of(call_, spoken);
  if (reply.taken()) versions.remember(version_key(call_.interface), spoken);
  reply.check(call_.price);
}

void TaskRun::send(A2aRequest request, SpokenVersions& versions, Purchase& bought) {
  bought_ = &bought;
  const std::string key = version_key(call_.interface);
  const auto known = request.task_id.empty() ? versions.recall(key) : dialect_->version;
  const A2aVersion first_version = known.value_or(dialect_->version);
  dialect_ = &dialect_of(call_, first_version);
  request.operation = call_.streaming ? Operation::stream : Operation::send;
  request.message_id = random_uuid();
  // Sent to a task, a message is waited for: asked too soon, the task would show its old question.
  request.blocking = !request.task_id.empty();
  if (request.blocking && call_.streaming) progress_.expect_snapshot();
  A2aReply first(call_.who, progress_, listener_);
  if (!begin(request, first)) return;
  if (!other_version_wanted(first)) return settle_version(first_version, first, versions);
  versions.forget(key);
  if (known) return first.check(call_.price);
  dialect_ = &dialect_of(call_, other(first_version));
  request.message_id = random_uuid();
  A2aReply second(call_.who, progress_, listener_);
  if (!begin(request, second)) return;
  if (other_version_wanted(second)) return settle_version(first_version, first, versions);
  settle_version(other(first_version), second, versions);
}

A2aRequest TaskRun::about_task(Operation operation) const {
  A2aRequest request;
  request.operation = operation;
  request.task_id = progress_.task_id();
  return request;
}

// Whether the task's present state is known now; what may pass is tried again by the caller.
bool TaskRun::fetch() try {
  A2aReply reply(call_.who, progress_, listener_);
  perform(about_task(Operation::fetch), reply);
  reply.check(call_.price);
  failures_ = 0;
  return true;
} catch (UpstreamError& error) {
  if (is_passing(error.kind) && ++failures_ < most_failures) return false;
  error.partial_text = progress_.partial_text();
  error.request_id = progress_.task_id();
  error.billed = billed_without_answer(call_.price);  // the task is, not the question
  throw;
}

// Until the stream ends, for whatever reason: the task is fetched afterwards in any case.
void TaskRun::subscribe() {
  A2aReply reply(call_.who, progress_, listener_);
  try {
    perform(about_task(Operation::subscribe), reply);
    reply.check(call_.price);
  } catch (const UpstreamError& error) {
    if (!reply.taken() && !is_passing(error.kind)) streaming_ = false;
  }
}

// Sleeps, tells the listener that the call lives, and ends at once when a stop is requested.
void TaskRun::pause(milliseconds time) const {
  std::mutex mutex;
  std::condition_variable_any never;
  const auto until = Clock::now() + std::min(time, time_left());
  while (Clock::now() < until && !stop_.stop_requested()) {
    std::unique_lock lock(mutex);
    never.wait_until(lock, stop_, std::min(until, Clock::now() + heartbeat), [] { return false; });
    lock.unlock();
    const std::string_view last = progress_.last_heard();
    listener_.alive(last.empty() ? "waiting for the agent" : last);
  }
  if (stop_.stop_requested()) throw Cancelled();
}

void TaskRun::watch() {
  if (progress_.task_id().empty()) return;
  milliseconds wait = first_pause;
  while (!progress_.settled() && time_left() > milliseconds(0)) {
    const bool known = fetch();
    if (progress_.settled()) return;
    const auto subscribed = Clock::now();
    if (known && streaming_) subscribe();
    if (progress_.settled()) return;
    if (Clock::now() - subscribed > long_stream) wait = first_pause;
    pause(wait);
    wait = std::min(wait * 2, longest_pause);
  }
}

// The caller is gone and its stop is requested, so this runs without it.
void TaskRun::abandon() {
  if (progress_.task_id().empty() || progress_.settled()) return;
  if (patience_.leaves_task && patience_.leaves_task()) return;
  stop_ = {};
  end_ = Clock::now() + abandon_time;
  try {
    A2aReply reply(call_.who, progress_, listener_);
    perform(about_task(Operation::cancel), reply);
  } catch (const UpstreamError&) {
  } catch (const Refused&) {
  }
}

TaskState TaskRun::cancel() {
  A2aReply reply(call_.who, progress_, listener_);
  perform(about_task(Operation::cancel), reply);
  const bool over_already = reply.error() && reply.error()->code == -32002;
  if (!over_already) reply.check(call_.price);
  milliseconds wait = first_pause;
  // Some agents answer before they have stopped.
  for (int looks = 0; looks < looks_after_cancel && !is_terminal(progress_.state()); ++looks) {
    if (looks > 0 || !over_already) pause(wait);
    wait *= 2;
    fetch();
  }
  return progress_.state();
}

Answer TaskRun::answer() const try {
  Answer answer = progress_.answer(call_.who);
  answer.served_by = served_by(call_.who, call_.name, dialect_->version);
  put_cost(answer, call_.price);
  if (answer.status != Status::completed && !progress_.task_id().empty()) answer.task = task();
  return answer;
} catch (UpstreamError& error) {
  const bool over = progress_.settled();
  error.billed = over ? billed_after_answer(call_.price) : billed_without_answer(call_.price);
  throw;
}

}  // namespace catalog
