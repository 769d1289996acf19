#include "catalog/models/media/job.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "catalog/clean_text.h"
#include "catalog/models/chat_errors.h"
#include "catalog/models/json_cursor.h"
#include "catalog/models/media/media_file.h"
#include "catalog/models/media/media_reply.h"
#include "catalog/url.h"

namespace catalog {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds heartbeat{250};  // the listener counts on hearing something
constexpr milliseconds first_pause{2'000};
constexpr milliseconds longest_pause{20'000};
constexpr std::chrono::hours longest_job{2};
constexpr int most_failures = 8;  // of asking, one after the other
constexpr std::size_t most_files = 4;
constexpr std::size_t largest_state = std::size_t{1} << 20;
constexpr Clocks look_clocks{seconds(10), seconds(20), seconds(20), seconds(30)};
constexpr Clocks fetch_clocks{seconds(10), seconds(60), seconds(60), seconds(900)};

// What is said of a job at one look.
struct State {
  std::string status;  // "pending", "in_progress", "completed", "failed", "cancelled", "expired"
  std::size_t files = 0;
  bool readable = false;
  std::string problem;  // why there will be no video
  Answer answer;        // its usage and cost

  bool is_lost() const {
    return status == "failed" || status == "cancelled" || status == "canceled" ||
           status == "expired";
  }
};

State state_of(const std::string& body) {
  State state;
  JsonCursor json(body);
  const bool object = json.next() == '{';
  json.members([&](std::string_view key) {
    if (key == "status") {
      json.append_string(state.status);
    } else if (key == "unsigned_urls") {
      json.elements([&](std::size_t) { ++state.files; });
    } else if (key == "usage") {
      read_media_usage(json, state.answer);
    }
  });
  state.readable = object && json.ok() && !state.status.empty();
  state.status = clean_text(state.status.substr(0, 40));
  return state;
}

bool is_passing(const UpstreamError& error) {
  return error.kind == Kind::unavailable || error.kind == Kind::timed_out ||
         error.kind == Kind::truncated || error.kind == Kind::rate_limited;
}

// The gateway cannot be asked for a while. The job is none the worse for it.
struct Unreachable {
  std::string what_happened;
};

UpstreamError nowhere_safe(const std::string& gateway) {
  return UpstreamError(
      Kind::forbidden,
      fmt::format("{} sends whoever fetches the video to an address that is not safe", gateway));
}

class VideoJob {
 public:
  VideoJob(const JobWatch& watch, const AgentTask& job)
      : watch_(watch),
        job_(job),
        url_(fmt::format("{}/videos/{}", watch.settings.base_url, percent_encoded(job.task_id))),
        context_{watch.settings.name, watch.settings.key_source, job.slug} {}

  Answer follow();
  // What is said to whoever stops waiting.
  Answer left(std::string text) const;

 private:
  bool out_of_patience() const {
    return watch_.patience.until && Clock::now() >= *watch_.patience.until;
  }
  void pause(milliseconds time, std::string_view why) const;
  Exchange exchange(std::string url, const Clocks& clocks, std::size_t max_bytes) const;
  State look();
  // What `ask` returns, asked again as long as what fails may pass.
  template <class Ask>
  auto patiently(Ask ask);
  Answer fetched(State state);
  std::string content(std::size_t index, std::string& type);
  Response elsewhere(const ResponseHead& head) const;
  UpstreamError lost(const State& state) const;
  void name_job(UpstreamError& error) const;

  const JobWatch& watch_;
  const AgentTask& job_;
  const std::string url_;
  const ErrorContext context_;
};

// Sleeps, tells the listener that the call lives, and ends at once when a stop is requested.
void VideoJob::pause(milliseconds time, std::string_view why) const {
  std::mutex mutex;
  std::condition_variable_any never;
  const auto until =
      Clock::now() + milliseconds(static_cast<std::int64_t>(static_cast<double>(time.count()) *
                                                            watch_.settings.retry_pace.scale));
  while (Clock::now() < until && !out_of_patience()) {
    std::unique_lock lock(mutex);
    never.wait_until(lock, watch_.stop, std::min(until, Clock::now() + heartbeat),
                     [] { return false; });
    lock.unlock();
    if (watch_.stop.stop_requested()) throw Cancelled();
    watch_.listener.alive(why);
  }
}

Exchange VideoJob::exchange(std::string url, const Clocks& clocks, std::size_t max_bytes) const {
  Exchange made;
  made.url = std::move(url);
  made.credential = watch_.settings.key();
  made.clocks = clocks;
  made.max_bytes = max_bytes;
  if (watch_.listener.on_alive) made.on_wait = [this] { watch_.listener.alive(""); };
  return made;
}

void VideoJob::name_job(UpstreamError& error) const {
  if (error.request_id.empty()) error.request_id = job_.task_id;
  error.billed = Billed::unknown;  // the job may be, not the question
}

template <class Ask>
auto VideoJob::patiently(Ask ask) {
  for (int failures = 1;; ++failures) {
    try {
      return ask();
    } catch (UpstreamError& error) {
      name_job(error);
      if (!is_passing(error)) throw;
      if (failures == most_failures) throw Unreachable{error.what_happened};
      const milliseconds asked = error.retry_after.value_or(seconds(0));
      pause(std::clamp<milliseconds>(asked, first_pause, longest_pause), "asking again");
    }
  }
}

State VideoJob::look() {
  return patiently([this] {
    const Response reply =
        watch_.transfers.perform(exchange(url_, look_clocks, largest_state), watch_.stop);
    if (reply.head.status != 200) throw reply_error(context_, reply.head, reply.body);
    State state = state_of(reply.body);
    if (!state.readable) {
      throw UpstreamError(Kind::malformed,
                          fmt::format("{} did not say how the job stands", watch_.settings.name));
    }
    if (state.answer.cost_usd && watch_.on_cost) watch_.on_cost(*state.answer.cost_usd);
    if (state.is_lost()) state.problem = decode_error(reply.body).message;
    return state;
  });
}

UpstreamError VideoJob::lost(const State& state) const {
  UpstreamError error(Kind::unavailable, fmt::format("the job for a video of {} ended as {}",
                                                     job_.slug, state.status));
  error.provider_message = state.problem;
  error.advice = "Alter the prompt or the options, or call another model.";
  error.retryable = state.status == "expired";
  name_job(error);
  if (state.answer.cost_usd) error.billed = *state.answer.cost_usd > 0 ? Billed::yes : Billed::no;
  return error;
}

// The gateway keeps what it made elsewhere, and says where.
Response VideoJob::elsewhere(const ResponseHead& head) const try {
  const auto own = parse_url(url_);
  const auto there = own ? resolve_url(*own, head.header("location")) : std::nullopt;
  const bool known = there && there->origin() == own->origin();
  if (!there || (!known && there->scheme != "https")) throw nowhere_safe(watch_.settings.name);
  Exchange fetch = exchange(there->text, fetch_clocks, watch_.settings.media_bytes);
  if (!known) {
    fetch.credential = nullptr;
    fetch.public_addresses_only = true;
  }
  return watch_.transfers.perform(fetch, watch_.stop);
} catch (const Refused&) {
  throw nowhere_safe(watch_.settings.name);
}

std::string VideoJob::content(std::size_t index, std::string& type) {
  return patiently([&] {
    Response reply =
        watch_.transfers.perform(exchange(fmt::format("{}/content?index={}", url_, index),
                                          fetch_clocks, watch_.settings.media_bytes),
                                 watch_.stop);
    if (reply.head.status >= 300 && reply.head.status < 400) reply = elsewhere(reply.head);
    if (reply.head.status != 200) throw reply_error(context_, reply.head, reply.body);
    const bool text = reply.head.content_type == "application/json" ||
                      reply.head.content_type == "text/html" || reply.body.empty();
    if (text) {
      throw UpstreamError(
          Kind::malformed,
          fmt::format("{} answered with something that is no video", watch_.settings.name));
    }
    type = reply.head.content_type;
    return std::move(reply.body);
  });
}

Answer VideoJob::fetched(State state) try {
  Answer answer = std::move(state.answer);
  const std::size_t files = std::clamp<std::size_t>(state.files, 1, most_files);
  for (std::size_t i = 0; i < files; ++i) {
    std::string type;
    std::string bytes = content(i, type);
    const std::string stem = files == 1 ? "video" : fmt::format("video-{}", i + 1);
    answer.files.push_back(made_file(stem, type, std::move(bytes)));
  }
  answer.text = summary_of(answer.files);
  answer.served_by = clean_text(job_.slug);
  answer.request_id = clean_text(job_.task_id);
  return answer;
} catch (UpstreamError& error) {
  error.billed = Billed::yes;
  error.advice =
      fmt::format("The video is made. The user can fetch {}/content with the key.", url_);
  throw;
}

Answer VideoJob::left(std::string text) const {
  Answer working;
  working.status = Status::working;
  working.text = std::move(text);
  working.served_by = clean_text(job_.slug);
  working.task = job_;
  return working;
}

Answer VideoJob::follow() {
  const auto end = Clock::now() + longest_job;
  for (milliseconds wait = first_pause; Clock::now() < end;
       wait = std::min(wait * 3 / 2, longest_pause)) {
    State state = look();
    if (state.is_lost()) throw lost(state);
    if (state.status == "completed") return fetched(std::move(state));
    if (out_of_patience()) return left({});
    pause(wait, fmt::format("the video is {}", state.status));
  }
  UpstreamError error(Kind::timed_out, fmt::format("{} was not done with the video within {} h",
                                                   watch_.settings.name, longest_job.count()));
  name_job(error);
  throw error;
}

}  // namespace

AgentTask gateway_job(std::string gateway, std::string model, std::string id) {
  AgentTask job;
  job.directory = std::move(gateway);
  job.slug = std::move(model);
  job.task_id = std::move(id);
  job.route = job_route;
  return job;
}

Answer follow_video(const JobWatch& watch, const AgentTask& job) {
  VideoJob video(watch, job);
  try {
    return video.follow();
  } catch (const Unreachable& now) {
    return video.left(now.what_happened + "; the job goes on, and get_task asks for it again");
  }
}

}  // namespace catalog
