// Tools that ask the client back, by requests (before 2026-07-28) or rounds, and tools that change
// the server's lists.
#include "mcp/questions.h"
#include "tests/conformance/fixture.h"

namespace conformance {
namespace {

using mcp::Answers;
using mcp::Call;
using mcp::CallToolResult;
using mcp::Json;
using mcp::OrderedJson;

CallToolResult said(std::string text) { return {std::move(text), nullptr, false, {}}; }

OrderedJson sampling(const std::string& prompt) {
  return {{"messages", {{{"role", "user"}, {"content", {{"type", "text"}, {"text", prompt}}}}}},
          {"maxTokens", 100}};
}

// Asks one question and repeats the answer.
CallToolResult ask_and_tell(Call& call, const mcp::Question& question) {
  const Answers answers = call.need({{"answer", question}});
  return said("The answer: " + mcp::dump(answers.at("answer")));
}

OrderedJson form_with_defaults() {
  return OrderedJson::parse(R"({
    "type": "object",
    "properties": {
      "name": {"type": "string", "default": "John Doe"},
      "age": {"type": "integer", "default": 30},
      "score": {"type": "number", "default": 95.5},
      "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
      "verified": {"type": "boolean", "default": true}
    },
    "required": []
  })");
}

OrderedJson form_with_enums() {
  return OrderedJson::parse(R"({
    "type": "object",
    "properties": {
      "untitledSingle": {"type": "string", "enum": ["option1", "option2", "option3"]},
      "titledSingle": {"type": "string", "oneOf": [
        {"const": "value1", "title": "First"}, {"const": "value2", "title": "Second"}]},
      "legacyEnum": {"type": "string", "enum": ["opt1", "opt2"], "enumNames": ["One", "Two"]},
      "untitledMulti": {"type": "array",
                        "items": {"type": "string", "enum": ["option1", "option2", "option3"]}},
      "titledMulti": {"type": "array", "items": {"anyOf": [
        {"const": "value1", "title": "First"}, {"const": "value2", "title": "Second"}]}}
    },
    "required": []
  })");
}

OrderedJson contact_form() {
  return {{"type", "object"},
          {"properties", {{"username", {{"type", "string"}}}, {"email", {{"type", "string"}}}}},
          {"required", {"username", "email"}}};
}

}  // namespace

void add_asking_tools(mcp::Features& features, const Triggers& triggers) {
  auto& tools = features.tools;
  const OrderedJson prompt = {{"prompt", {{"type", "string"}}}};
  const OrderedJson message = {{"message", {{"type", "string"}}}};
  tools.push_back(tool(
      "test_sampling", "Asks the client's model.",
      [](Call& call, const Json& arguments) {
        return ask_and_tell(call, mcp::ask_sampling(sampling(arguments.value("prompt", "Hello"))));
      },
      prompt));
  tools.push_back(
      tool("test_missing_capability", "Needs the client's model.", [](Call& call, const Json&) {
        return ask_and_tell(call, mcp::ask_sampling(sampling("Hello")));
      }));
  tools.push_back(tool(
      "test_elicitation", "Asks the person.",
      [](Call& call, const Json& arguments) {
        return ask_and_tell(call,
                            mcp::ask_form(arguments.value("message", "Who?"), contact_form()));
      },
      message));
  tools.push_back(
      tool("test_elicitation_sep1034_defaults", "Asks with defaults.", [](Call& call, const Json&) {
        return ask_and_tell(call, mcp::ask_form("Defaults?", form_with_defaults()));
      }));
  tools.push_back(
      tool("test_elicitation_sep1330_enums", "Asks with choices.", [](Call& call, const Json&) {
        return ask_and_tell(call, mcp::ask_form("Choices?", form_with_enums()));
      }));
  tools.push_back(tool("test_streaming_elicitation", "Asks after it has told its progress.",
                       [](Call& call, const Json&) {
                         call.progress(1, "about to ask");
                         return ask_and_tell(call, mcp::ask_form("Name?", text_form("name")));
                       }));
  tools.push_back(tool("test_trigger_tool_change", "Says that the tools changed.",
                       [triggers](Call&, const Json&) {
                         triggers.tools_changed();
                         return said("told");
                       }));
  tools.push_back(tool("test_trigger_prompt_change", "Says that the prompts changed.",
                       [triggers](Call&, const Json&) {
                         triggers.prompts_changed();
                         return said("told");
                       }));
}

// --- rounds -------------------------------------------------------------------------------------

namespace {

std::string content_of(const Answers& answers, const char* key, const char* property) {
  const auto at = answers.find(key);
  if (at == answers.end()) return "nobody";
  const Json content = at->second.value("content", Json::object());
  return content.is_object() ? content.value(property, "nobody") : "nobody";
}

CallToolResult elicit(Call& call, const Json&) {
  const Answers a = call.need({{"user_name", mcp::ask_form("Your name?", text_form("name"))}});
  return said("Hello, " + content_of(a, "user_name", "name") + "!");
}

CallToolResult sample(Call& call, const Json&) {
  const Answers a = call.need(
      {{"capital_question", mcp::ask_sampling(sampling("What is the capital of France?"))}});
  return said("The model said: " + mcp::dump(a.at("capital_question")));
}

CallToolResult roots(Call& call, const Json&) {
  const Answers a = call.need({{"client_roots", mcp::ask_roots()}});
  return said("The roots: " + mcp::dump(a.at("client_roots")));
}

CallToolResult with_state(Call& call, const Json&) {
  const OrderedJson form = {{"type", "object"},
                            {"properties", {{"ok", {{"type", "boolean"}}}}},
                            {"required", {"ok"}}};
  call.need({{"confirm", mcp::ask_form("Go on?", form)}}, {{"step", 1}});
  const bool brought_back = call.state() == Json{{"step", 1}};
  return said(brought_back ? "state-ok" : "state-lost");
}

CallToolResult several(Call& call, const Json&) {
  const Answers a = call.need({{"user_name", mcp::ask_form("Your name?", text_form("name"))},
                               {"greeting", mcp::ask_sampling(sampling("Greet the user."))},
                               {"client_roots", mcp::ask_roots()}},
                              {{"asked", 3}});
  return said(std::to_string(a.size()) + " answers for " + content_of(a, "user_name", "name"));
}

CallToolResult two_rounds(Call& call, const Json&) {
  const Answers first = call.need({{"step1", mcp::ask_form("Name?", text_form("name"))}}, 1);
  const Answers second = call.need({{"step2", mcp::ask_form("Colour?", text_form("color"))}}, 2);
  return said(content_of(first, "step1", "name") + " likes " +
              content_of(second, "step2", "color"));
}

CallToolResult only_what_can_be_asked(Call& call, const Json&) {
  const Answers a = call.need({{"user_name", mcp::ask_form("Your name?", text_form("name"))},
                               {"greeting", mcp::ask_sampling(sampling("Greet the user."))}});
  return said(std::to_string(a.size()) + " answers");
}

}  // namespace

void add_round_tools(mcp::Features& features) {
  struct Round {
    const char* name;
    CallToolResult (*run)(Call&, const Json&);
  };
  constexpr Round rounds[] = {
      {"elicitation", elicit},        {"sampling", sample},
      {"list_roots", roots},          {"request_state", with_state},
      {"multiple_inputs", several},   {"multi_round", two_rounds},
      {"tampered_state", with_state}, {"capabilities", only_what_can_be_asked}};
  for (const Round& round : rounds) {
    features.tools.push_back(tool(std::string("test_input_required_result_") + round.name,
                                  "Needs input before it can answer.", round.run));
  }
}

}  // namespace conformance
