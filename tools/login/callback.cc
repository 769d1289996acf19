#include "tools/login/callback.h"

#include <fmt/format.h>
#include <httplib.h>

#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "tools/same_secret.h"

namespace tools {
namespace {

constexpr std::size_t longest_code = 1024;

// Nothing of what the browser sent stands in it.
std::string page(std::string_view text) {
  return fmt::format(
      "<!doctype html><meta charset=utf-8><title>Patchbay</title><p style=\"font:1.2em sans-serif;"
      "margin:3em\">{}</p>",
      text);
}

void answer(httplib::Response& response, int status, std::string_view text) {
  response.status = status;
  response.headers.emplace("Cache-Control", "no-store");
  response.headers.emplace("Referrer-Policy", "no-referrer");
  response.headers.emplace("Content-Security-Policy",
                           "default-src 'none'; style-src 'unsafe-inline'");
  response.headers.emplace("Connection", "close");
  response.set_content(page(text), "text/html; charset=utf-8");
}

}  // namespace

struct Callback::State {
  void take(const httplib::Request& request, httplib::Response& response);

  std::string secret_state;
  int port = 0;
  httplib::Server http;
  std::thread listener;
  std::mutex mutex;  // guards everything below
  std::condition_variable came;
  bool over = false;
  Outcome outcome;
};

void Callback::State::take(const httplib::Request& request, httplib::Response& response) {
  const bool says_other =
      request.has_param("state") && !same_secret(request.get_param_value("state"), secret_state);
  if (!same_secret(request.matches[1].str(), secret_state) || says_other) {
    return answer(response, 400, "This is not the login that was begun. Nothing was done.");
  }
  const std::string code = request.get_param_value("code");
  const std::lock_guard lock(mutex);
  if (over) return answer(response, 409, "This login is over.");
  if (code.empty() || code.size() > longest_code) {
    outcome.problem = request.get_param_value("error").substr(0, 100);
    if (outcome.problem.empty()) outcome.problem = "no code came back";
    answer(response, 400, "No key was given. The terminal says more.");
  } else {
    outcome.code = code;
    answer(response, 200, "Done. You may close this page and go back to the terminal.");
  }
  over = true;
  came.notify_all();
}

Callback::Callback(std::string state) : state_(std::make_unique<State>()) {
  State& mine = *state_;
  mine.secret_state = std::move(state);
  mine.http.set_keep_alive_max_count(1);
  mine.http.set_read_timeout(2);
  mine.http.set_payload_max_length(4096);
  mine.http.new_task_queue = [] { return new httplib::ThreadPool(2); };
  mine.http.Get("/callback/([0-9a-f]+)",
                [&mine](const httplib::Request& request, httplib::Response& response) {
                  mine.take(request, response);
                });
  mine.port = mine.http.bind_to_any_port("127.0.0.1");
  if (mine.port <= 0) throw std::runtime_error("no port on 127.0.0.1 is free for the browser");
  mine.listener = std::thread([&mine] { mine.http.listen_after_bind(); });
  while (!mine.http.is_running()) std::this_thread::yield();
}

Callback::~Callback() {
  state_->http.stop();
  state_->listener.join();
}

std::string Callback::url() const {
  return fmt::format("http://127.0.0.1:{}/callback/{}", state_->port, state_->secret_state);
}

Callback::Outcome Callback::wait(std::chrono::seconds time) {
  std::unique_lock lock(state_->mutex);
  state_->came.wait_for(lock, time, [this] { return state_->over; });
  state_->over = true;
  return state_->outcome;
}

}  // namespace tools
