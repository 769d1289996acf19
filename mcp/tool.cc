#include "mcp/tool.h"

namespace mcp {

OrderedJson tool_definition(const Tool& tool, Version version) {
  OrderedJson out = {{"name", tool.name}};
  if (version >= Version::v2025_06_18) out["title"] = tool.title;
  out["description"] = tool.description;
  out["inputSchema"] = tool.input_schema;
  if (version >= Version::v2025_06_18 && !tool.output_schema.is_null()) {
    out["outputSchema"] = tool.output_schema;
  }
  if (version >= Version::v2025_03_26) {
    OrderedJson hints = {{"readOnlyHint", tool.annotations.read_only}};
    // Both are meaningless for a read-only tool, and every byte here is paid for in somebody's
    // context.
    if (!tool.annotations.read_only) {
      hints["destructiveHint"] = tool.annotations.destructive;
      hints["idempotentHint"] = tool.annotations.idempotent;
    }
    hints["openWorldHint"] = tool.annotations.open_world;
    out["annotations"] = std::move(hints);
  }
  return out;
}

// Written as text: a tree of it would be a copy of an answer that may be long.
std::string wire_members(const CallToolResult& result, Version version) {
  std::string out = R"("content":[{"type":"text","text":)" + dump(Json(result.text)) + "}]";
  if (version >= Version::v2025_06_18 && !result.is_error && !result.structured.is_null()) {
    out += R"(,"structuredContent":)" + dump(result.structured);
  }
  if (result.is_error) out += R"(,"isError":true)";
  return out;
}

}  // namespace mcp
