// An agent as Patchbay knows it: a row of a directory, and what its card adds. All text in it was
// written by strangers and is handed on as data, never as instructions.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace catalog {

struct AgentSkill {
  std::string id;
  std::string name;
  std::string description;
};

// One way to reach an agent (A2A 1.0 `supportedInterfaces`, 0.3 `url` and `additionalInterfaces`).
struct AgentInterface {
  std::string url;               // absolute, resolved against the card's own URL
  std::string protocol_binding;  // normalised: "JSONRPC", "HTTP+JSON", "GRPC", or as written
  std::string protocol_version;  // "1.0", "0.3", or "" where the card does not say
  std::string tenant;
};

// What an AgentCard says, whichever version it was written in.
struct AgentCard {
  std::string name;
  std::string description;
  std::string version;
  std::string provider;
  std::string documentation_url;
  std::vector<AgentInterface> interfaces;  // in order of preference
  bool streaming = false;
  bool push_notifications = false;
  bool extended_card = false;
  std::vector<std::string> input_modes;
  std::vector<std::string> output_modes;
  std::vector<AgentSkill> skills;
  std::vector<std::string> security;             // readable: "http bearer", "apiKey header X-Key"
  bool security_required = false;                // the card says that every call needs one of them
  std::vector<std::string> required_extensions;  // URIs we would have to speak
  bool is_signed = false;                        // by somebody: signatures are not checked here
};

struct AgentPrice {
  std::string model;               // "FREE", "PER_CALL", "PER_TASK", "PER_TOKEN", or ""
  std::optional<double> unit_usd;  // per call; absent: unknown
};

struct Agent {
  std::string slug;       // within its directory
  std::string directory;  // the directory's name
  std::string name;
  std::string description;
  std::string kind = "hosted";  // "hosted": callable; "project": a repository, found here only
  std::vector<std::string> protocols;
  std::vector<std::string> scenarios;
  std::vector<AgentSkill> skills;
  std::string category;
  std::string health;  // "ok", "degraded", "down" or ""
  bool streaming = false;
  AgentPrice price;
  std::string card_url;
  std::string endpoint_url;
  std::string web_url;  // its page, or the repository of a project
};

struct AgentDetail {
  Agent agent;
  std::optional<AgentCard> card;  // absent when it could not be had; `card_problem` says why
  std::string card_problem;
  std::vector<std::string> card_changes;  // since it was first used: "interfaces was …, is …"
  bool callable = false;
  std::string why_not;  // when not callable: what is missing
  std::string route;    // "gateway" or "direct"
};

struct AgentQuery {
  std::string query;
  std::string kind = "hosted";  // "hosted", "project", "any"
  std::string scenario;
  std::string skill;
  std::string protocol;
};

// A directory's agents; not changed once it is shared.
struct AgentList {
  std::vector<Agent> agents;
  std::chrono::system_clock::time_point as_of;
  bool truncated = false;  // the directory holds more than it gave
  // What words are looked for in, for each agent, in lower case; only in lists that are kept.
  std::vector<std::string> searched{};
};

// What a search found: rows of a list, which lives as long as they are looked at. A listing of a
// thousand agents shows twenty, so none is copied.
struct AgentMatches {
  std::shared_ptr<const AgentList> list;  // never null
  std::vector<const Agent*> agents;       // in the directory's order
};

}  // namespace catalog
