#include "mcp/tool.h"

#include "mcp/request_state.h"

namespace mcp {
namespace {

// Older clients reject a whole result for one block they do not know (section "What to emit").
OrderedJson known_block(const OrderedJson& block, Version version) {
  const std::string type = block["type"];
  if (type == "audio" && version < Version::v2025_03_26) {
    return text_block("[audio, " + block["mimeType"].get<std::string>() + "]");
  }
  if (type == "resource_link" && version < Version::v2025_06_18)
    return text_block(block["uri"].get<std::string>());
  return block;
}

// A text block stands first, unless there is none and the others speak for themselves.
std::string content_of(const CallToolResult& result, Version version) {
  std::string out;
  if (!result.text.empty() || result.more_content.empty()) {
    out = R"({"type":"text","text":)" + dump_quoted(result.text) + "}";
  }
  for (const OrderedJson& block : result.more_content) {
    if (!out.empty()) out += ',';
    out += dump(known_block(block, version));
  }
  return out;
}

}  // namespace

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
  std::string out = R"("content":[)" + content_of(result, version) + "]";
  if (version >= Version::v2025_06_18 && !result.is_error && !result.structured.is_null()) {
    out += R"(,"structuredContent":)" + dump(result.structured);
  }
  if (result.is_error) out += R"(,"isError":true)";
  return out;
}

// --- blocks -------------------------------------------------------------------------------------

OrderedJson text_block(std::string_view text) { return {{"type", "text"}, {"text", text}}; }

OrderedJson image_block(std::string_view bytes, std::string_view mime_type) {
  return {{"type", "image"}, {"data", base64(bytes)}, {"mimeType", mime_type}};
}

OrderedJson audio_block(std::string_view bytes, std::string_view mime_type) {
  return {{"type", "audio"}, {"data", base64(bytes)}, {"mimeType", mime_type}};
}

OrderedJson resource_block(std::string_view uri, std::string_view mime_type,
                           std::string_view text) {
  return {{"type", "resource"},
          {"resource", {{"uri", uri}, {"mimeType", mime_type}, {"text", text}}}};
}

OrderedJson link_block(std::string_view uri, std::string_view name, std::string_view mime_type) {
  return {{"type", "resource_link"}, {"uri", uri}, {"name", name}, {"mimeType", mime_type}};
}

}  // namespace mcp
