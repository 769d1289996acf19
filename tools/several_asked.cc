#include "tools/several_asked.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "tools/answer_result.h"
#include "tools/error_text.h"

namespace tools {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

void fail(Outcome& outcome, const catalog::UpstreamError& error) {
  outcome.status = "failed";
  outcome.error = error_text(error);
  outcome.kind = error.kind;
  outcome.billed = error.billed;
}

void refuse(Outcome& outcome, const catalog::Refused& refused) {
  outcome.status = "failed";
  outcome.error = error_text(refused);
  outcome.kind = refused.kind;
}

class Round {
 public:
  Round(const std::vector<Question>& questions, const MakeAsk& make_ask)
      : questions_(questions), make_ask_(make_ask) {
    for (const Question& question : questions) {
      outcomes_.push_back(std::make_shared<Outcome>(Outcome{question.target}));
    }
  }

  // Rethrows what was no failure of a target but of ours.
  Outcomes run(const std::function<void(const Outcomes&)>& watch) {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < questions_.size(); ++i) {
      threads.emplace_back([this, i] { ask(i); });
    }
    for (bool more = true; more;) {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, 200ms, [&] { return over_ != seen_; });
      seen_ = over_;
      const Outcomes so_far = outcomes_;
      lock.unlock();
      more = seen_ < outcomes_.size();
      watch(so_far);
    }
    threads.clear();
    if (bug_) std::rethrow_exception(bug_);
    return std::move(outcomes_);
  }

 private:
  // On a thread of its own.
  void ask(std::size_t index) {
    Outcome outcome;
    std::exception_ptr bug;
    outcome.target = questions_[index].target;
    const Clock::time_point began = Clock::now();
    try {
      outcome.answer = make_ask_(outcome.target)(questions_[index].prompt, {});
      outcome.status = name(outcome.answer->status);
    } catch (const catalog::UpstreamError& error) {
      fail(outcome, error);
    } catch (const catalog::Refused& refused) {
      refuse(outcome, refused);
    } catch (const catalog::Cancelled&) {
      outcome.status = "canceled";
    } catch (const std::exception&) {
      outcome.status = "failed";
      bug = std::current_exception();
    }
    outcome.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began);
    const std::lock_guard lock(mutex_);
    if (bug) bug_ = bug;
    outcomes_[index] = std::make_shared<Outcome>(std::move(outcome));
    ++over_;
    changed_.notify_one();
  }

  const std::vector<Question>& questions_;
  const MakeAsk& make_ask_;
  std::mutex mutex_;  // guards outcomes_, over_ and bug_
  std::condition_variable changed_;
  Outcomes outcomes_;
  std::size_t over_ = 0;
  std::exception_ptr bug_;
  std::size_t seen_ = 0;  // of the call's own thread
};

}  // namespace

Outcomes ask_several(const std::vector<Question>& questions, const MakeAsk& make_ask,
                     const std::function<void(const Outcomes&)>& watch) {
  return Round(questions, make_ask).run(watch);
}

}  // namespace tools
