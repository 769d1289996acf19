// A tool: what a client is told of it, and the function that runs it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "mcp/call.h"
#include "mcp/json.h"

namespace mcp {

struct CallToolResult {
  std::string text;        // content[0].text, for clients that read only text
  OrderedJson structured;  // structuredContent, for clients that read only that; null: none
  bool is_error = false;   // then text only: some clients validate, others would hide the text
  std::vector<OrderedJson> more_content = {};  // blocks behind the text (section "Content blocks")
};

// Hints (section "Tools"); a client decides by them what it may run unasked and in parallel.
struct ToolAnnotations {
  bool read_only = false;
  bool destructive = true;
  bool idempotent = false;
  bool open_world = true;
};

struct Tool {
  std::string name;
  std::string title;
  std::string description;
  ToolAnnotations annotations;
  OrderedJson input_schema;
  OrderedJson output_schema;  // null: none
  // Blocks; called on the thread that read the request, or another. May throw InvalidArguments,
  // RpcError; any other exception is reported as an internal error.
  std::function<CallToolResult(Call&, const Json& arguments)> run;
};

// Content blocks, for `more_content` and prompt messages. `bytes` are the raw ones.
OrderedJson text_block(std::string_view text);
OrderedJson image_block(std::string_view bytes, std::string_view mime_type);
OrderedJson audio_block(std::string_view bytes, std::string_view mime_type);
OrderedJson resource_block(std::string_view uri, std::string_view mime_type, std::string_view text);
OrderedJson link_block(std::string_view uri, std::string_view name, std::string_view mime_type);

// The wire forms, cut to what the revision knows (section "What to emit per version").
OrderedJson tool_definition(const Tool& tool, Version version);
// The members of a CallToolResult as JSON text, without the braces.
std::string wire_members(const CallToolResult& result, Version version);

}  // namespace mcp
