// What a handler may ask the person or the model at the other end while a call runs. One way of
// asking serves both eras: older clients get real requests, modern ones an `input_required` result
// and call again with the answers (section "MRTR").
#pragma once

#include <map>
#include <string>

#include "mcp/json.h"

namespace mcp {

struct Question {
  std::string method;  // elicitation/create, sampling/createMessage or roots/list
  OrderedJson params = OrderedJson::object();
};

// By a key of the handler's own, unique within the call.
using Questions = std::map<std::string, Question>;
using Answers = std::map<std::string, Json>;

// A form: `schema` is a flat object schema of primitive properties.
Question ask_form(std::string message, OrderedJson schema);
// A page the person opens; what happens there stays there.
Question ask_url(std::string message, std::string url);
Question ask_sampling(OrderedJson params);
Question ask_roots();

// Whether it asks for a page to be opened.
bool is_url_mode(const Question& question);

// Whether the client said it can answer such a question, and how that is named when it did not.
bool can_answer(const Json& client_capabilities, const Question& question);
OrderedJson capability_for(const Question& question);

// Whether an answer has the shape its question calls for. A declined form is an answer.
bool fits(const Json& answer, const Question& question);

// What `Call::need` throws when the answers are not there yet: the server turns it into an
// `input_required` result. Handlers let it pass.
struct NeedInput {
  Questions questions;
  Answers answers;  // that are known already
  Json state;       // what the next call must bring back; null: nothing
};

}  // namespace mcp
