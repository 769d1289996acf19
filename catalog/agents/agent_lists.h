// The lists that a directory fetched, by what it asked for. Owned by a directory; called by any
// thread.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "catalog/agents/agent.h"

namespace catalog {

class AgentLists {
 public:
  using Known = std::shared_ptr<const AgentList>;
  using Clock = std::chrono::steady_clock;

  Known at_most_as_old_as(Clock::duration age, const std::string& question) const;
  // A list of about a minute, or a fresh one of `fetch`. When that throws UpstreamError, a list of
  // up to an hour stands in (its `as_of` tells its age); without one the error goes on.
  Known fresh(const std::string& question, const std::function<AgentList()>& fetch);

 private:
  struct Fetched {
    Known list;
    Clock::time_point at;
  };

  Known keep(const std::string& question, AgentList list);

  mutable std::mutex mutex_;  // guards lists_
  std::map<std::string, Fetched> lists_;
};

constexpr auto list_fresh_for = std::chrono::seconds(60);

}  // namespace catalog
