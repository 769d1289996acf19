// The questions that `patchbay doctor` asks, one function each, of a program whose settings have
// been read as far as they can be. Each is done within a few seconds, whatever the network does,
// and none shows a key. Main thread.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "catalog/transfers.h"
#include "tools/doctor/finding.h"
#include "tools/program.h"

namespace tools {

// Requests its stop when the time is over.
class Deadline {
 public:
  explicit Deadline(std::chrono::steady_clock::time_point until);
  std::stop_token token() const { return stop_.get_token(); }

 private:
  std::stop_source stop_;
  std::jthread timer_;  // there is no other way to end a wait for a name's resolution
};

struct Examination {
  explicit Examination(Program& examined);

  // For one thing asked of the network.
  Deadline deadline() const;
  // Without keys, with ~ for the home folder, on one line.
  std::string shown(const std::string& text) const;

  Program& program;
  const Settings& settings;
  catalog::Transfers transfers;
  std::chrono::steady_clock::time_point end;  // of all that waits for the network
  bool reached_anything = false;
  std::optional<std::chrono::seconds> clock_error;  // ours less the gateway's
};

Findings look_at_program(Examination& examination);
Findings look_at_configuration(Examination& examination);
Findings look_at_gateways(Examination& examination);
Findings look_at_catalogue(Examination& examination);
Findings look_at_named_models(Examination& examination);
Findings look_at_directories(Examination& examination);
Findings look_at_agents(Examination& examination);
Findings look_at_network(Examination& examination);  // after those above
Findings look_at_clients(Examination& examination);
Findings look_at_state(Examination& examination);
Findings look_at_ledger(Examination& examination);

Findings examine(Program& program);

// The difference of the clocks by the Date header of a reply (RFC 9110, 5.6.7), if it has one.
std::optional<std::chrono::seconds> clock_error_by(std::string_view date,
                                                   std::chrono::system_clock::time_point now);

}  // namespace tools
