// The server that the official conformance suite expects to meet (its own documentation names the
// tools, prompts and resources). Built on mcp/ alone: that it can be is the proof of the layering.
#pragma once

#include <functional>

#include "mcp/features.h"

namespace conformance {

// What some of its tools do to the server that runs them.
struct Triggers {
  std::function<void()> tools_changed;
  std::function<void()> prompts_changed;
};

void add_content_tools(mcp::Features& features);
void add_asking_tools(mcp::Features& features, const Triggers& triggers);
void add_round_tools(mcp::Features& features);  // input_required in all its forms
void add_task_tools(mcp::Features& features);
void add_resources(mcp::Features& features);
void add_prompts(mcp::Features& features);

mcp::Tool tool(std::string name, std::string description,
               std::function<mcp::CallToolResult(mcp::Call&, const mcp::Json&)> run,
               mcp::OrderedJson properties = mcp::OrderedJson::object());

// A small PNG and WAV, as bytes.
const std::string& sample_png();
const std::string& sample_wav();

// A string property of a form.
mcp::OrderedJson text_form(const char* property);

}  // namespace conformance
