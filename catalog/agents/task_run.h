// One task at an agent, from its sending or from wherever it was left, to its end or to the end of
// its caller's patience. A stream that is lost is resumed (fetch, then subscribe); a task whose
// agent offers no streams is fetched again and again. Nothing is ever sent twice, unless it is
// known that nothing ran. Driven by one call on its own thread; called by a2a_client.cc.
#pragma once

#include <chrono>
#include <stop_token>

#include "catalog/agents/a2a_client.h"
#include "catalog/agents/a2a_dialect.h"
#include "catalog/agents/a2a_reply.h"
#include "catalog/agents/task_progress.h"

namespace catalog {

class Purchase;

class TaskRun {
 public:
  // All that is passed by reference must outlive the run.
  TaskRun(const A2aCall& call, A2aVersion version, TaskProgress& progress, const Patience& patience,
          const Listener& listener, Transfers& transfers, std::stop_token stop);

  // Sends, in the version that is known to be spoken there, or in the one that the card says and,
  // when nothing ran because of it, in the other.
  // `bought` hears when the first byte leaves.
  void send(A2aRequest request, SpokenVersions& versions, Purchase& bought);
  // Until the task is settled or time is over.
  void watch();
  // The task cancelled as far as 3 s allow; says nothing of whether that worked.
  void abandon();
  // One cancellation, and what became of the task by it.
  TaskState cancel();
  // What has come of it so far.
  Answer answer() const;

 private:
  using Clock = std::chrono::steady_clock;

  Exchange exchange(const A2aRequest& request) const;
  void perform(const A2aRequest& request, A2aReply& reply);
  bool begin(const A2aRequest& request, A2aReply& reply);
  bool find_sent(const A2aRequest& sent);
  void settle_version(A2aVersion spoken, const A2aReply& reply, SpokenVersions& versions);
  A2aRequest about_task(Operation operation) const;
  bool fetch();
  void subscribe();
  void pause(std::chrono::milliseconds time) const;
  std::chrono::milliseconds time_left() const;
  AgentTask task() const;

  const A2aCall& call_;
  const Dialect* dialect_;  // never null
  TaskProgress& progress_;
  const Patience& patience_;
  const Listener& listener_;
  Transfers& transfers_;
  std::stop_token stop_;
  Clock::time_point end_;
  bool streaming_;
  int failures_ = 0;            // of fetching, one after the other
  Purchase* bought_ = nullptr;  // while it is sent
};

}  // namespace catalog
