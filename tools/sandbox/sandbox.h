// A gateway and three agents inside this process, over real HTTP on loopback: for the first minute
// of a new user, for demonstrations and for tests. Nothing in the clients knows that it is not
// real.
//
// Everything it serves is named "sandbox" and deterministic: the same call gets the same answer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "catalog/agents/directory.h"
#include "catalog/models/gateway.h"

namespace tools {

class Sandbox {
 public:
  // Listens on a free port of 127.0.0.1. Throws std::runtime_error when there is none. What its
  // agents have asked is kept in the folder, for the next process to answer; "": it is forgotten.
  explicit Sandbox(const std::string& folder = {});
  ~Sandbox();  // stops listening and waits for the open requests, which it ends
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  std::string origin() const;  // "http://127.0.0.1:PORT"
  // How the OpenRouter client reaches it. Nothing is cached on disk.
  catalog::GatewaySettings gateway() const;
  // The cards of its agents, for the directory "sandbox".
  std::vector<catalog::CardEntry> agents() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tools
