// Everything that can be called: the gateways and directories of the configuration, found by name,
// and the grammar of the targets that name a model or an agent in them. Built once at start, then
// read by any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "catalog/agents/directory.h"
#include "catalog/models/gateway.h"

namespace catalog {

struct ModelTarget {
  Gateway& gateway;
  std::string id;  // as the gateway knows it
};

struct AgentTarget {
  Directory& directory;
  std::string slug;
};

using Target = std::variant<ModelTarget, AgentTarget>;

class Catalog {
 public:
  // The first of each is the default.
  Catalog(std::vector<std::unique_ptr<Gateway>> gateways,
          std::vector<std::unique_ptr<Directory>> directories);

  // What a target string names (product page, "Targets"). Whether that model or agent exists is for
  // its gateway or directory to say. Throws Refused{not_found} for an unknown directory, and
  // Refused{invalid_arguments} for an empty name.
  Target resolve(std::string_view target) const;
  // The same for an id whose kind is known, with or without its prefix.
  ModelTarget resolve_model(std::string_view id) const;
  AgentTarget resolve_agent(std::string_view id) const;

  // For an id that was not found: that what stands before its ":" is no gateway, and which there
  // are; to be added to an advice. "" where that does not look like one.
  std::string no_such_gateway(const ModelTarget& target) const;

  // The target string that names it: what rows show and `invoke` takes.
  std::string target_of(const Gateway& gateway, std::string_view model_id) const;
  std::string target_of(const Directory& directory, std::string_view slug) const;

  // What a target string is called in the ledger and in budgets: the same for every spelling of it,
  // and for the variants of one model (":nitro"). What names nothing stays as it is.
  std::string ledger_name(std::string_view target) const;

  const std::vector<std::unique_ptr<Gateway>>& gateways() const { return gateways_; }
  const std::vector<std::unique_ptr<Directory>>& directories() const { return directories_; }
  // Throws Refused{not_found} with the names there are. An empty name is the default.
  Gateway& gateway(std::string_view name) const;
  Directory& directory(std::string_view name) const;

 private:
  std::vector<std::unique_ptr<Gateway>> gateways_;
  std::vector<std::unique_ptr<Directory>> directories_;
};

}  // namespace catalog
