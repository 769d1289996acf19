#include "tools/doctor/examination.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "tools/error_text.h"

namespace tools {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto patience = 3s;         // for one answer
constexpr auto whole_patience = 15s;  // for all of them
constexpr std::size_t longest_fact = 300;

constexpr Findings (*questions[])(Examination&) = {
    look_at_program,      look_at_configuration, look_at_gateways, look_at_catalogue,
    look_at_named_models, look_at_directories,   look_at_agents,   look_at_network,
    look_at_clients,      look_at_state,         look_at_ledger};

}  // namespace

Deadline::Deadline(steady_clock::time_point until)
    : timer_([stop = stop_, until](const std::stop_token& gone) mutable {
        std::mutex mutex;
        std::condition_variable_any over;
        std::unique_lock lock(mutex);
        const auto never = [] { return false; };
        if (!over.wait_until(lock, gone, until, never) && !gone.stop_requested()) {
          stop.request_stop();
        }
      }) {}

Examination::Examination(Program& examined)
    : program(examined), settings(examined.settings()), end(steady_clock::now() + whole_patience) {
  transfers.use_env_proxy(settings.use_env_proxy);
  transfers.use_ca_file(settings.ca_file);
  transfers.use_redactor(program.redactor());
}

Deadline Examination::deadline() const {
  return Deadline(std::min(end, steady_clock::now() + patience));
}

std::string Examination::shown(const std::string& text) const {
  std::string out = quoted(program.redacted(text), longest_fact);
  if (settings.home.size() < 2) return out;
  for (auto at = out.find(settings.home + "/"); at != std::string::npos;
       at = out.find(settings.home + "/", at)) {
    out.erase(at, settings.home.size());
    out.insert(at, 1, '~');
  }
  return out;
}

Findings examine(Program& program) {
  Examination examination(program);
  Findings all;
  for (const auto question : questions) {
    for (Finding& each : question(examination)) {
      each.fact = examination.shown(each.fact);
      each.mend = examination.shown(each.mend);
      all.push_back(std::move(each));
    }
  }
  return all;
}

}  // namespace tools
