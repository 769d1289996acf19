// A job that a gateway is at after its reply has left: looked at until it is over, then fetched.
// Driven by `openrouter.cc` on the thread of whoever waits for it: the call that began the job, or
// a later one, perhaps of another process. Looking and fetching cost nothing, so what fails for a
// moment is tried again.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "catalog/answer.h"
#include "catalog/models/gateway.h"
#include "catalog/transfers.h"

namespace catalog {

struct JobWatch {
  const GatewaySettings& settings;
  Transfers& transfers;
  const Patience& patience;
  const Listener& listener;
  std::stop_token stop;
  // What the gateway says it cost, as soon as it does; may be empty.
  std::function<void(double cost_usd)> on_cost{};
};

// The job of that id, of a model at that gateway.
AgentTask gateway_job(std::string gateway, std::string model, std::string id);

// The files that a job for a video came to (OpenRouter API, "Videos": GET /videos/{id}, and its
// content); or Status::working with the job, where the patience ends or the gateway cannot be asked
// for a while. Throws UpstreamError: it failed or expired, or cannot be had; Cancelled, which does
// not stop it: the gateway cannot.
//
// The key goes to the gateway's own origin only: the addresses in its replies are not used, and
// where it sends whoever fetches elsewhere, that is asked without key, and only over https at a
// public address.
Answer follow_video(const JobWatch& watch, const AgentTask& job);

}  // namespace catalog
