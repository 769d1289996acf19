// How a tool is put together: an argument struct, a result struct, and one function between them.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "mcp/call.h"
#include "mcp/fields.h"
#include "mcp/tool.h"

namespace tools {

// What a tool function returns: the same information twice, for the two kinds of clients.
template <class Result>
struct Reply {
  Result structured;
  std::string text;
  std::vector<mcp::OrderedJson> more_content{};  // blocks behind the text
};

struct ToolText {
  const char* name;
  const char* title;
  const char* description;
  mcp::ToolAnnotations annotations;
};

inline constexpr mcp::ToolAnnotations lookup{.read_only = true, .open_world = true};

// Runs `body`, turning what the catalog throws into the text of an error result.
mcp::CallToolResult translated(const std::function<mcp::CallToolResult()>& body);

class Program;

// `program` outlives the tool.
template <class Arguments, class Result>
mcp::Tool make_tool(const ToolText& text, Program& program,
                    Reply<Result> (*function)(Program&, mcp::Call&, const Arguments&)) {
  mcp::Tool tool;
  tool.name = text.name;
  tool.title = text.title;
  tool.description = text.description;
  tool.annotations = text.annotations;
  tool.input_schema = mcp::input_schema<Arguments>();
  tool.output_schema = mcp::output_schema<Result>();
  tool.run = [&program, function](mcp::Call& call, const mcp::Json& arguments) {
    const Arguments decoded = mcp::decode<Arguments>(arguments);
    return translated([&] {
      Reply<Result> reply = function(program, call, decoded);
      return mcp::CallToolResult{std::move(reply.text), mcp::encode(reply.structured), false,
                                 std::move(reply.more_content)};
    });
  };
  return tool;
}

}  // namespace tools
