// Tools that answer with each kind of content, and with progress and log messages on the way.
#include <chrono>
#include <thread>

#include "mcp/request_state.h"
#include "tests/conformance/fixture.h"

namespace conformance {
namespace {

using mcp::Call;
using mcp::CallToolResult;
using mcp::Json;
using mcp::OrderedJson;

using namespace std::chrono_literals;

CallToolResult said(std::string text) { return {std::move(text), nullptr, false, {}}; }

CallToolResult mixed(Call&, const Json&) {
  CallToolResult result = said("Several kinds of content:");
  result.more_content = {
      mcp::image_block(sample_png(), "image/png"),
      mcp::resource_block("test://mixed-content-resource", "application/json", R"({"n":1})")};
  return result;
}

CallToolResult with_block(OrderedJson block) {
  CallToolResult result;
  result.more_content.push_back(std::move(block));
  return result;
}

CallToolResult with_progress(Call& call, const Json&) {
  for (const int done : {0, 50, 100}) {
    call.progress(done, "working", 100.0);
    std::this_thread::sleep_for(50ms);
  }
  return said("done");
}

CallToolResult with_logging(Call& call, const Json&) {
  for (const char* step : {"started", "processing", "finished"}) {
    call.log(mcp::LogLevel::info, "fixture", step);
    std::this_thread::sleep_for(50ms);
  }
  return said("logged");
}

// The suite looks whether these keywords survive the way through tools/list.
OrderedJson schema_2020_12() {
  return OrderedJson::parse(R"({
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
      "address": {
        "$anchor": "addressDef",
        "type": "object",
        "properties": {"street": {"type": "string"}, "city": {"type": "string"}}
      }
    },
    "properties": {
      "name": {"type": "string"},
      "address": {"$ref": "#/$defs/address"},
      "contactMethod": {"type": "string", "enum": ["phone", "email"]},
      "phone": {"type": "string"},
      "email": {"type": "string"}
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": false
  })");
}

}  // namespace

mcp::Tool tool(std::string name, std::string description,
               std::function<CallToolResult(Call&, const Json&)> run, OrderedJson properties) {
  mcp::Tool out;
  out.name = std::move(name);
  out.title = out.name;
  out.description = std::move(description);
  out.input_schema = {{"type", "object"}, {"properties", std::move(properties)}};
  out.run = std::move(run);
  return out;
}

const std::string& sample_png() {
  static bool valid = false;
  static const std::string bytes = mcp::from_base64(
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJg"
      "gg==",
      valid);
  return bytes;
}

const std::string& sample_wav() {
  static const std::string bytes(
      "RIFF\x26\0\0\0WAVEfmt "
      "\x10\0\0\0\1\0\1\0\x40\x1f\0\0\x40\x1f\0\0\1\0\x8\0data\2\0\0\0\x80\x80",
      46);
  return bytes;
}

OrderedJson text_form(const char* property) {
  return {{"type", "object"},
          {"properties", {{property, {{"type", "string"}}}}},
          {"required", {property}}};
}

void add_content_tools(mcp::Features& features) {
  auto& tools = features.tools;
  tools.push_back(tool("test_simple_text", "Answers with a text.",
                       [](Call&, const Json&) { return said("A simple text."); }));
  tools.push_back(tool("test_image_content", "Answers with an image.", [](Call&, const Json&) {
    return with_block(mcp::image_block(sample_png(), "image/png"));
  }));
  tools.push_back(tool("test_audio_content", "Answers with a sound.", [](Call&, const Json&) {
    return with_block(mcp::audio_block(sample_wav(), "audio/wav"));
  }));
  tools.push_back(
      tool("test_embedded_resource", "Answers with a resource.", [](Call&, const Json&) {
        return with_block(
            mcp::resource_block("test://embedded-resource", "text/plain", "An embedded text."));
      }));
  tools.push_back(tool("test_multiple_content_types", "Answers with several kinds.", mixed));
  tools.push_back(tool("test_error_handling", "Fails.", [](Call&, const Json&) {
    return CallToolResult{"This tool fails on purpose.", nullptr, true, {}};
  }));
  tools.push_back(tool("test_tool_with_progress", "Tells how it goes.", with_progress));
  tools.push_back(tool("test_tool_with_logging", "Logs while it works.", with_logging));
  tools.push_back(tool("test_logging_tool", "Logs what the request wants to hear.", with_logging));
  tools.push_back(
      tool("test_header_mirror", "Its region is mirrored in a header.",
           [](Call&, const Json& arguments) { return said(arguments.value("region", "nowhere")); },
           {{"region", {{"type", "string"}, {"x-mcp-header", "Region"}}}}));
  mcp::Tool schema = tool("json_schema_2020_12_tool", "Its schema uses the whole dialect.",
                          [](Call&, const Json&) { return said("valid"); });
  schema.input_schema = schema_2020_12();
  tools.push_back(std::move(schema));
}

}  // namespace conformance
