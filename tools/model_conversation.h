// A conversation with models, which forget: what was said is kept here and sent again each time, to
// the same model or to another one. Made for each call, on its thread. Of two calls that go on with
// one conversation at once, the turn of the one that ends last is kept.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "catalog/answer.h"
#include "catalog/models/model.h"
#include "catalog/state/conversation_store.h"
#include "mcp/json.h"

namespace tools {

class ModelConversation {
 public:
  static constexpr std::size_t most_bytes = 512 * 1024;  // of all texts; the oldest go first

  ModelConversation();  // a new one
  // Throws Refused{not_found} for what is no conversation with a model.
  explicit ModelConversation(const catalog::StoredConversation& stored);

  const std::string& id() const { return id_; }

  // What is needed of the target "cheapest": what is given now, else what was given before.
  const mcp::Json& needs_with(const mcp::Json& given);
  // Puts what was said before into the prompt, as much of the newest as fits `known` (null: all of
  // it), each model's own reasoning only where `target` is of the same vendor. Returns a note when
  // something was left out, else "".
  std::string put_into(catalog::Prompt& prompt, std::string_view target,
                       const catalog::Model* known) const;
  // One exchange more.
  void add(const catalog::Prompt& prompt, const catalog::Answer& answer);
  // As JSON, to be kept; "" when the last exchange alone is more than is kept.
  std::string data() const;

 private:
  struct Said {
    catalog::PastTurn turn;
    std::string vendor;  // of the model, where it gave its reasoning
  };

  std::size_t first_that_fits(const catalog::Prompt& prompt, const catalog::Model* known) const;
  void forget_oldest();

  std::string id_;
  std::optional<std::string> system_;
  std::vector<Said> said_;
  mcp::Json needs_;  // null: nothing is
};

// "anthropic" of "anthropic/claude-x via Y", "~anthropic/claude-latest" or
// "team:anthropic/claude-x".
std::string_view vendor_of(std::string_view model);

}  // namespace tools
