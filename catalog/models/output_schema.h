// The shape that a caller wants an answer to have: a JSON Schema, which goes to the gateway as it
// is and by which the answer is checked here, because providers promise more than they keep. Made
// and used by the tools on the call's own thread, or by several threads at once.
//
// A schema is a stranger's text. Nothing it refers to is ever fetched, it is bounded in depth and
// size, and one that contains itself is refused. Not checked here, though sent: `pattern` and
// `format` (a regular expression can take for ever), `uniqueItems`, and keywords newer than
// draft 7.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "nlohmann/json_fwd.hpp"

namespace catalog {

class OutputSchema {
 public:
  // Throws Refused{invalid_arguments} for what is no schema, refers to elsewhere or to itself, and
  // Refused{too_long} for one beyond the bounds.
  explicit OutputSchema(const nlohmann::json& schema);

  // As JSON, for the gateway.
  const std::string& text() const { return text_; }

  struct Checked {
    std::string json;       // the answer without what stood around it, when it fits the schema
    std::string complaint;  // else: what is wrong with it, to be told to the model
  };
  // Code fences around the answer do not count.
  Checked check(std::string_view answer) const;

 private:
  struct Compiled;

  std::string text_;
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace catalog
